// SPDX-License-Identifier: MIT
// Short names of sessions: a part of the id that identifies it among the known sessions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// Returns eight characters of an id: the last ones of a UUID of version 7, whose first ones are a time, else the first
/// ones. A pending id is returned whole. Not necessarily unique.
[[nodiscard]] std::string short_name(std::string_view id);

/// Returns true if `id` begins or ends with `name`.
[[nodiscard]] bool is_named(std::string_view id, std::string_view name) noexcept;

/// Thousands of ids take little memory.
class SessionNames final {
 public:
  SessionNames() = default;
  SessionNames(const SessionNames& other) {
    for (const std::string_view id : other.by_begin_) add(id);
  }
  SessionNames(SessionNames&&) noexcept = default;
  SessionNames& operator=(SessionNames other) noexcept {
    blocks_.swap(other.blocks_);
    used_ = other.used_;
    by_begin_.swap(other.by_begin_);
    by_end_.swap(other.by_end_);
    sorted_ = other.sorted_;
    return *this;
  }
  ~SessionNames() = default;

  void add(std::string_view id);
  [[nodiscard]] bool is_empty() const noexcept { return by_begin_.empty(); }

  /// short_name(), extended until no other known id begins or ends with it.
  [[nodiscard]] std::string of(std::string_view id) const;

 private:
  [[nodiscard]] std::string_view stored(std::string_view id);
  void sort() const;
  [[nodiscard]] bool is_unique(std::string_view name, std::string_view id) const;

  std::vector<std::unique_ptr<char[]>> blocks_;  // of the texts
  std::size_t used_ = 0;                         // of the last block
  // They refer to the blocks. Until sort(), ids may occur twice after the first `sorted_` ones.
  mutable std::vector<std::string_view> by_begin_;
  mutable std::vector<std::string_view> by_end_;
  mutable std::size_t sorted_ = 0;
};

}  // namespace atm::cli
