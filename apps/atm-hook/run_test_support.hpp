// SPDX-License-Identifier: MIT
// Runs the real atm-hook as a process against a real socket.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "support/temp_dir.hpp"

using atm::test::TempDir;

// A bound and listening Unix socket; -1 if that fails.
int listen_on(const std::string& path, int backlog);

std::string read_file(const std::string& path);

// Accepts one connection and keeps all bytes up to its end.
class Listener {
 public:
  explicit Listener(const std::string& path);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  // Call it after the end of the sender; empty if no connection was made.
  std::string received();

 private:
  void run();
  int socket_;
  std::atomic<bool> is_over_{false};
  std::string received_;
  std::thread thread_;
};

struct HookRun {
  std::string program = ATM_HOOK_PROGRAM;
  std::vector<std::string> arguments{"--agent", "claude_code"};
  std::vector<std::string> environment;
  std::string payload = "{}";
  bool closes_stdin = true;
  // Writes the payload bytewise, about one byte a millisecond, until the hook has ended.
  bool trickles = false;
  // If false, the hook's timer does not start, so a busy machine cannot end a delivery. A system without seccomp
  // filters keeps the limit.
  bool has_time_limit = true;
  // A command line instead of the hook; "$0" in it is the hook.
  std::string shell_command;
};

struct HookResult {
  int exit_code = -1;
  std::string printed;  // standard output and error
  pid_t pid = 0;
};

// The longest time that a test waits for a program to end.
inline constexpr std::chrono::seconds kTimeout{60};

// Waits for the end of the process. A process that does not end within kTimeout is killed: its exit code is 137.
HookResult run_hook(const HookRun& run);

// On a busy machine the hook can reach its time limit and give up a delivery. So a test of a delivery repeats the
// attempt until it succeeds or kTimeout has passed.
template <typename Attempt>
bool succeeds_in_time(Attempt attempt) {
  const auto end = std::chrono::steady_clock::now() + kTimeout;
  do {
    if (attempt()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// A payload whose message exceeds the buffer of a socket without a reader.
std::string large_message();
