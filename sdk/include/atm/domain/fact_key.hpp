// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace atm {

/// The full dotted key of a fact (`cost.hourly_rate_usd`), one copy of the text for all sessions: thousands of
/// them have the same few dozen. Kept while somebody holds it; any thread.
class FactKey final {
 public:
  explicit FactKey(std::string_view text) : text_(pool().intern(text)) {}

  [[nodiscard]] std::string_view view() const noexcept { return *text_; }
  // NOLINTNEXTLINE(google-explicit-constructor): it is read as the text it is
  operator std::string_view() const noexcept { return view(); }

  friend bool operator==(const FactKey&, const FactKey&) = default;

 private:
  using Shared = std::shared_ptr<const std::string>;

  class Pool final {
   public:
    Shared intern(std::string_view text) {
      Shared fresh;  // let go of outside the lock, should there be no memory for its entry
      const std::lock_guard lock(mutex_);
      const auto at = texts_.find(text);
      if (at != texts_.end()) {
        if (Shared known = at->second.lock()) return known;
        texts_.erase(at);  // its last holder is just letting go of it
      }
      fresh = Shared(new std::string(text), [this](const std::string* gone) { forget(gone); });
      texts_.emplace(*fresh, fresh);
      return fresh;
    }

   private:
    void forget(const std::string* gone) {
      const std::unique_ptr<const std::string> owned(gone);
      const std::lock_guard lock(mutex_);
      const auto at = texts_.find(*gone);
      if (at != texts_.end() && at->first.data() == gone->data()) texts_.erase(at);
    }

    std::mutex mutex_;
    std::unordered_map<std::string_view, std::weak_ptr<const std::string>> texts_;
  };

  // Never destroyed: a key may be held by what outlives every static object of this file.
  static Pool& pool() {
    static Pool& pool = *new Pool;
    return pool;
  }

  Shared text_;
};

}  // namespace atm
