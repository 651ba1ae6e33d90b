// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <string>

namespace atm {

/// An agent that runs inside a session.
struct Subagent {
  std::string id;
  std::string type;  ///< the vendor's text, `Explore`; AgentType::parse reads it; empty where unknown
  Timestamp started_at{};

  friend bool operator==(const Subagent&, const Subagent&) = default;
};

}  // namespace atm
