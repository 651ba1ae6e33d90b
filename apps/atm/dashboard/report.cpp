// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "text.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kMostBytes = 1024UL * 1024;

std::vector<std::string> environment_of(std::size_t width) {
  std::vector<std::string> kept{"COLUMNS=" + std::to_string(width)};
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "COLUMNS=", 8) != 0) kept.emplace_back(*entry);
  }
  return kept;
}

std::vector<char*> list_of(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

// In its own process group, so that its children end with it. Returns -1 after an error.
pid_t start_program(Report::Command command, std::size_t width, int output) {
  std::vector<std::string> variables = environment_of(width);
  const std::vector<char*> words = list_of(command);
  const std::vector<char*> environment = list_of(variables);
  posix_spawn_file_actions_t files{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  // The dashboard blocks the signals that it reads from a descriptor.
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, words[0], &files, &attributes, words.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : -1;
}

}  // namespace

void Report::start(std::deque<Command> commands, std::size_t width) {
  stop();
  text_.clear();
  commands_ = std::move(commands);
  width_ = width;
  start_next();
}

void Report::stop() {
  commands_.clear();
  if (pid_ > 0) ::kill(-pid_, SIGTERM);
  end();
}

void Report::start_next() {
  if (commands_.empty()) return;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    text_ += "cannot make a pipe: " + std::string(std::strerror(errno)) + "\n";
    return;
  }
  output_ = FileDescriptor(ends[0]);
  const FileDescriptor write_end(ends[1]);
  // Only the reader must not block.
  ::fcntl(write_end.get(), F_SETFL, O_WRONLY);
  if (!text_.empty()) text_ += "\n";
  pid_ = start_program(std::move(commands_.front()), width_, write_end.get());
  commands_.pop_front();
  if (pid_ < 0) text_ += "cannot run this program again; is it still installed?\n";
}

void Report::end() {
  output_ = FileDescriptor();
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
}

void Report::read() {
  std::array<char, 16384> block{};
  const ssize_t got = ::read(output_.get(), block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got > 0) {
    text_.append(block.data(), std::min(static_cast<std::size_t>(got), kMostBytes - text_.size()));
    return;
  }
  end();
  start_next();
}

std::vector<std::string> Report::lines() const {
  std::vector<std::string> lines;
  const std::string_view text = text_;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(terminal_safe(text.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

}  // namespace atm::cli
