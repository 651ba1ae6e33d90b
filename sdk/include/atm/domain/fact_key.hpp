// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace atm {

/// The full dotted key of a fact (`cost.hourly_rate_usd`) as a shared, immutable text.
///
/// Thousands of sessions use the same few dozen keys, so equal keys share one copy of their text. A copy lives as long
/// as any FactKey refers to it. Equality compares pointers, which is exact because a text is never stored twice at
/// once. [any]
class FactKey final {
 public:
  /// Finds or stores the text, under a lock of the process. May throw std::bad_alloc.
  explicit FactKey(std::string_view text) : text_(pool().intern(text)) {}

  /// The text. Valid while any FactKey with this text lives.
  [[nodiscard]] std::string_view view() const noexcept { return *text_; }
  // NOLINTNEXTLINE(google-explicit-constructor): it is read as the text it is
  operator std::string_view() const noexcept { return view(); }

  friend bool operator==(const FactKey&, const FactKey&) = default;

 private:
  using Shared = std::shared_ptr<const std::string>;

  /// The texts in use, by content. An entry does not keep its text alive.
  class Pool final {
   public:
    /// Returns the stored copy of `text`, or stores one.
    Shared intern(std::string_view text) {
      // Declared before the lock: if storing the entry throws, the deleter, which takes the lock, runs after its
      // release.
      Shared fresh;
      const std::lock_guard lock(mutex_);
      const auto at = texts_.find(text);
      if (at != texts_.end()) {
        if (Shared known = at->second.lock()) return known;
        // The last owner of that text is releasing it on another thread.
        texts_.erase(at);
      }
      fresh = Shared(new std::string(text), [this](const std::string* gone) { forget(gone); });
      texts_.emplace(*fresh, fresh);
      return fresh;
    }

   private:
    /// The deleter of a text: removes its entry, unless a newer text has taken the place.
    void forget(const std::string* gone) {
      const std::unique_ptr<const std::string> owned(gone);
      const std::lock_guard lock(mutex_);
      const auto at = texts_.find(*gone);
      if (at != texts_.end() && at->first.data() == gone->data()) texts_.erase(at);
    }

    std::mutex mutex_;
    std::unordered_map<std::string_view, std::weak_ptr<const std::string>> texts_;
  };

  // Never destroyed: a FactKey in another static object may outlive the statics of this header.
  static Pool& pool() {
    static Pool& pool = *new Pool;
    return pool;
  }

  Shared text_;
};

}  // namespace atm
