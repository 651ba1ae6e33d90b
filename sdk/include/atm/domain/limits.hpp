// SPDX-License-Identifier: MIT
// The default limits of the daemon, its clients and the hook program.
#pragma once

#include <chrono>
#include <cstddef>

namespace atm {

/// All default limits in one table. The configuration of the daemon can change `sessions`, `stale_after`,
/// `cleanup_every`, `subscriber_queue` and `shutdown`; the other limits are constants.
struct Limits {
  /// Sessions in the registry.
  std::size_t sessions = 100;
  /// Longest session id, in bytes.
  std::size_t session_id_bytes = 256;
  /// Longest line of the wire protocol in either direction, in bytes without the newline.
  std::size_t line_bytes = 1'048'576;
  /// Time without evidence after which a session whose process is not verified becomes stale.
  std::chrono::seconds stale_after{90};
  std::chrono::seconds cleanup_every{30};
  /// Age at which a session whose process is not verified is removed.
  std::chrono::hours max_age{24};
  /// Tool uses that a session keeps.
  std::size_t tool_history = 50;
  /// Messages in the registry's mailbox.
  std::size_t registry_mailbox = 4096;
  std::size_t subscriber_queue = 1024;  ///< activity events; merged state events do not count
  /// Time within which a connection must send `hello`.
  std::chrono::seconds handshake{5};
  /// Time that an orderly stop of the daemon may take.
  std::chrono::seconds shutdown{5};
  std::chrono::milliseconds hook_client{50};  ///< the hook program's whole run, from start to exit
  /// Pauses of a client between attempts to connect: the first, and the longest after repeated doubling.
  std::chrono::seconds client_retry_first{1};
  std::chrono::seconds client_retry_longest{30};
  unsigned client_retry_jitter_percent = 10;  ///< random part of a pause, in either direction
};

inline constexpr Limits kDefaultLimits{};

}  // namespace atm
