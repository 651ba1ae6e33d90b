// SPDX-License-Identifier: MIT
#include "client.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atm/posix/shell_word.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

namespace atm::replay {

namespace {

std::string command_line(const Script& script, const Step& step) {
  std::string command = posix::shell_quoted(script.hook) + " --agent " + posix::shell_quoted(script.agent);
  if (step.status_line) command += " --status-line";
  return command;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The environment of a hook: the variables of this process that locate programs and the socket, then the recorded ones,
// with the actual process and terminal.
std::vector<std::string> environment(const Script& script, const Step& step, unsigned number) {
  std::vector<std::string> all;
  for (const char* name : {"PATH", "HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "ATM_SOCKET"}) {
    const char* value = std::getenv(name);
    const bool replaced = std::string_view(name) == "ATM_SOCKET" && !script.socket.empty();
    if (value != nullptr && !replaced) all.push_back(std::string(name) + "=" + value);
  }
  if (!script.socket.empty()) all.push_back("ATM_SOCKET=" + script.socket);
  for (const std::string& entry : step.environment) {
    if (starts_with(entry, "CLAUDE_PID=")) {
      all.push_back("CLAUDE_PID=" + std::to_string(getpid()));
    } else if (starts_with(entry, "TMUX_PANE=")) {
      all.push_back("TMUX_PANE=%" + std::to_string(number));
    } else {
      all.push_back(entry);
    }
  }
  return all;
}

void die_with_parent(pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before the line above
}

[[noreturn]] void become_hook(const std::string& command, const std::vector<std::string>& entries, int input,
                              pid_t client) noexcept {
  die_with_parent(client);
  setsid();  // as a real agent process does
  signal(SIGPIPE, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(input, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  std::vector<char*> envp;
  envp.reserve(entries.size() + 1);
  for (const std::string& entry : entries) envp.push_back(const_cast<char*>(entry.c_str()));
  envp.push_back(nullptr);
  std::array<const char*, 4> argv{"sh", "-c", command.c_str(), nullptr};
  execve("/bin/sh", const_cast<char* const*>(argv.data()), envp.data());
  _exit(127);
}

void write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the hook need not read all input
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool run_hook(const Script& script, const Step& step, unsigned number) {
  const std::string command = command_line(script, step);
  const std::vector<std::string> entries = environment(script, step, number);
  std::array<int, 2> input{};
  if (pipe2(input.data(), O_CLOEXEC) != 0) return false;
  const pid_t client = getpid();
  const pid_t hook = fork();
  if (hook == 0) become_hook(command, entries, input[0], client);
  close(input[0]);
  if (hook > 0) write_all(input[1], step.payload);
  close(input[1]);
  if (hook < 0) return false;
  int status = 0;
  while (waitpid(hook, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void sleep_until(Clock::time_point when) noexcept {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
  const timespec at{static_cast<time_t>(since / 1'000'000'000), static_cast<long>(since % 1'000'000'000)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

}  // namespace

void play_client(const Client& client, const Script& script, Clock::time_point start, unsigned number,
                 int done_fd) noexcept {
  prctl(PR_SET_NAME, script.process_name.c_str());
  signal(SIGPIPE, SIG_IGN);
  bool ok = true;
  for (const Step& step : client.steps) {
    const std::chrono::duration<double, std::nano> offset(static_cast<double>(step.at.count()) /
                                                          script.speed);
    sleep_until(start + std::chrono::duration_cast<Clock::duration>(offset));
    ok = run_hook(script, step, number) && ok;
  }
  if (!ok) write_all(done_fd, "!");
  close(done_fd);
  while (script.hold && client.goes_on) pause();
  _exit(ok ? 0 : 1);
}

}  // namespace atm::replay
