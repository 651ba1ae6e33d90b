// SPDX-License-Identifier: MIT
// The terminal of a full-screen program: its modes, its input, and frames that never block.
#pragma once

#include <termios.h>

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoder.hpp"
#include "grid.hpp"
#include "input.hpp"

namespace atm::cli::tui {

/// Enters the alternate screen and the raw mode; the destructor restores both, and so does a handler of the signals
/// that end a program with a fault. One object exists at a time. Without a terminal on standard input the screen only
/// shows frames.
class Screen final {
 public:
  /// The error names the reason why there is no terminal.
  [[nodiscard]] static Result<void> check();
  explicit Screen(Theme theme);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// The descriptor to wait for input; -1: standard input is no terminal.
  [[nodiscard]] int input() const noexcept { return input_; }
  /// The descriptor to wait for until it accepts output, while is_writing().
  [[nodiscard]] int output() const noexcept { return output_.get(); }
  [[nodiscard]] bool is_writing() const noexcept { return !pending_.empty(); }
  /// The size of the terminal, from 1x1 to 1000x1000.
  [[nodiscard]] Grid empty_grid() const;

  /// Shows a grid. While a former frame is not written, nothing happens: call it again after flush().
  void show(const Grid& grid);
  /// Writes what the terminal accepts; false: the terminal is gone.
  [[nodiscard]] bool flush();
  /// Forgets what the terminal shows, so that the next frame repaints everything.
  void forget() { shown_.reset(); }
  /// The next frame repaints everything in other colours.
  void use(Theme theme);
  /// Appends a sequence that changes no cell, such as a copy to the clipboard.
  void send(std::string_view sequence) { pending_ += sequence; }
  /// Copies text to the clipboard, if the terminal supports OSC 52.
  void copy(std::string_view text);

  /// Reads the input that has arrived; absent: the terminal is gone.
  [[nodiscard]] std::optional<std::vector<Event>> read();
  /// Reads nothing, and decides that a sequence that was begun does not continue.
  [[nodiscard]] std::vector<Event> expire() { return parser_.expire(); }
  [[nodiscard]] bool is_waiting_for_bytes() const noexcept { return parser_.is_waiting(); }
  /// A terminal that supports mode 2026 shows a frame at once.
  void synchronize() noexcept { is_synchronized_ = true; }

  /// Gives the terminal to another program, and takes it back.
  void leave();
  void enter();

 private:
  Encoder encoder_;
  FileDescriptor output_;
  int input_ = -1;
  termios before_{};
  Input parser_;
  std::string pending_;
  std::optional<Grid> shown_;
  bool is_synchronized_ = false;
};

}  // namespace atm::cli::tui
