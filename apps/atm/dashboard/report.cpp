// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "program.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

std::vector<std::string> environment_of(std::size_t width) {
  std::vector<std::string> variables = environment_without("COLUMNS");
  variables.push_back("COLUMNS=" + std::to_string(width));
  return variables;
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
  pid_ = start_program(std::move(commands_.front()), environment_of(width_), write_end.get());
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
    text_.append(block.data(), std::min(static_cast<std::size_t>(got), most_ - text_.size()));
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
