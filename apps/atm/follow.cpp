// SPDX-License-Identifier: MIT
#include "follow.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <utility>
#include <variant>

namespace atm::cli {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFrame{50};   // minimum time between two updates of the view
constexpr milliseconds kTick{1000};  // to update ages

milliseconds until(Clock::time_point when) {
  return std::chrono::ceil<milliseconds>(when - Clock::now());
}

class Following final {
 public:
  Following(const FollowOptions& options, const Signals& signals, View& view, client::Follower follower)
      : options_(options), signals_(signals), view_(view), follower_(std::move(follower)) {
    if (options.seconds)
      end_ = Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options.seconds));
  }

  Result<FollowEnd> run() {
    Clock::time_point last_paint{};
    Clock::time_point next_paint{};
    for (;;) {
      bool changed = false;
      for (;;) {
        const auto event = follower_.step(Clock::now());
        if (!event) return event.error();
        if (!*event) break;
        changed = true;
        if (!show(**event)) return FollowEnd::kUnread;
        if (const auto end = is_over()) return view_.settle(follower_.copy()) ? *end : FollowEnd::kUnread;
      }
      const auto now = Clock::now();
      if (changed) next_paint = std::min(next_paint, last_paint + kFrame);
      if (now >= next_paint) {
        if (!view_.settle(follower_.copy())) return FollowEnd::kUnread;
        last_paint = now;
        next_paint = now + kTick;
      }
      if (const auto end = is_over()) return *end;
      const auto when = std::min({next_paint, end_, follower_.due()});
      if (signals_.wait(follower_.fd(), until(when))) return FollowEnd::kSignal;
    }
  }

 private:
  [[nodiscard]] bool show(const client::Follower::Event& event) {
    if (const auto* received = std::get_if<client::Follower::Received>(&event)) {
      return view_.show(*received, follower_.copy());
    }
    if (const auto* lost = std::get_if<client::Follower::Lost>(&event)) return view_.lost(lost->why.message);
    const auto& connected = std::get<client::Follower::Connected>(event);
    return !connected.is_again || view_.found_again(connected.is_another_start);
  }

  [[nodiscard]] std::optional<FollowEnd> is_over() const {
    if (options_.count && view_.shown() >= *options_.count) return FollowEnd::kCount;
    if (Clock::now() >= end_) return FollowEnd::kTime;
    return std::nullopt;
  }

  const FollowOptions& options_;
  const Signals& signals_;
  View& view_;
  client::Follower follower_;
  Clock::time_point end_ = Clock::time_point::max();
};

}  // namespace

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  fd_ = client::Descriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

bool Signals::wait(int fd, milliseconds timeout) const {
  std::array<pollfd, 2> waits{{{fd_.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
  const auto most = static_cast<milliseconds::rep>(std::numeric_limits<int>::max());
  poll(waits.data(), waits.size(), static_cast<int>(std::clamp<milliseconds::rep>(timeout.count(), 0, most)));
  return take();
}

bool Signals::take() const {
  signalfd_siginfo info{};
  while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo != SIGWINCH) return true;
  }
  return false;
}

Result<FollowEnd> follow(const Global& global, Client client, const FollowOptions& options,
                         const Signals& signals, View& view) {
  client::FollowerOptions how;
  how.client = client_options(global, options.type);
  how.subscribe = options.subscribe;
  return Following(options, signals, view, client::Follower(std::move(how), std::move(client))).run();
}

}  // namespace atm::cli
