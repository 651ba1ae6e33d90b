// SPDX-License-Identifier: MIT
// Sequential atmd processes, in directories that outlive them, with an output that can be blocked.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace atm::test {

using Clock = std::chrono::steady_clock;

/// The longest time of any daemon operation on a busy machine.
inline constexpr std::chrono::seconds kTimeout{20};

[[nodiscard]] std::int64_t now_ns();

/// Copies the programs and the first-party plugins into an installation layout, so that a build during the run changes
/// nothing. Returns the directory of the programs.
[[nodiscard]] std::filesystem::path install_below(const std::filesystem::path& directory);

/// The directories of the daemons: below `home`, which may be a small file system.
struct Places {
  std::filesystem::path programs;
  std::filesystem::path home;
  std::filesystem::path notify;  ///< the socket of the service manager, not below `home`

  [[nodiscard]] std::filesystem::path run() const { return home / "run"; }
  [[nodiscard]] std::filesystem::path state() const { return home / "state"; }
  [[nodiscard]] std::filesystem::path socket() const { return run() / "atm.sock"; }
  [[nodiscard]] std::filesystem::path spool() const { return socket().string() + ".spool"; }
  [[nodiscard]] std::filesystem::path markers() const { return state() / "atm/starting"; }

  /// Creates the directories and writes the configuration.
  void prepare(std::string_view toml) const;
};

/// A pipe for a daemon's log, and a thread that reads it into a file.
class LogPipe final {
 public:
  explicit LogPipe(const std::filesystem::path& file);
  ~LogPipe();
  LogPipe(const LogPipe&) = delete;
  LogPipe& operator=(const LogPipe&) = delete;

  /// Stops reading, and fills the pipe.
  void stop();
  void go_on();
  [[nodiscard]] int write_end() const noexcept { return ends_[1]; }

 private:
  void read();

  std::array<int, 2> ends_{-1, -1};
  int file_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopped_ = false;
  bool is_over_ = false;
  std::thread reader_;
};

/// The resources of a process.
struct Holdings {
  std::size_t threads = 0;
  std::size_t descriptors = 0;
  std::size_t resident_kib = 0;
};
[[nodiscard]] Holdings holdings_of(pid_t pid);

struct StartOptions {
  std::vector<std::string> arguments{};
  std::array<bool, 3> is_closed{};  ///< of the descriptors 0, 1 and 2
  std::uint32_t life = 0;           ///< for the ledger
  int output = -1;                  ///< for 1 and 2; -1: /dev/null
};

/// A running atmd. The destructor kills it.
class Daemon final {
 public:
  Daemon(const Places& places, const StartOptions& options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Returns true if it sent READY=1 before its end and in time.
  [[nodiscard]] bool wait_ready(std::chrono::milliseconds timeout = kTimeout);
  void signal(int number) const;
  /// The exit status as of waitpid(2); absent if it runs after that time.
  [[nodiscard]] std::optional<int> wait_end(std::chrono::milliseconds timeout);
  [[nodiscard]] bool has_ended() { return wait_end(std::chrono::milliseconds(0)).has_value(); }
  void kill();
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  int notify_ = -1;
  pid_t pid_ = -1;
  int process_ = -1;  // pidfd
  std::optional<int> status_;
};

/// "exit 70", "signal 6".
[[nodiscard]] std::string end_text(int status);

/// Sends lines after a hello and returns as many replies; absent after the deadline.
[[nodiscard]] std::optional<std::vector<std::string>> ask(const std::filesystem::path& socket,
                                                          const std::vector<std::string>& lines,
                                                          std::chrono::milliseconds timeout = kTimeout);
/// Connects, sends bytes and closes, and ignores failures.
void throw_in(const std::filesystem::path& socket, std::string_view bytes);

}  // namespace atm::test
