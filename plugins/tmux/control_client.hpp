// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atm/posix/file_descriptor.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmux {

struct Pane {
  std::string id;   ///< "%3"
  std::string tty;  ///< "/dev/pts/3"
  std::string title;
};

/// The panes in a block of the control mode: "%3 /dev/pts/3 TITLE"; nothing for another line. [any]
[[nodiscard]] std::optional<Pane> parse_pane(std::string_view line);

/// A read-only control client of one tmux server: `tmux -C attach`. It reads no output of the panes and does not change
/// the size of a window. Not synchronised.
class ControlClient final {
 public:
  static constexpr std::size_t kMaxPanes = 2000;
  static constexpr std::size_t kMaxLineBytes = 4096;

  explicit ControlClient(std::string socket) : socket_(std::move(socket)) {}
  ~ControlClient() { end(); }
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  /// Asks for all panes of the server; starts the client if it does not run. Nothing: no answer in time, or the server
  /// has ended; the client has then ended too.
  [[nodiscard]] std::optional<std::vector<Pane>> panes(std::chrono::milliseconds longest);

 private:
  [[nodiscard]] bool start();
  void end();
  [[nodiscard]] bool write(std::string_view text) const;
  [[nodiscard]] std::optional<std::string> read_line(std::chrono::steady_clock::time_point until);

  const std::string socket_;
  pid_t pid_ = 0;
  atm::posix::FileDescriptor socket_to_;  ///< standard input and output of the client
  std::string buffer_;
  unsigned asked_ = 0;  ///< answers that are still expected
};

}  // namespace tmux
