// SPDX-License-Identifier: MIT
// The interface of the readers: each reads the responses in the files of one agent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ledger/record.hpp"

namespace atm::ledger {

/// Longer texts are no names that an agent writes.
inline constexpr std::size_t kMaxName = 1024;

/// Reads the lines of one file after the other. Not synchronised.
class UsageReader {
 public:
  virtual ~UsageReader() = default;

  /// The next lines are of this file; `below` is its path below the agent's directory. `state` is empty at the start of
  /// the file, else what state() returned at the line from which the reading goes on.
  virtual void open(std::string_view below, std::string_view state) = 0;

  /// Reads one line without its line feed. `record` is valid until the next call if the result is kResponse. `is_last`:
  /// the line has no line feed; if it is not complete, the result is kTorn.
  [[nodiscard]] virtual LineResult read(std::string_view line, bool is_last, Record& record) = 0;

  /// What a later reader needs besides the lines that follow: opaque, small, without texts of prompts and tools.
  [[nodiscard]] virtual std::string state() const { return {}; }
};

}  // namespace atm::ledger
