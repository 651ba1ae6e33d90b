// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

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
  FactKey(const FactKey& other) noexcept : text_(other.text_) {
    text_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  FactKey& operator=(const FactKey& other) noexcept {
    Shared* const own = text_;
    other.text_->owners.fetch_add(1, std::memory_order_relaxed);
    text_ = other.text_;
    pool().release(own);
    return *this;
  }
  // A move copies: each key has a text, and a copy is cheap.
  ~FactKey() { pool().release(text_); }

  /// The text. Valid while any FactKey with this text lives.
  [[nodiscard]] std::string_view view() const noexcept { return text_->text; }
  // NOLINTNEXTLINE(google-explicit-constructor): it is read as the text it is
  operator std::string_view() const noexcept { return view(); }

  friend bool operator==(const FactKey&, const FactKey&) = default;

 private:
  struct Shared {
    std::string text;
    std::atomic<std::size_t> owners;
  };

  /// The texts in use, by content.
  class Pool final {
   public:
    /// Returns the stored copy of `text`, or stores one.
    Shared* intern(std::string_view text) {
      const std::lock_guard lock(mutex_);
      const auto at = texts_.find(text);
      if (at != texts_.end()) {
        at->second->owners.fetch_add(1, std::memory_order_relaxed);
        return at->second.get();
      }
      auto fresh = std::unique_ptr<Shared>(new Shared{std::string(text), 1});
      const std::string_view key = fresh->text;
      return texts_.emplace(key, std::move(fresh)).first->second.get();
    }
    /// Only under the lock does the last owner leave, so that intern() cannot return a text that is being removed.
    void release(Shared* text) noexcept {
      std::size_t owners = text->owners.load(std::memory_order_relaxed);
      while (owners > 1) {
        if (text->owners.compare_exchange_weak(owners, owners - 1, std::memory_order_release)) return;
      }
      const std::lock_guard lock(mutex_);
      if (text->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) texts_.erase(texts_.find(text->text));
    }

   private:
    std::mutex mutex_;
    std::unordered_map<std::string_view, std::unique_ptr<Shared>> texts_;
  };

  // Never destroyed: a FactKey in another static object may outlive the statics of this header.
  static Pool& pool() {
    static Pool& pool = *new Pool;
    return pool;
  }

  Shared* text_;
};

}  // namespace atm
