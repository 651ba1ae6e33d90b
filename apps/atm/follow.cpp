// SPDX-License-Identifier: MIT
#include "follow.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <random>
#include <utility>
#include <variant>

namespace atm::cli {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFrame{50};   // a burst is shown at most this often
constexpr milliseconds kTick{1000};  // ages grow

milliseconds until(Clock::time_point when) {
  return std::chrono::ceil<milliseconds>(when - Clock::now());
}

class Follower final {
 public:
  Follower(const Global& global, const FollowOptions& options, const Signals& signals, View& view)
      : global_(global), options_(options), signals_(signals), view_(view) {
    if (options.seconds)
      end_ = Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options.seconds));
  }

  Result<FollowEnd> run(Client client) {
    for (;;) {
      Result<FollowEnd> ended = read(client);
      if (ended || ended.error().code != ErrorCode::kIo) return ended;
      if (!view_.lost(ended.error().message)) return FollowEnd::kUnread;
      auto again = reconnect();
      if (!again) return again.error();
      if (const auto* end = std::get_if<FollowEnd>(&*again)) return *end;
      client = std::move(std::get<Client>(*again));
      if (!view_.found_again()) return FollowEnd::kUnread;
    }
  }

 private:
  // The error is that the daemon is lost.
  Result<FollowEnd> read(Client& client) {
    if (auto subscribed = client.ask(options_.subscribe); !subscribed) return subscribed.error();
    Clock::time_point next_paint{};
    for (;;) {
      bool changed = false;
      for (;;) {
        auto event = client.next(milliseconds(0));
        if (!event) return event.error();
        if (!*event) break;
        changed = true;
        if (!view_.show(**event)) return FollowEnd::kUnread;
        if (const auto end = is_over()) return view_.settle() ? *end : FollowEnd::kUnread;
      }
      const auto now = Clock::now();
      if (changed) next_paint = std::min(next_paint, last_paint_ + kFrame);
      if (now >= next_paint) {
        if (!view_.settle()) return FollowEnd::kUnread;
        last_paint_ = now;
        next_paint = now + kTick;
      }
      if (const auto end = is_over()) return *end;
      if (signals_.wait(client.fd(), until(std::min(next_paint, end_)))) return FollowEnd::kSignal;
    }
  }

  using Outcome = std::variant<Client, FollowEnd>;
  Result<Outcome> reconnect() {
    std::minstd_rand random{std::random_device{}()};
    auto pause = std::chrono::duration_cast<milliseconds>(kDefaultLimits.client_retry_first);
    for (;;) {
      const auto percent = static_cast<int>(kDefaultLimits.client_retry_jitter_percent);
      const auto jitter = std::uniform_int_distribution<int>(-percent, percent)(random);
      if (const auto end = sleep_until(Clock::now() + pause + pause * jitter / 100)) return Outcome(*end);
      auto client = connect(global_, options_.type);
      if (client) return Outcome(std::move(*client));
      if (client.error().code != ErrorCode::kIo) return client.error();
      pause =
          std::min(pause * 2, std::chrono::duration_cast<milliseconds>(kDefaultLimits.client_retry_longest));
    }
  }

  // Absent: it is time, and nothing has ended.
  std::optional<FollowEnd> sleep_until(Clock::time_point when) {
    while (Clock::now() < when) {
      if (const auto end = is_over()) return end;
      if (signals_.wait(-1, until(std::min({when, end_, Clock::now() + kTick})))) return FollowEnd::kSignal;
      if (!view_.settle()) return FollowEnd::kUnread;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<FollowEnd> is_over() const {
    if (options_.count && view_.shown() >= *options_.count) return FollowEnd::kCount;
    if (Clock::now() >= end_) return FollowEnd::kTime;
    return std::nullopt;
  }

  const Global& global_;
  const FollowOptions& options_;
  const Signals& signals_;
  View& view_;
  Clock::time_point end_ = Clock::time_point::max();
  Clock::time_point last_paint_{};
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
  signalfd_siginfo info{};
  while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo != SIGWINCH) return true;
  }
  return false;
}

Result<FollowEnd> follow(const Global& global, Client client, const FollowOptions& options,
                         const Signals& signals, View& view) {
  return Follower(global, options, signals, view).run(std::move(client));
}

}  // namespace atm::cli
