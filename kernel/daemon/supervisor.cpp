// SPDX-License-Identifier: MIT
#include "kernel/daemon/supervisor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atm/posix/thread.hpp>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "kernel/plugins/crash_report.hpp"

namespace atm::kernel {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A quarter of the shortest limit, at most one second.
nanoseconds period_of(const SupervisorOptions& options) {
  nanoseconds period = std::chrono::seconds(1);
  for (const nanoseconds limit : {options.name_after, options.end_after, options.silent_after}) {
    if (limit.count() > 0) period = std::min(period, limit / 4);
  }
  return std::max<nanoseconds>(period, milliseconds(5));
}

[[noreturn]] void end_by_force(const std::string& why) {
  // Bypasses the log, because the hung thread may hold its lock.
  write_urgent_line(STDERR_FILENO, "error " + calls_under_way() + why + "; ended by force");
  ::_exit(Supervisor::kExitCode);
}

}  // namespace

Supervisor::Supervisor(SupervisorOptions options, Signals& signals)
    : options_(std::move(options)),
      period_(period_of(options_)),
      signals_(signals),
      monitor_(options_.name_after.count(), options_.on_hung),
      wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wakeup_) throw std::system_error(errno, std::generic_category(), "cannot create an event descriptor");
  thread_ = posix::start_thread("atm-supervisor", [this] { run(); });
}

void Supervisor::run() {
  auto last = Clock::now();
  for (;;) {
    pollfd fds[] = {{wakeup_.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    // Signals for the main thread must not wake this thread.
    const nfds_t count = is_starting() ? 2 : 1;
    static_cast<void>(::poll(fds, count, static_cast<int>(std::chrono::ceil<milliseconds>(period_).count())));
    std::uint64_t woken = 0;
    static_cast<void>(!::read(wakeup_.get(), &woken, sizeof woken));
    {
      const std::lock_guard lock(mutex_);
      if (is_stopped_) return;
    }
    take_signals();
    const auto now = Clock::now();
    // A stopped process did not run in between.
    monitor_.look(std::min<nanoseconds>(now - last, 2 * period_).count());
    last = now;
    end_by_force_if_due();
  }
}

void Supervisor::take_signals() {
  bool has_hangup = false;
  {
    const std::lock_guard lock(mutex_);
    while (is_starting_) {
      const auto event = signals_.take();
      if (!event) break;
      if (*event == Signals::Event::kStop && !stop_requested_) stop_requested_ = Clock::now();
      has_hangup = has_hangup || *event == Signals::Event::kHangup;
    }
  }
  if (has_hangup) options_.on_hangup();
}

void Supervisor::end_by_force_if_due() const {
  const nanoseconds longest(monitor_.longest_fatal_ns());
  if (options_.end_after.count() > 0 && longest >= options_.end_after) {
    end_by_force("the call has not returned for " +
                 std::to_string(std::chrono::floor<std::chrono::seconds>(longest).count()) + " s");
  }
  const std::lock_guard lock(mutex_);
  if (is_starting_ && stop_requested_ && Clock::now() - *stop_requested_ >= options_.stop_limit) {
    end_by_force("the stop took longer than " + std::to_string(options_.stop_limit.count()) + " ms");
  }
}

bool Supervisor::is_starting() const {
  const std::lock_guard lock(mutex_);
  return is_starting_;
}

bool Supervisor::is_stop_requested() const {
  const std::lock_guard lock(mutex_);
  return stop_requested_.has_value();
}

std::optional<nanoseconds> Supervisor::end_start() {
  const std::lock_guard lock(mutex_);
  is_starting_ = false;
  if (!stop_requested_) return std::nullopt;
  return Clock::now() - *stop_requested_;
}

bool Supervisor::is_alive() const noexcept {
  return options_.silent_after.count() == 0 || monitor_.longest_fatal_ns() < options_.silent_after.count();
}

void Supervisor::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wakeup_.get(), &one, sizeof one));
  if (thread_.joinable()) thread_.join();
}

}  // namespace atm::kernel
