// SPDX-License-Identifier: MIT
// atm watch: the sessions as they change.
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <limits>
#include <random>

#include "command.hpp"
#include "terminal.hpp"
#include "watch_view.hpp"

namespace atm::cli {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFrame{50};   // a burst is shown at most this often
constexpr milliseconds kTick{1000};  // ages grow

// Signals arrive as input, so that a screen is put back in plain code and none is missed between a test and a
// wait.
class Signals final {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    fd_ = client::Descriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  /// Waits for input on `fd` too (-1: on nothing else). Whether a signal asks to end.
  [[nodiscard]] bool wait(int fd, milliseconds timeout) const {
    std::array<pollfd, 2> waits{{{fd_.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
    const auto most = static_cast<milliseconds::rep>(std::numeric_limits<int>::max());
    poll(waits.data(), waits.size(),
         static_cast<int>(std::clamp<milliseconds::rep>(timeout.count(), 0, most)));
    signalfd_siginfo info{};
    while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo != SIGWINCH) return true;
    }
    return false;
  }

 private:
  client::Descriptor fd_;
};

class Watcher final {
 public:
  Watcher(const Global& global, const WatchOptions& options, View& view)
      : global_(global), options_(options), view_(view) {
    if (options.seconds)
      end_ = Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options.seconds));
  }

  // An error here is one that trying again does not mend.
  Result<ExitCode> run(Client client, const Signals& signals) {
    for (;;) {
      const Result<void> followed = follow(client, signals);
      if (followed) return result_;
      if (followed.error().code != ErrorCode::kIo) return followed.error();
      if (!view_.lost(followed.error().message)) return kFailed;
      auto again = reconnect(signals);
      if (!again) return again.error();
      if (!*again) return result_;
      client = std::move(**again);
      if (!view_.found_again()) return kFailed;
    }
  }

 private:
  // Ends with success when the watching is over, with the error when the daemon is lost.
  Result<void> follow(Client& client, const Signals& signals) {
    if (auto subscribed = client.ask(protocol::Subscribe{}); !subscribed) return subscribed.error();
    Clock::time_point next_paint{};
    for (;;) {
      bool changed = false;
      for (;;) {
        auto event = client.next(milliseconds(0));
        if (!event) return event.error();
        if (!*event) break;
        changed = true;
        if (!view_.show(**event)) return over(kFailed);
        if (is_over()) return view_.settle() ? over(kOk) : over(kFailed);
      }
      const auto now = Clock::now();
      if (changed) next_paint = std::min(next_paint, last_paint_ + kFrame);
      if (now >= next_paint) {
        if (!view_.settle()) return over(kFailed);
        last_paint_ = now;
        next_paint = now + kTick;
      }
      if (is_over() || signals.wait(client.fd(), until(std::min(next_paint, end_)))) return over(kOk);
    }
  }

  // Absent: the watching is over.
  Result<std::optional<Client>> reconnect(const Signals& signals) {
    std::minstd_rand random{std::random_device{}()};
    auto pause = std::chrono::duration_cast<milliseconds>(kDefaultLimits.client_retry_first);
    for (;;) {
      const auto percent = static_cast<int>(kDefaultLimits.client_retry_jitter_percent);
      const auto jitter = std::uniform_int_distribution<int>(-percent, percent)(random);
      if (!sleep_until(Clock::now() + pause + pause * jitter / 100, signals)) return std::optional<Client>{};
      auto client = connect(global_, protocol::ClientType::kTui);
      if (client) return std::optional<Client>(std::move(*client));
      if (client.error().code != ErrorCode::kIo) return client.error();
      pause =
          std::min(pause * 2, std::chrono::duration_cast<milliseconds>(kDefaultLimits.client_retry_longest));
    }
  }

  // False: the watching is over.
  bool sleep_until(Clock::time_point when, const Signals& signals) {
    while (Clock::now() < when) {
      if (is_over() || signals.wait(-1, until(std::min({when, end_, Clock::now() + kTick})))) return false;
      if (view_.settle()) continue;
      result_ = kFailed;
      return false;
    }
    return true;
  }

  Result<void> over(ExitCode code) {
    result_ = code;
    return {};
  }
  [[nodiscard]] bool is_over() const {
    return Clock::now() >= end_ || (options_.count && view_.shown() >= *options_.count);
  }
  static milliseconds until(Clock::time_point when) {
    return std::chrono::ceil<milliseconds>(when - Clock::now());
  }

  const Global& global_;
  const WatchOptions& options_;
  View& view_;
  Clock::time_point end_ = Clock::time_point::max();
  Clock::time_point last_paint_{};
  ExitCode result_ = kOk;
};

}  // namespace

ExitCode run_watch(const Global& global, const WatchOptions& options) {
  auto client = connect(global, protocol::ClientType::kTui);
  if (!client) return complain(client.error());
  const Signals signals;
  std::unique_ptr<View> view;
  if (options.json) {
    view = message_lines(put);
  } else if (output_is_terminal()) {
    view = live_table();
  } else {
    view = change_lines(put, scene_now);
  }
  const auto ended = Watcher(global, options, *view).run(std::move(*client), signals);
  view.reset();  // what is said now must not go away with the second screen
  return ended ? *ended : complain(ended.error());
}

}  // namespace atm::cli
