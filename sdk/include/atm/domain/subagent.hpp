// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <string>

namespace atm {

/// A subagent that runs inside a session.
struct Subagent {
  /// The agent's id of it, unique in its session.
  std::string id;
  /// The vendor's text, `Explore` (see AgentType::parse); empty: unknown.
  std::string type;
  Timestamp started_at{};
  /// The subagent that started it; empty: the main thread.
  std::string parent{};
  /// The agent's or the user's name for it; may be empty.
  std::string name{};

  friend bool operator==(const Subagent&, const Subagent&) = default;
};

}  // namespace atm
