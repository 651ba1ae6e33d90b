// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "topic.hpp"

namespace zeromq {

/// What subscribers want, from the XPUB socket's messages: while nobody wants anything the host is not asked
/// for events, and no session's JSON is made for us. [loop]
class SubscriptionFilter final {
 public:
  /// More prefixes than that are no longer told apart: somebody wants something until the daemon ends.
  static constexpr std::size_t kMaxPrefixes = 4096;

  struct News {
    std::string_view prefix;
    bool is_new = false;  ///< somebody waits for the last values
  };

  /// One message: a byte 1 (subscribed) or 0 (the last one unsubscribed), then the prefix. Any other message is ignored:
  /// an XSUB socket can send what it likes.
  News take(std::string_view message) {
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
