// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace atm {

/// The observation that gave a session its status, so that every status can be explained.
struct StatusCause {
  std::string type;       ///< observation type, `tool.started`; empty before the first
  std::string origin;     ///< channel it came through, `claude_code/hook`
  std::uint64_t seq = 0;  ///< the registry's number of it in this epoch; 0 before the first

  friend bool operator==(const StatusCause&, const StatusCause&) = default;
};

}  // namespace atm
