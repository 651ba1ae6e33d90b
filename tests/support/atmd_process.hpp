// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace atm::test {

/// A configuration to append: it excludes the agents that happen to run on this machine.
inline constexpr std::string_view kOwnAgentsOnly =
    "\n[plugins.processes]\ndiscover_seconds = 0\n[plugins.claude_code]\ndiscover_seconds = 0\n";

/// Private directories for atmd: configuration, state, plugins, socket. They survive a restart.
class Home final {
 public:
  [[nodiscard]] const TempDir& dir() const noexcept { return dir_; }
  [[nodiscard]] std::filesystem::path socket() const { return dir_.path() / "run/atm.sock"; }
  /// The crash marker of a plugin; an unused name if there is none.
  [[nodiscard]] std::filesystem::path marker(std::string_view id) const;

  /// $XDG_CONFIG_HOME/atm/atm.toml.
  std::filesystem::path config(std::string_view toml) const { return dir_.file("config/atm/atm.toml", toml); }
  /// Links a built plugin, library and manifest, into the plugin directory `name` and returns that.
  std::filesystem::path plugin(const std::filesystem::path& manifest,
                               std::string_view name = "plugins") const;

 private:
  TempDir dir_;
};

/// The parts of atmd's environment that a service manager sets.
struct Manager {
  std::vector<std::string> environment{};  ///< more variables: "WATCHDOG_USEC=50000"
  int listener = -1;                       ///< a listening socket, passed as in sd_listen_fds(3)
  std::vector<std::string> launcher{};     ///< a command that executes its arguments in its own process
  std::string program{};                   ///< an atmd at another path
};

/// A real atmd, killed by the destructor.
class Atmd final {
 public:
  /// Without --socket among the arguments, or a listener, it listens on the home's socket.
  Atmd(const Home& home, const std::vector<std::string>& arguments, const Manager& manager = {});
  ~Atmd();
  Atmd(const Atmd&) = delete;
  Atmd& operator=(const Atmd&) = delete;

  /// Returns true if it sent READY=1 before its end and before the deadline.
  [[nodiscard]] bool wait_ready();
  /// The next message to its service manager; absent after the deadline.
  [[nodiscard]] std::optional<std::string> notification(std::chrono::milliseconds timeout);
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  /// Sends the signal and waits: the exit code, or 128 and the signal that ended it.
  int stop(int signal = SIGTERM);
  /// Waits for its own end, at most 20 s; then it is killed, which is 137.
  int wait();

  /// The text of both outputs so far: every line logged before this call.
  [[nodiscard]] std::string output() const;
  /// Sends lines to the socket after a hello and returns as many replies, without the server's hello.
  [[nodiscard]] std::vector<std::string> ask(const std::vector<std::string>& lines) const;
  /// Sends a line after a hello, without waiting for a reply.
  void tell(const std::string& line) const;
  [[nodiscard]] std::string ask(const std::string& line) const { return ask(std::vector{line}).at(0); }

 private:
  [[nodiscard]] bool has_ended();

  std::filesystem::path socket_;
  std::filesystem::path output_;
  int notify_ = -1;
  pid_t pid_ = -1;
  int process_ = -1;  // pidfd
  int code_ = -1;
};

}  // namespace atm::test
