// SPDX-License-Identifier: MIT
// What analyzers derived from a session: a small map from full dotted key (`cost.hourly_rate_usd`) to value.
#pragma once

#include <algorithm>
#include <atm/domain/fact_key.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace atm {

using FactValue = std::variant<bool, std::int64_t, double, std::string>;

/// Sorted bytewise by key, in one block of memory: a session has a few dozen at most. Iterates as pairs of key
/// and value.
class Facts final {
 public:
  struct Entry {
    FactKey key;
    FactValue value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  using const_iterator = std::vector<Entry>::const_iterator;

  /// Adds or replaces. Returns whether anything changed.
  bool set(std::string_view key, FactValue value) {
    const auto at = lower_bound(key);
    if (at != entries_.end() && at->key.view() == key) {
      if (at->value == value) return false;
      at->value = std::move(value);
      return true;
    }
    const auto index = at - entries_.begin();
    // A key is added seldom, and there are thousands of sessions: no spare room for as many again.
    if (entries_.size() == entries_.capacity()) entries_.reserve(entries_.size() + kStep);
    entries_.insert(entries_.begin() + index, Entry{FactKey(key), std::move(value)});
    return true;
  }
  /// Returns whether the key was there.
  bool erase(std::string_view key) {
    const auto at = lower_bound(key);
    if (at == entries_.end() || at->key.view() != key) return false;
    entries_.erase(at);
    return true;
  }
  /// Takes away every key that begins with `prefix` (`cost.`). Returns how many.
  std::size_t erase_prefix(std::string_view prefix) {
    const auto first = lower_bound(prefix);
    const auto last = std::find_if_not(
        first, entries_.end(), [prefix](const Entry& entry) { return entry.key.view().starts_with(prefix); });
    const auto count = static_cast<std::size_t>(last - first);
    entries_.erase(first, last);
    return count;
  }

  /// nullptr if the key is not there. Lives until the next change.
  [[nodiscard]] const FactValue* find(std::string_view key) const noexcept {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), key, key_before);
    return at != entries_.end() && at->key.view() == key ? &at->value : nullptr;
  }
  /// nullptr if the key is not there or its value is of another type.
  template <class T>
  [[nodiscard]] const T* get(std::string_view key) const noexcept {
    return std::get_if<T>(find(key));
  }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const_iterator begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] const_iterator end() const noexcept { return entries_.end(); }

  friend bool operator==(const Facts&, const Facts&) = default;

 private:
  static constexpr std::size_t kStep = 4;

  [[nodiscard]] static bool key_before(const Entry& entry, std::string_view key) noexcept {
    return entry.key.view() < key;
  }
  [[nodiscard]] std::vector<Entry>::iterator lower_bound(std::string_view key) noexcept {
    return std::lower_bound(entries_.begin(), entries_.end(), key, key_before);
  }

  std::vector<Entry> entries_;
};

}  // namespace atm
