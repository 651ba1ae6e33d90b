// SPDX-License-Identifier: MIT
#include "run_program.hpp"

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

namespace atm::cli::doctor {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputBytes = 16 * 1024;

int ms_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

// In its own process group, so that its children end with it.
pid_t start(std::vector<std::string>& command, int output) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : -1;
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

ProcessResult run_program(std::vector<std::string> command, std::chrono::milliseconds time) {
  const Clock::time_point end = Clock::now() + time;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const FileDescriptor input(ends[0]);
  FileDescriptor output(ends[1]);
  const pid_t pid = start(command, output.get());
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

}  // namespace atm::cli::doctor
