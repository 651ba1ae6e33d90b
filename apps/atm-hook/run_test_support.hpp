// SPDX-License-Identifier: MIT
// The real atm-hook as a process, and a real socket for it to talk to.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

// A directory of its own, gone with the object.
class PrivateDirectory {
 public:
  PrivateDirectory();
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

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
  // To be called when the client has ended; empty if it did not connect.
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
  // Writes the payload a byte at a time, about one a millisecond, until the hook has ended.
  bool trickles = false;
  // Without it the timer of the hook does not start: a busy machine cannot end a delivery. A system that does not
  // allow seccomp filters keeps the limit.
  bool has_time_limit = true;
  // A command line instead of the hook itself; "$0" in it is the hook.
  std::string shell_command;
};

struct HookResult {
  int exit_code = -1;
  std::string printed;  // standard output and error
  pid_t pid = 0;
};

// No test waits longer than this for a program to end.
inline constexpr std::chrono::seconds kPatience{20};

// Waits for the end of the process. A process that does not end within kPatience is killed: its exit code is 137.
HookResult run_hook(const HookRun& run);

// The hook gives up a delivery after its time limit, which it can reach on a busy machine. So a test of a delivery
// repeats the attempt until it succeeds or kPatience has passed.
template <typename Attempt>
bool succeeds_in_time(Attempt attempt) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    if (attempt()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// A payload whose message is greater than any socket takes without a reader.
std::string large_message();
