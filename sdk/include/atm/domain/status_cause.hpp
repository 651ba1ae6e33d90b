// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace atm {

/// The observation that gave a session its status. It lets a user trace every status to its origin.
struct StatusCause {
  /// Observation type, `tool.started`; empty before the first.
  std::string type;
  /// The channel, `claude_code/hook`.
  std::string origin;
  /// Number of the observation in this epoch; 0 before the first.
  std::uint64_t seq = 0;

  friend bool operator==(const StatusCause&, const StatusCause&) = default;
};

}  // namespace atm
