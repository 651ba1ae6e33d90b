// SPDX-License-Identifier: MIT
// Follows the daemon's sessions, through its restarts too, and keeps a copy of them.
//
//   atm::client::Follower follower;
//   for (;;) {
//     auto event = follower.next(std::chrono::seconds(1));
//     if (!event) return complain(event.error());
//     show(follower.copy().sessions(), follower.copy().is_current());
//   }
#pragma once

#include <poll.h>

#include <algorithm>
#include <atm/client.hpp>
#include <atm/client/backoff.hpp>
#include <atm/client/session_copy.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace atm::client {

struct FollowerOptions {
  ClientOptions client{};
  protocol::Subscribe subscribe{};
  BackoffOptions backoff{};
};

/// A subscription that lasts. It has no thread: step() does what there is to do and returns, so it can stand in any
/// loop that waits for fd() and due(); next() is such a loop. A daemon that is away or full is tried again; an
/// error is one that trying again does not mend, such as another major version. One object is for one thread.
class Follower final {
 public:
  using Options = FollowerOptions;
  using Clock = std::chrono::steady_clock;

  struct Connected {
    bool is_again = false;          ///< not for the first time
    bool is_another_start = false;  ///< the daemon forgot, or never knew, what the one before said
  };
  /// A message of the subscription, with what it changed in the copy.
  struct Told {
    Client::Message message{};
    SessionCopy::Changes changes{};
  };
  /// The copy stays as it was, and is behind. Told once, however many attempts then fail.
  struct Lost {
    Error why{};
  };
  using Event = std::variant<Connected, Told, Lost>;

  explicit Follower(Options options = {})
      : options_(std::move(options)), backoff_(options_.backoff), due_(Clock::time_point::min()) {}
  /// Goes on with a connection that is there. What it is asked and told from now on is the follower's.
  Follower(Options options, Client connected) : Follower(std::move(options)) {
    client_ = std::move(connected);
  }

  /// The next event; absent: none now, so wait for input at fd() or the time due(), whichever is first. It waits
  /// for nothing but, while it connects, for the daemon's answers, each at most ClientOptions::timeout.
  [[nodiscard]] Result<std::optional<Event>> step(Clock::time_point now) {
    if (copy_.standing() == SessionCopy::Standing::kBroken) {
      return fail({ErrorCode::kIo, "the daemon left out an event without a word"}, now);
    }
    if (is_subscribed_) return read(now);
    if (!client_) {
      if (now < due_) return std::optional<Event>{};
      auto connected = Client::connect(options_.client);
      if (!connected) return fail(connected.error(), now);
      client_ = std::move(*connected);
    }
    return subscribe(now);
  }

  /// The next event; absent: none came in time.
  [[nodiscard]] Result<std::optional<Event>> next(std::chrono::milliseconds timeout) {
    const auto end = Clock::now() + timeout;
    for (;;) {
      const auto now = Clock::now();
      auto event = step(now);
      if (!event || *event || now >= end) return event;
      wait_until(std::min(end, due_));
    }
  }

  /// -1: not connected.
  [[nodiscard]] int fd() const noexcept { return client_ ? client_->fd() : -1; }
  /// When to call step() though nothing came; the largest time while it is connected.
  [[nodiscard]] Clock::time_point due() const noexcept { return due_; }

  /// The sessions as far as they are known; is_current() says whether that is all.
  [[nodiscard]] const SessionCopy& copy() const noexcept { return copy_; }

 private:
  using Outcome = Result<std::optional<Event>>;

  Outcome subscribe(Clock::time_point now) {
    Connected connected{was_connected_, copy_.apply(client_->server()).is_another_start};
    if (auto begun = client_->ask(options_.subscribe); !begun) return fail(begun.error(), now);
    due_ = Clock::time_point::max();
    is_subscribed_ = was_connected_ = true;
    is_lost_ = false;
    return std::optional<Event>(connected);
  }

  Outcome read(Clock::time_point now) {
    auto message = client_->next(std::chrono::milliseconds(0));
    if (!message) return fail(message.error(), now);
    if (!*message) return std::optional<Event>{};
    Told told{std::move(**message), {}};
    told.changes = copy_.apply(told.message.value);
    if (copy_.is_current()) backoff_.reset();
    return std::optional<Event>(std::move(told));
  }

  Outcome fail(const Error& why, Clock::time_point now) {
    client_.reset();
    is_subscribed_ = false;
    copy_.disconnected();
    due_ = now + backoff_.next();
    if (why.code != ErrorCode::kIo && why.code != ErrorCode::kBusy) return why;
    if (std::exchange(is_lost_, true)) return std::optional<Event>{};
    return std::optional<Event>(Lost{why});
  }

  void wait_until(Clock::time_point when) const noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
    pollfd input{fd(), POLLIN, 0};
    ::poll(&input, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
  }

  Options options_;
  Backoff backoff_;
  SessionCopy copy_;
  std::optional<Client> client_;
  bool is_subscribed_ = false;
  bool was_connected_ = false;
  bool is_lost_ = false;
  Clock::time_point due_;
};

}  // namespace atm::client
