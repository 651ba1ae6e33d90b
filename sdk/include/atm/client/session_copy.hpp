// SPDX-License-Identifier: MIT
// A copy of the daemon's sessions, computed from its messages. It does no I/O. Link
// Atm::Client.
#pragma once

#include <atm/protocol/received_message.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm::client {

/// The sessions of a subscription.
///
/// The copy must never look complete when it is not: events can be lost (announced by a gap), and a connection can end
/// in the middle of a snapshot. It therefore keeps the last known state and states separately whether that is current.
/// The caller passes every message of one subscription in order: the greeting, `sessions` (whole or in parts) and the
/// events; no replies to other requests. One thread at a time.
class SessionCopy final {
 public:
  /// How complete the copy is.
  enum class State : std::uint8_t {
    /// A snapshot follows: at the beginning, after a gap, after disconnected().
    kBehind,
    /// Complete up to seq().
    kCurrent,
    /// A message contradicts the copy: an event is missing without a gap; subscribe again.
    kBroken,
  };
  /// A session that is no longer in the copy.
  struct Removal {
    std::string id;
    /// The daemon's reason; empty: missing from a new snapshot.
    std::string reason;
  };
  /// What one message changed.
  struct Changes {
    /// Ids of new and updated sessions.
    std::vector<std::string> seen{};
    /// Sessions that are no longer in the copy.
    std::vector<Removal> removed{};
    /// The daemon restarted: the copy is empty, although no session is known to have ended.
    bool is_another_start = false;
  };
  using Sessions = std::map<std::string, protocol::Session, std::less<>>;

  /// Applies one message and returns what it changed.
  Changes apply(const protocol::DaemonMessage& message);
  /// The same; moves the sessions out of the message.
  Changes apply(protocol::DaemonMessage&& message);

  /// The connection or the subscription ended: the copy is behind until the next snapshot is complete.
  void disconnected();

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Whether the copy is the daemon's state at seq().
  [[nodiscard]] bool is_current() const noexcept { return state_ == State::kCurrent; }
  /// Sequence number of the last event in the copy.
  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
  /// Identifies the start of the daemon; absent before the greeting.
  [[nodiscard]] std::optional<std::uint64_t> epoch() const noexcept { return epoch_; }
  /// Number of gaps so far.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
  /// Number of events that the gaps announced as lost.
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

  /// All known sessions by id. Valid until the next apply().
  [[nodiscard]] const Sessions& sessions() const noexcept { return sessions_; }
  /// The session with this id, or nullptr. Valid until the next apply().
  [[nodiscard]] const protocol::Session* find(std::string_view id) const;
  /// The sessions of a snapshot whose last part has not arrived; nullptr: none has begun. Valid until the next apply().
  [[nodiscard]] const Sessions* arriving() const noexcept { return begun_ ? &begun_->sessions : nullptr; }

 private:
  /// The parts of a snapshot so far.
  struct Snapshot {
    std::uint64_t seq = 0;
    Sessions sessions{};
    /// In the order of the daemon.
    std::vector<const Sessions::value_type*> order{};
  };

  /// Another epoch empties the copy.
  Changes greet(const protocol::ServerHello& hello);

  // Whether an event is new. Numbers may be skipped: other subscriptions, or merged events. But no number occurs twice
  // or decreases. After a part of a snapshot only another part or a gap may follow.
  bool advance(std::uint64_t seq);

  // An update requires a known session, and its revision must be higher.
  [[nodiscard]] bool is_later(const protocol::Session& session) const;

  /// Stores a new or updated session.
  Changes take(protocol::Session&& session);

  // A session may be removed before it was ever sent: merged events.
  Changes remove(const protocol::SessionRemoved& event);

  /// Collects the parts of a snapshot. Nothing changes before the last one.
  Changes add_part(protocol::Sessions&& part);

  /// A complete snapshot replaces the copy.
  Changes replace_all(Snapshot&& snapshot);

  /// By id. Kept when the connection ends.
  Sessions sessions_;
  State state_ = State::kBehind;
  std::uint64_t seq_ = 0;
  std::optional<std::uint64_t> epoch_;
  bool is_greeted_ = false;
  std::uint64_t gaps_ = 0;
  std::uint64_t missed_ = 0;
  /// Absent: the snapshot is complete, or none has begun.
  std::optional<Snapshot> begun_;
};

}  // namespace atm::client
