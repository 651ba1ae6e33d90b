// SPDX-License-Identifier: MIT
// Short names of sessions: a part of the id that identifies it among the known sessions.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// Returns eight characters of an id: the last ones of a UUID of version 7, whose first ones are a time, else the first
/// ones. A pending id is returned whole. Not necessarily unique.
[[nodiscard]] std::string short_name(std::string_view id);

/// Returns true if `id` begins or ends with `name`.
[[nodiscard]] bool is_named(std::string_view id, std::string_view name) noexcept;

class SessionNames final {
 public:
  SessionNames() = default;
  SessionNames(const SessionNames& other) {
    for (const std::string& id : other.ids_) add(id);
  }
  SessionNames(SessionNames&&) noexcept = default;
  SessionNames& operator=(SessionNames other) noexcept {
    ids_.swap(other.ids_);
    by_end_.swap(other.by_end_);
    is_sorted_ = other.is_sorted_;
    return *this;
  }
  ~SessionNames() = default;

  void add(std::string_view id);
  [[nodiscard]] bool is_empty() const noexcept { return ids_.empty(); }

  /// short_name(), extended until no other known id begins or ends with it.
  [[nodiscard]] std::string of(std::string_view id) const;

 private:
  [[nodiscard]] bool is_unique(std::string_view name, std::string_view id) const;

  std::set<std::string, std::less<>> ids_;
  mutable std::vector<std::string_view>
      by_end_;  // they refer to ids_; sorted by their last characters when needed
  mutable bool is_sorted_ = true;
};

}  // namespace atm::cli
