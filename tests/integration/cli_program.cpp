// SPDX-License-Identifier: MIT
#include "cli_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace atm::test {
namespace {

using Clock = std::chrono::steady_clock;

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

void redirect(const std::filesystem::path& file, int fd) {
  const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(opened, fd);
  close(opened);
}

}  // namespace

Program::Program(std::vector<std::string> command, std::vector<std::string> environment, Terminal terminal) {
  std::vector<char*> argv = pointers(command);
  std::vector<char*> envp = pointers(environment);
  winsize size{24, 100, 0, 0};
  pid_ = terminal == Terminal::kPseudo ? forkpty(&terminal_, nullptr, nullptr, &size) : fork();
  if (pid_ < 0) throw std::runtime_error("cannot make a process");
  if (pid_ > 0) return;
  if (terminal == Terminal::kNone) {
    close(STDIN_FILENO);  // not even /dev/null: the program must handle that
    redirect(dir_.path() / "out", STDOUT_FILENO);
    redirect(dir_.path() / "err", STDERR_FILENO);
  }
  execve(argv[0], argv.data(), envp.data());
  _exit(127);
}

Program::~Program() {
  if (code_ < 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (terminal_ >= 0) close(terminal_);
}

bool Program::has_ended() {
  if (code_ >= 0) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

int Program::wait(int seconds) {
  const auto deadline = Clock::now() + std::chrono::seconds(seconds);
  while (!has_ended()) {
    static_cast<void>(out());  // a full terminal would block it
    if (Clock::now() > deadline) signal(SIGKILL);
    poll(nullptr, 0, 2);
  }
  return code_;
}

bool Program::wait_for(const std::function<bool(const std::string&)>& is) {
  return wait_until([&] { return is(out()); });
}

bool Program::wait_for_err(const std::function<bool(const std::string&)>& is) {
  return wait_until([&] { return is(err()); });
}

bool Program::wait_until(const std::function<bool()>& is) {
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  for (;;) {
    const bool over = has_ended() || Clock::now() > deadline;
    if (is()) return true;
    if (over) return false;
    poll(nullptr, 0, 2);
  }
}

std::string Program::out() {
  if (terminal_ < 0) return content(dir_.path() / "out");
  std::array<char, 4096> block{};
  for (pollfd wait{terminal_, POLLIN, 0}; poll(&wait, 1, 0) > 0 && (wait.revents & POLLIN) != 0;) {
    const ssize_t got = read(terminal_, block.data(), block.size());
    if (got <= 0) break;
    typed_.append(block.data(), static_cast<std::size_t>(got));
  }
  return typed_;
}

void Program::type(std::string_view keys) const {
  if (write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("cannot type");
}

void Program::resize(unsigned short width, unsigned short height) const {
  const winsize size{height, width, 0, 0};
  ioctl(terminal_, TIOCSWINSZ, &size);
}

std::size_t Program::unread() const {
  int bytes = 0;
  ::ioctl(terminal_, FIONREAD, &bytes);
  return static_cast<std::size_t>(bytes);
}

termios Program::modes() const {
  termios modes{};
  tcgetattr(terminal_, &modes);
  return modes;
}

std::string Program::err() const {
  return content(dir_.path() / "err");
}

}  // namespace atm::test
