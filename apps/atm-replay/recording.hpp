// SPDX-License-Identifier: MIT
// A recorded flow of real clients: who ran a hook or a status line, when, with what input and environment.
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

/// One command the client ran.
struct Step {
  std::chrono::nanoseconds at{};  // since the first line of the flow
  bool status_line = false;
  std::string payload;                   // what it was given on standard input, one line
  std::vector<std::string> environment;  // NAME=value, as recorded
};

/// One client process and what it ran, in order of time.
struct Client {
  std::int64_t recorded_pid = 0;
  std::vector<Step> steps;  // never empty
  bool goes_on = false;     // the recording has more of it after the cut
};

/// What to play: a file and the last line of it that counts.
struct Selection {
  std::string path;
  std::int64_t last_seq = std::numeric_limits<std::int64_t>::max();

  /// "FILE" or "FILE@SEQ".
  [[nodiscard]] static Result<Selection> parse(std::string_view text);
};

/// The clients of one flow, by their first step. Errors: the file cannot be read, a line is no recording,
/// nothing is left to play; the text names file and line.
[[nodiscard]] Result<std::vector<Client>> read_recording(const Selection& selection);

}  // namespace atm::replay
