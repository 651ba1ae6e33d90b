// SPDX-License-Identifier: MIT
// Facts: values that analyzers derived from a session, by full dotted key (`cost.hourly_rate_usd`).
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

/// A fact's value. A text is UTF-8.
using FactValue = std::variant<bool, std::int64_t, double, std::string>;

/// A map from key to value, sorted bytewise by key.
///
/// A session has at most a few dozen facts, and there are thousands of sessions; one sorted vector takes less memory
/// than a tree and is fast enough. Iteration yields Entry, in key order. A value type: not synchronised.
class Facts final {
 public:
  /// One fact.
  struct Entry {
    FactKey key;
    FactValue value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  /// Invalidated by each change.
  using const_iterator = std::vector<Entry>::const_iterator;

  /// Makes room for this number of facts.
  void reserve(std::size_t count) { entries_.reserve(count); }
  /// Adds or replaces a fact. Returns whether the map changed.
  bool set(std::string_view key, FactValue value) {
    const auto at = lower_bound(key);
    if (at != entries_.end() && at->key.view() == key) {
      if (at->value == value) return false;
      at->value = std::move(value);
      return true;
    }
    const auto index = at - entries_.begin();
    // Keys are added rarely and there are thousands of sessions: grow by a few entries instead of doubling.
    if (entries_.size() == entries_.capacity()) entries_.reserve(entries_.size() + kStep);
    entries_.insert(entries_.begin() + index, Entry{FactKey(key), std::move(value)});
    return true;
  }
  /// Replaces the value of the fact at `index`, which must be below size().
  void assign(std::size_t index, FactValue value) { entries_[index].value = std::move(value); }
  /// Removes a fact. Returns whether it existed.
  bool erase(std::string_view key) {
    const auto at = lower_bound(key);
    if (at == entries_.end() || at->key.view() != key) return false;
    entries_.erase(at);
    return true;
  }
  /// Removes each fact whose key begins with `prefix` (`cost.`). Returns the number removed.
  std::size_t erase_prefix(std::string_view prefix) {
    const auto first = lower_bound(prefix);
    const auto last = std::find_if_not(
        first, entries_.end(), [prefix](const Entry& entry) { return entry.key.view().starts_with(prefix); });
    const auto count = static_cast<std::size_t>(last - first);
    entries_.erase(first, last);
    return count;
  }

  /// The value, or nullptr if the key is absent. The pointer is valid until the next change.
  [[nodiscard]] const FactValue* find(std::string_view key) const noexcept {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), key, key_before);
    return at != entries_.end() && at->key.view() == key ? &at->value : nullptr;
  }
  /// The value as T, or nullptr if the key is absent or the value has another type. Valid until the next change.
  template <class T>
  [[nodiscard]] const T* get(std::string_view key) const noexcept {
    return std::get_if<T>(find(key));
  }

  /// Whether there is no fact.
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Iterators are invalidated by each change.
  [[nodiscard]] const_iterator begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] const_iterator end() const noexcept { return entries_.end(); }

  friend bool operator==(const Facts&, const Facts&) = default;

 private:
  /// Entries by which the storage grows.
  static constexpr std::size_t kStep = 4;

  /// Bytewise order, as in the attributes that analyzers read.
  [[nodiscard]] static bool key_before(const Entry& entry, std::string_view key) noexcept {
    return entry.key.view() < key;
  }
  /// The place of a key, or the place to insert it.
  [[nodiscard]] std::vector<Entry>::iterator lower_bound(std::string_view key) noexcept {
    return std::lower_bound(entries_.begin(), entries_.end(), key, key_before);
  }

  /// Sorted by key; each key occurs once.
  std::vector<Entry> entries_;
};

}  // namespace atm
