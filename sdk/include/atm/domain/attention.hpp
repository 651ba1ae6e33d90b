// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <string>

namespace atm {

/// A call for the session's person. Acknowledging it silences it; it stays until what it waits for is
/// resolved.
struct Attention {
  std::string reason;  ///< permission, question, plan, elicitation, idle, error, or a vendor's own word
  Timestamp since{};
  bool acknowledged = false;
  bool confirmed = false;  ///< it has been announced (docs/specs/state.md, STATE-A2)

  friend bool operator==(const Attention&, const Attention&) = default;
};

}  // namespace atm
