// SPDX-License-Identifier: MIT
// Sample sessions for the tests of the output.
#pragma once

#include <atm/protocol/session.hpp>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include "session_table.hpp"

namespace atm::cli {

/// Local times are in UTC.
inline const bool kIsUtc = ::setenv("TZ", "UTC0", 1) == 0;

inline const Timestamp kNow = *parse_rfc3339("2026-03-01T12:00:00Z");

inline const Scene kScene{kNow, "/home/dev", {}};

inline protocol::Session sample_session(std::string id, SessionStatus status) {
  protocol::Session session{SessionDomain(SessionId(std::move(id)), kNow - std::chrono::minutes(25))};
  session.domain.agent = "claude_code";
  session.domain.status = std::move(status);
  session.domain.certain = true;
  session.domain.last_activity = kNow - std::chrono::seconds(7);
  session.domain.working_directory = "/home/dev/project";
  return session;
}

inline protocol::Session idle(const char* id) {
  return sample_session(id, SessionStatus::idle());
}

inline void fill(protocol::Session& session, double percent, std::uint64_t window) {
  ContextUsage& context = session.domain.context;
  context.context_window_size = window;
  context.used_percentage = percent;
  context.current_input_tokens = static_cast<std::uint64_t>(percent * static_cast<double>(window) / 100);
  context.cache_creation_tokens = 0;
  context.cache_read_tokens = 0;
}

}  // namespace atm::cli
