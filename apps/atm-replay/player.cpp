// SPDX-License-Identifier: MIT
#include "player.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>

namespace atm::replay {

namespace {

sigset_t watched_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

Clock::duration scaled(std::chrono::nanoseconds recorded, double speed) {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double, std::nano>(static_cast<double>(recorded.count()) / speed));
}

int milliseconds_until(Clock::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

Player::Player(std::vector<Entry> cast, Script script) : cast_(std::move(cast)), script_(std::move(script)) {
  std::stable_sort(cast_.begin(), cast_.end(), [](const Entry& a, const Entry& b) {
    return a.flow_start + a.client.steps.front().at < b.flow_start + b.client.steps.front().at;
  });
  const sigset_t set = watched_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // this process adopts and ends the hook of a dead agent process
  std::array<int, 2> done{-1, -1};
  if (pipe2(done.data(), O_CLOEXEC) == 0) {
    done_read_ = done[0];
    done_write_ = done[1];
  }
}

Player::~Player() {
  end_all();
  for (const int fd : {signals_, done_read_, done_write_}) {
    if (fd >= 0) close(fd);
  }
}

Result<void> Player::start(const Entry& entry, Clock::time_point begin, unsigned number) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Error{ErrorCode::kIo, std::string("cannot create a process: ") + std::strerror(errno)};
  if (pid > 0) return {};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  setpgid(0, 0);  // Ctrl-C must reach only the parent
  const sigset_t set = watched_signals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  play_client(entry.client, script_, begin + scaled(entry.flow_start, script_.speed), number, done_write_);
}

void Player::read_signals() {
  signalfd_siginfo info{};
  while (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo != SIGCHLD) interrupted_ = true;
  }
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

Result<Summary> Player::play() {
  if (signals_ < 0 || done_read_ < 0) {
    return Error{ErrorCode::kIo, std::string("cannot create a pipe: ") + std::strerror(errno)};
  }
  const Clock::time_point begin = Clock::now();
  std::size_t started = 0;
  std::array<pollfd, 2> waits{{{signals_, POLLIN, 0}, {done_read_, POLLIN, 0}}};
  // The pipe ends after all agent processes have finished. One whose hook failed writes to it.
  while (!interrupted_ && waits[1].revents == 0) {
    int timeout = -1;
    if (started < cast_.size()) {
      const Entry& next = cast_[started];
      timeout =
          milliseconds_until(begin + scaled(next.flow_start + next.client.steps.front().at, script_.speed));
      if (timeout == 0) {
        const Result<void> made = start(next, begin, static_cast<unsigned>(++started));
        if (!made) return made.error();
        continue;
      }
    } else if (done_write_ >= 0) {
      close(done_write_);
      done_write_ = -1;
    }
    if (poll(waits.data(), waits.size(), timeout) > 0 && waits[0].revents != 0) read_signals();
  }
  if (interrupted_) return Error{ErrorCode::kIo, "interrupted before the end of the recordings"};
  if ((waits[1].revents & POLLIN) != 0) {
    return Error{ErrorCode::kIo, script_.hook + " did not exit with 0; run it by hand with the same options"};
  }
  Summary summary{0, cast_.size(), Clock::now() - begin};
  for (const Entry& entry : cast_) summary.steps += entry.client.steps.size();
  return summary;
}

void Player::hold() {
  std::array<pollfd, 2> waits{{{signals_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
  while (!interrupted_) {
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) read_signals();
    if (waits[1].revents == 0) continue;
    std::array<char, 256> ignored{};
    const ssize_t got = read(STDIN_FILENO, ignored.data(), ignored.size());
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return;
  }
}

void Player::end_all() noexcept {
  const std::string list = "/proc/self/task/" + std::to_string(getpid()) + "/children";
  for (;;) {
    // Each iteration reaps the orphans of the previous one.
    std::ifstream children(list);
    for (pid_t child = 0; children >> child;) kill(child, SIGKILL);
    int status = 0;
    if (waitpid(-1, &status, 0) < 0 && errno == ECHILD) return;
  }
}

}  // namespace atm::replay
