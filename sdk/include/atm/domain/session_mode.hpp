// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace atm {

/// How an agent is set in a session, in the agent's own words; empty: unknown.
struct SessionMode {
  /// Which tool uses need the user's permission: `default`, `plan`, `on-request`.
  std::string permission;
  /// What commands may reach: `workspace-write`.
  std::string sandbox;
  /// The reasoning effort: `high`.
  std::string effort;

  friend bool operator==(const SessionMode&, const SessionMode&) = default;
};

}  // namespace atm
