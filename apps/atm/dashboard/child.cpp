// SPDX-License-Identifier: MIT
#include "child.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "program.hpp"

namespace atm::cli {

namespace {

std::vector<std::string> environment_of(std::size_t width) {
  std::vector<std::string> variables = environment_without("COLUMNS");
  variables.push_back("COLUMNS=" + std::to_string(width));
  return variables;
}

}  // namespace

std::string Child::start(Command command, std::size_t width) {
  stop();
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return "cannot make a pipe: " + std::string(std::strerror(errno));
  output_ = FileDescriptor(ends[0]);
  const FileDescriptor write_end(ends[1]);
  // A socket, because a write to a pipe without a reader is a signal.
  std::array<int, 2> input{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) != 0)
    return "cannot make a socket: " + std::string(std::strerror(errno));
  input_ = FileDescriptor(input[0]);
  const FileDescriptor read_end(input[1]);
  // Only the reader must not block.
  ::fcntl(write_end.get(), F_SETFL, O_WRONLY);
  pid_ = start_program(std::move(command), environment_of(width), write_end.get(), TerminalUse::kNone,
                       read_end.get());
  if (pid_ >= 0) return {};
  input_ = FileDescriptor();
  output_ = FileDescriptor();
  return "cannot run this program again; is it still installed?";
}

void Child::write(std::string_view text) const {
  static_cast<void>(::send(input_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void Child::stop() {
  if (pid_ > 0) ::kill(-pid_, SIGTERM);
  end();
}

void Child::end() {
  input_ = FileDescriptor();
  output_ = FileDescriptor();
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
}

void Child::read(std::string& text) {
  std::array<char, 65536> block{};
  const ssize_t got = ::read(output_.get(), block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) return end();
  text.append(block.data(), static_cast<std::size_t>(got));
}

}  // namespace atm::cli
