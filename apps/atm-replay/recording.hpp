// SPDX-License-Identifier: MIT
// A recorded flow of real agent processes: the hooks and status lines they ran, with time, input and environment.
#pragma once

#include <atm/domain/error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace atm::replay {

/// One command that the agent process ran.
struct Step {
  std::chrono::nanoseconds at{};  // since the first line of the flow
  bool status_line = false;
  std::string payload;                   // its standard input, one line
  std::vector<std::string> environment;  // NAME=value, as recorded
};

/// One agent process and its commands, in order of time.
struct Client {
  std::int64_t recorded_pid = 0;
  std::vector<Step> steps;  // never empty
  bool goes_on = false;     // the recording continues after the cut
};

/// The source of a replay: a file and its last line to use.
struct Selection {
  std::string path;
  std::int64_t last_seq = std::numeric_limits<std::int64_t>::max();

  /// "FILE" or "FILE@SEQ".
  [[nodiscard]] static Result<Selection> parse(std::string_view text);
};

/// The agent processes of one flow, ordered by their first step. Errors, with file and line: the file is unreadable, a
/// line is invalid, no step is left.
[[nodiscard]] Result<std::vector<Client>> read_recording(const Selection& selection);

}  // namespace atm::replay
