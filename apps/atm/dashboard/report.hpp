// SPDX-License-Identifier: MIT
// Runs commands of this program and keeps their output, without blocking the screen.
#pragma once

#include <sys/types.h>

#include <atm/file_descriptor.hpp>
#include <deque>
#include <string>
#include <vector>

namespace atm::cli {

class Report final {
 public:
  using Command = std::vector<std::string>;

  /// Keeps at most `most` bytes of the output.
  explicit Report(std::size_t most = 1UL << 20) : most_(most) {}
  /// Ends the running command.
  ~Report() { stop(); }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  /// Forgets the former output and runs the commands one after the other; command[0] is a path. Each output is a
  /// part of the text. The commands assume a terminal of `width` columns.
  void start(std::deque<Command> commands, std::size_t width);
  void stop();

  /// The descriptor to wait for; -1: no command runs.
  [[nodiscard]] int fd() const noexcept { return output_.get(); }
  /// Reads the output that has arrived, and starts the next command after the end of one.
  void read();
  [[nodiscard]] bool is_running() const noexcept { return output_.get() >= 0; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// The terminal-safe lines so far.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  void start_next();
  void end();

  const std::size_t most_;
  std::deque<Command> commands_;
  std::size_t width_ = 80;
  FileDescriptor output_;
  pid_t pid_ = -1;
  std::string text_;
};

}  // namespace atm::cli
