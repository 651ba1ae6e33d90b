// SPDX-License-Identifier: MIT
// Prints names and values with aligned values.
#pragma once

#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session_table.hpp"

namespace atm::cli {

class Sheet final {
 public:
  /// `scene` must outlive this object.
  explicit Sheet(const Scene& scene) : scene_(scene) {}

  /// Empty or absent values are left out.
  void add(std::string_view name, std::string_view value, Style style = Style::kPlain);
  template <class OptionalText>
  requires requires(OptionalText value) { value.has_value(); }
  void add(std::string_view name, const OptionalText& value) {
    if (value) add(name, std::string_view(*value));
  }
  void add_number(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
  /// In local time, with its age.
  void add_time(std::string_view name, Timestamp time);
  /// Tokens: `38K (38935)`.
  void add_count(std::string_view name, const std::optional<std::uint64_t>& count);

  [[nodiscard]] std::string text() const;

 private:
  struct Line {
    std::string name;
    std::string value;
    Style style;
  };
  const Scene& scene_;
  std::vector<Line> lines_;
};

}  // namespace atm::cli
