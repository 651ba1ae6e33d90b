// SPDX-License-Identifier: MIT
#include "kernel/system/signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace atm::kernel {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = posix::FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  wakeup_ = posix::FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!signals_ || !wakeup_)
    throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
}

Signals::Event Signals::wait() {
  for (;;) {
    pollfd fds[] = {{signals_.get(), POLLIN, 0}, {wakeup_.get(), POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
    }
    if (const auto event = take()) return *event;
    std::uint64_t count = 0;
    if (::read(wakeup_.get(), &count, sizeof count) == static_cast<ssize_t>(sizeof count))
      return Event::kWoken;
  }
}

std::optional<Signals::Event> Signals::take() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return info.ssi_signo == SIGHUP ? Event::kHangup : Event::kStop;
}

void Signals::wake() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wakeup_.get(), &one, sizeof one));
}

}  // namespace atm::kernel
