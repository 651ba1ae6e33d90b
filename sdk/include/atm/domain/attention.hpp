// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <string>

namespace atm {

/// The state "the user is needed" of a session (docs/specs/state.md, section 5). It exists from the moment a wait or an
/// error begins until that is resolved. Acknowledging it does not end it.
struct Attention {
  /// Permission, question, plan, elicitation, idle, error, or a vendor's word.
  std::string reason;
  /// Begin of the wait or error.
  Timestamp since{};
  /// The user has seen it; clients do not alert again.
  bool acknowledged = false;
  /// The evidence suffices to announce it (STATE-A2).
  bool confirmed = false;

  friend bool operator==(const Attention&, const Attention&) = default;
};

}  // namespace atm
