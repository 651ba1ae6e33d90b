// SPDX-License-Identifier: MIT
// Runs commands of this program and keeps their output.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "child.hpp"

namespace atm::cli {

class Report final {
 public:
  using Command = Child::Command;

  /// Forgets the former output and runs the commands one after the other; command[0] is a path. Each output is a
  /// part of the text, unless it equals the one before. The commands assume a terminal of `width` columns.
  void start(std::deque<Command> commands, std::size_t width);
  void stop();

  /// The descriptor to wait for; -1: no command runs.
  [[nodiscard]] int fd() const noexcept { return child_.fd(); }
  /// Reads the output that has arrived, and starts the next command after the end of one.
  void read();
  [[nodiscard]] bool is_running() const noexcept { return child_.is_running(); }
  /// The terminal-safe lines so far.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  void start_next();

  std::deque<Command> commands_;
  std::size_t width_ = 80;
  Child child_;
  std::string text_;
  std::size_t end_ = 0;  // of the text before the current command
  std::string part_;     // the output of the last command that ended
};

}  // namespace atm::cli
