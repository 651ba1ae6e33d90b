// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/file_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

namespace atm::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputBytes = 16 * 1024;

int ms_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string read_until(int fd, Clock::time_point end) {
  std::string text;
  std::array<char, 4096> block{};
  pollfd input{fd, POLLIN, 0};
  while (::poll(&input, 1, ms_until(end)) > 0) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got <= 0) break;
    const std::size_t room = kOutputBytes - text.size();
    text.append(block.data(), std::min(static_cast<std::size_t>(got), room));
  }
  return text;
}

}  // namespace

std::vector<std::string> environment_without(std::string_view name) {
  std::vector<std::string> kept;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (variable.substr(0, variable.find('=')) != name) kept.emplace_back(variable);
  }
  return kept;
}

pid_t start_program(std::vector<std::string> command, std::vector<std::string> environment, int output,
                    TerminalUse use, int input) {
  const std::vector<char*> words = pointers_to(command);
  const std::vector<char*> variables = pointers_to(environment);
  posix_spawn_file_actions_t files{};
  ::posix_spawn_file_actions_init(&files);
  if (use != TerminalUse::kTakes) {
    if (input < 0) {
      ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    } else {
      ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    }
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  }
  ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  // The signals that this program reads from a descriptor are blocked.
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  const int group = use == TerminalUse::kNone ? POSIX_SPAWN_SETPGROUP : 0;
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | group));
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &files, &attributes, words.data(), variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  errno = error;
  return error == 0 ? pid : -1;
}

ProcessResult run_program(std::vector<std::string> command, std::chrono::milliseconds time) {
  const Clock::time_point end = Clock::now() + time;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const FileDescriptor input(ends[0]);
  FileDescriptor output(ends[1]);
  const pid_t pid = start_program(std::move(command), environment_without({}), output.get());
  output = FileDescriptor();
  if (pid < 0) return {};
  ProcessResult ran;
  ran.output = read_until(input.get(), end);
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) break;
    if (ended < 0 || ms_until(end) == 0) {
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      return ran;
    }
    ::poll(nullptr, 0, 1);
  }
  ran.in_time = true;
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace atm::cli
