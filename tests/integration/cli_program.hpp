// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace atm::test {

/// A program of ATM, run as a shell does: separate outputs and a given environment. The destructor kills it.
class Program final {
 public:
  enum class Terminal { kNone, kPseudo };

  /// `command[0]` is a path. On a pseudo-terminal out() contains both outputs.
  Program(std::vector<std::string> command, std::vector<std::string> environment,
          Terminal terminal = Terminal::kNone);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  /// The exit code, or 128 and the signal; after `seconds` it is killed, which is 137.
  int wait(int seconds = 90);
  /// Returns true if `is` holds for out() before the end of the program and within 20 s.
  [[nodiscard]] bool wait_for(const std::function<bool(const std::string&)>& is);
  /// The same for err().
  [[nodiscard]] bool wait_for_err(const std::function<bool(const std::string&)>& is);
  [[nodiscard]] std::string out();
  /// Of a pseudo-terminal: types keys; sets the size; the modes that the program has set.
  void type(std::string_view keys) const;
  void resize(unsigned short width, unsigned short height) const;
  [[nodiscard]] termios modes() const;
  /// Bytes of a pseudo-terminal that out() has not read.
  [[nodiscard]] std::size_t unread() const;
  [[nodiscard]] std::string err() const;

 private:
  [[nodiscard]] bool has_ended();
  [[nodiscard]] bool wait_until(const std::function<bool()>& is);

  TempDir dir_;
  pid_t pid_ = -1;
  int terminal_ = -1;
  int code_ = -1;
  std::string typed_;
};

}  // namespace atm::test
