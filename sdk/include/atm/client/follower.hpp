// SPDX-License-Identifier: MIT
// Follows the daemon's sessions across its restarts and keeps a copy of them. Link Atm::Client.
//
//   atm::client::Follower follower;
//   for (;;) {
//     auto event = follower.next(std::chrono::seconds(1));
//     if (!event) return complain(event.error());
//     show(follower.copy().sessions(), follower.copy().is_current());
//   }
#pragma once

#include <atm/client.hpp>
#include <atm/client/backoff.hpp>
#include <atm/client/session_copy.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace atm::client {

/// How a follower connects, what it subscribes to, and how it retries.
struct FollowerOptions {
  ClientOptions client{};
  protocol::Subscribe subscribe{};
  BackoffOptions backoff{};
  /// Received::message holds the sessions. Otherwise they move into the copy, which saves the time and the memory of
  /// another copy.
  bool keeps_messages = true;
};

/// A subscription that survives the end of the connection and of the daemon.
///
/// It has no thread: step() does the work that is possible now and returns, so that it fits into any loop that waits
/// for fd() and due(); next() is such a loop. A daemon that is absent, full or busy is tried again after a pause. Only
/// an error that another attempt cannot repair is returned, such as another major version. One thread at a time.
class Follower final {
 public:
  using Options = FollowerOptions;
  using Clock = std::chrono::steady_clock;

  /// The follower has subscribed; a snapshot follows.
  struct Connected {
    bool is_again = false;          ///< not the first connection of this follower
    bool is_another_start = false;  ///< the daemon restarted: the copy is empty
  };
  /// A message of the subscription, and what it changed in the copy.
  struct Received {
    Client::Message message{};
    SessionCopy::Changes changes{};
  };
  /// The connection ended, or the first attempt failed. The copy is unchanged but not current. Reported once; further
  /// failed attempts are silent.
  struct Lost {
    Error why{};
  };
  using Event = std::variant<Connected, Received, Lost>;

  /// Connects at the first step().
  explicit Follower(Options options = {})
      : options_(std::move(options)), backoff_(options_.backoff), due_(Clock::time_point::min()) {}
  /// Takes over a connection, on which the follower subscribes at the first step().
  Follower(Options options, Client connected) : Follower(std::move(options)) {
    client_ = std::move(connected);
  }

  /// The next event. Absent: nothing to do now; wait for input at fd() or for the time due(), whichever is first.
  /// Blocks only while it connects, for the daemon's replies, each at most ClientOptions::timeout.
  [[nodiscard]] Result<std::optional<Event>> step(Clock::time_point now);

  /// The next event; absent: none within `timeout`.
  [[nodiscard]] Result<std::optional<Event>> next(std::chrono::milliseconds timeout);

  /// The socket to wait for; -1 while not connected.
  [[nodiscard]] int fd() const noexcept { return client_ ? client_->fd() : -1; }
  /// When to call step() without input: the time of the next attempt. The largest time while subscribed.
  [[nodiscard]] Clock::time_point due() const noexcept { return due_; }

  /// The sessions as far as they are known; is_current() tells whether the copy is complete.
  [[nodiscard]] const SessionCopy& copy() const noexcept { return copy_; }

 private:
  using Outcome = Result<std::optional<Event>>;

  /// Subscribes on a new connection.
  Outcome subscribe(Clock::time_point now);

  /// Handles one message of the subscription.
  Outcome read(Clock::time_point now);

  /// Drops the connection and schedules the next attempt. kIo and kBusy are retried; any other error is returned.
  Outcome fail(const Error& why, Clock::time_point now);

  /// Waits for input or for the time, at most an hour.
  void wait_until(Clock::time_point when) const noexcept;

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
