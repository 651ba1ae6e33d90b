// SPDX-License-Identifier: MIT
// Reads the values at some JSON pointers of a line in one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/json_cursor.hpp"

namespace atm::ledger {

/// What a line has at a pointer.
struct Field {
  JsonCursor::Kind kind = JsonCursor::Kind::kNone;  ///< kNone: nothing
  std::string_view text{};                          ///< of a string or a number; valid until the next read
  std::string scratch{};

  /// Nothing or null.
  [[nodiscard]] bool is_absent() const noexcept {
    return kind == JsonCursor::Kind::kNone || kind == JsonCursor::Kind::kNull;
  }
  /// The text of a string; empty for every other value.
  [[nodiscard]] std::string_view string() const noexcept {
    return kind == JsonCursor::Kind::kString ? text : std::string_view();
  }
};

/// A whole number from 0 to `limit`; nothing and null mean 0. std::nullopt: any other value (COST-U20).
[[nodiscard]] std::optional<std::uint64_t> count_of(const Field& field, std::uint64_t limit);

class FieldReader final {
 public:
  /// Adds a pointer (RFC 6901) through objects; returns its index. An equal pointer has the same index.
  std::size_t add(std::string_view pointer);

  /// Reads a line that is one JSON object. Of members with equal names the last one counts. False: it is none.
  [[nodiscard]] bool read(std::string_view line);

  [[nodiscard]] const Field& operator[](std::size_t index) const noexcept { return fields_[index]; }

 private:
  struct Node {
    std::string name;
    std::vector<std::size_t> children;  // indices of nodes
    std::size_t field = SIZE_MAX;       // index of a field; SIZE_MAX: none
  };
  void clear(std::size_t node);
  [[nodiscard]] bool read_object(JsonCursor& at, std::size_t node);
  [[nodiscard]] bool read_value(JsonCursor& at, std::size_t node);

  std::vector<Node> nodes_ = std::vector<Node>(1);  // the first is the line
  std::vector<std::string> pointers_;
  std::vector<Field> fields_;
};

/// `line` without the blanks and NULs around it.
[[nodiscard]] std::string_view without_blanks(std::string_view line) noexcept;

}  // namespace atm::ledger
