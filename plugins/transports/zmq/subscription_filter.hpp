// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "topic.hpp"

namespace zeromq {

/// Tracks the subscribed prefixes from the messages of the XPUB socket. Without subscribers, the plugin has no
/// subscription at the host, and the host encodes no JSON for it. [loop]
class SubscriptionFilter final {
 public:
  /// Above this number prefixes are no longer counted: there is always a subscriber from then on.
  static constexpr std::size_t kMaxPrefixes = 4096;

  struct Change {
    std::string_view prefix;
    bool is_new = false;  ///< a subscriber expects the last values
  };

  /// One message: byte 1 (subscribed) or 0 (last one unsubscribed), then the prefix. Ignores all others, because an
  /// XSUB socket can send any bytes.
  Change take(std::string_view message) {
    if (message.empty() || static_cast<unsigned char>(message.front()) > 1) return {};
    const std::string_view prefix = message.substr(1);
    if (!concerns_us(prefix)) return {};
    if (message.front() == 0) {
      const auto at = prefixes_.find(prefix);
      if (at != prefixes_.end()) prefixes_.erase(at);
      return {};
    }
    if (prefixes_.size() >= kMaxPrefixes) {
      is_beyond_count_ = true;
    } else {
      prefixes_.emplace(prefix);
    }
    return {prefix, true};
  }
  [[nodiscard]] bool is_any() const noexcept { return is_beyond_count_ || !prefixes_.empty(); }

 private:
  std::set<std::string, std::less<>> prefixes_;
  bool is_beyond_count_ = false;
};

}  // namespace zeromq
