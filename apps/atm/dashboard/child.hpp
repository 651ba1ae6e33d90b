// SPDX-License-Identifier: MIT
// A command whose output the dashboard reads without blocking the screen.
#pragma once

#include <sys/types.h>

#include <atm/file_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

class Child final {
 public:
  using Command = std::vector<std::string>;

  Child() = default;
  /// Ends the command.
  ~Child() { stop(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Ends the running command and starts another one; command[0] is a path. It assumes a terminal of `width` columns.
  /// Returns a message for the user; empty: it runs.
  [[nodiscard]] std::string start(Command command, std::size_t width);
  /// Writes to the input of the command; does nothing if it has ended. The text is short, so that this does not block.
  void write(std::string_view text) const;
  void stop();

  [[nodiscard]] bool is_running() const noexcept { return output_.get() >= 0; }
  /// The descriptor to wait for; -1: no command runs.
  [[nodiscard]] int fd() const noexcept { return output_.get(); }
  /// Appends what has arrived of both outputs. At the end of the output, the command no longer runs.
  void read(std::string& text);

 private:
  void end();

  FileDescriptor input_;
  FileDescriptor output_;
  pid_t pid_ = -1;
};

}  // namespace atm::cli
