// SPDX-License-Identifier: MIT
#include "control_client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <csignal>
#include <utility>

namespace tmux {

using atm::posix::FileDescriptor;

namespace {

constexpr std::string_view kAsk = "list-panes -a -F '#{pane_id} #{pane_tty} #{pane_title}'\n";

/// A socket of this user, as tmux makes it.
bool is_own_socket(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode) && atm::posix::is_own(about);
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<Pane> parse_pane(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.front() != '%' || !is_digits(line.substr(1, first - 1)))
    return std::nullopt;
  return Pane{std::string(line.substr(0, first)), std::string(line.substr(first + 1, second - first - 1)),
              std::string(line.substr(second + 1))};
}

bool ControlClient::start() {
  if (pid_ != 0) return true;
  if (!is_own_socket(socket_)) return false;
  int ends[2];
  // A socket pair, because a control client reads and writes; MSG_NOSIGNAL then prevents SIGPIPE.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  posix_spawn_file_actions_t files{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, theirs.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, theirs.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  std::array<std::string, 7> words = {
      "tmux", "-S", socket_, "-C", "attach", "-f", "no-output,ignore-size,read-only"};
  std::array<char*, 8> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  const int failed = ::posix_spawnp(&pid_, "tmux", &files, &attributes, arguments.data(), ::environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    pid_ = 0;
    return false;
  }
  buffer_.clear();
  asked_ = 0;
  socket_to_ = std::move(ours);
  return true;
}

void ControlClient::end() {
  if (pid_ == 0) return;
  socket_to_ = {};
  int status = 0;
  ::kill(pid_, SIGKILL);  // the server notices, and the wait below cannot last
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

bool ControlClient::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_to_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> ControlClient::read_line(std::chrono::steady_clock::time_point until) {
  for (;;) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, std::min(end, kMaxLineBytes));
      buffer_.erase(0, end + 1);
      return line;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || buffer_.size() > kMaxPanes * kMaxLineBytes) return std::nullopt;
    pollfd waiting{socket_to_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    std::array<char, 16384> part{};
    const ssize_t got = ::recv(socket_to_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return std::nullopt;
    if (got > 0) buffer_.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::optional<std::vector<Pane>> ControlClient::panes(std::chrono::milliseconds longest) {
  const auto until = std::chrono::steady_clock::now() + longest;
  if (!start() || !write(kAsk)) {
    end();
    return std::nullopt;
  }
  ++asked_;
  std::vector<Pane> panes;
  bool is_in_block = false;
  while (asked_ > 0) {
    const auto line = read_line(until);
    if (!line || line->starts_with("%exit")) {
      end();
      return std::nullopt;
    }
    // Titles have no line ends, and a pane's line begins with % and a digit. The flag 1 marks the answer to a command of
    // this client; the block of the attach, with the flag 0, may precede or follow it.
    if (line->starts_with("%begin ")) {
      is_in_block = line->ends_with(" 1");
      if (is_in_block) panes.clear();
    } else if (line->starts_with("%end ") || line->starts_with("%error ")) {
      asked_ -= is_in_block ? 1 : 0;
      is_in_block = false;
    } else if (auto pane = is_in_block ? parse_pane(*line) : std::nullopt; pane && panes.size() < kMaxPanes) {
      panes.push_back(std::move(*pane));
    }
  }
  return panes;
}

}  // namespace tmux
