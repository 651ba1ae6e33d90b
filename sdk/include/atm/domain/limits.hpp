// SPDX-License-Identifier: MIT
// Every default limit in one table. A configuration may change most of them; the values here hold where it
// says nothing.
#pragma once

#include <chrono>
#include <cstddef>

namespace atm {

struct Limits {
  std::size_t sessions = 100;
  std::size_t session_id_bytes = 256;
  std::size_t line_bytes = 1'048'576;
  std::chrono::seconds stale_after{90};
  std::chrono::seconds cleanup_every{30};
  std::chrono::hours max_age{24};
  std::size_t tool_history = 50;
  std::size_t registry_mailbox = 4096;
  std::size_t subscriber_queue = 1024;  ///< activity events; state is conflated and not counted
  std::chrono::seconds handshake{5};
  std::chrono::seconds shutdown{5};
  std::chrono::milliseconds hook_client{50};  ///< the hook's whole run, from start to exit
  std::chrono::seconds client_retry_first{1};
  std::chrono::seconds client_retry_longest{30};
  unsigned client_retry_jitter_percent = 10;
};

inline constexpr Limits kDefaultLimits{};

}  // namespace atm
