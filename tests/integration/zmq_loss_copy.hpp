// SPDX-License-Identifier: MIT
// A subscriber as in docs/specs/zmq.md: its copy of the sessions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace atm::test {

/// A session as JSON, shared by all copies; null: removed.
using SessionText = std::shared_ptr<const std::string>;

/// A message of the publisher, parsed once for all copies.
struct Published {
  enum class Kind : std::uint8_t { kState, kHeartbeat, kGap, kActivity };
  Kind kind = Kind::kActivity;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;
  std::uint64_t seq = 0;
  std::uint64_t count = 0;  ///< of sessions; a heartbeat's
  std::string id{};         ///< of the session, for kState
  SessionText session{};
};

/// An answer of the ROUTER, which does not name the daemon's start.
struct Snapshot {
  std::uint64_t seq = 0;
  std::map<std::string, SessionText> sessions{};
};

/// The copy, by the rules ZMQ-Z6 to ZMQ-Z8, ZMQ-Z11, ZMQ-Z12 and ZMQ-Z15.
class ZmqCopy final {
 public:
  void take(const Published& message) {
    if (epoch_ != message.epoch) {
      *this = ZmqCopy();
      epoch_ = message.epoch;
    }
    if (message.kind == Published::Kind::kHeartbeat) return take_heartbeat(message);
    if (number_) {
      is_behind_ = is_behind_ || message.number > *number_ + 1;
      number_ = std::max(*number_, message.number);
    }
    if (message.kind == Published::Kind::kGap) is_behind_ = true;
    if (message.kind == Published::Kind::kState) put(message.id, message.seq, message.session);
  }
  void take(const Snapshot& snapshot) {
    for (const auto& [id, known] : std::map(known_)) {
      if (snapshot.sessions.count(id) == 0) put(id, snapshot.seq, nullptr);
    }
    for (const auto& [id, session] : snapshot.sessions) put(id, snapshot.seq, session);
    floor_ = std::max(floor_, snapshot.seq);
  }

  /// Returns true if messages were lost since the last call.
  [[nodiscard]] bool was_behind() noexcept { return std::exchange(is_behind_, false); }
  [[nodiscard]] bool is_behind() const noexcept { return is_behind_; }
  /// The start of the daemon that the copy belongs to; absent before the first message.
  [[nodiscard]] std::optional<std::uint64_t> epoch() const noexcept { return epoch_; }
  /// The answer to a request did not arrive.
  void doubt() noexcept { is_behind_ = true; }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [id, known] : known_) {
      if (known.session) all += *known.session + '\n';
    }
    return all;
  }

 private:
  struct Known {
    std::uint64_t seq = 0;
    SessionText session{};
  };

  void take_heartbeat(const Published& heartbeat) {
    const auto sessions = static_cast<std::uint64_t>(std::count_if(
        known_.begin(), known_.end(), [](const auto& entry) { return entry.second.session != nullptr; }));
    // A loss before the first message cannot be detected.
    if (!number_ || *number_ < heartbeat.number || sessions != heartbeat.count) is_behind_ = true;
    number_ = std::max(number_.value_or(0), heartbeat.number);
  }
  void put(const std::string& id, std::uint64_t seq, SessionText session) {
    const auto known = known_.find(id);
    if (seq < (known == known_.end() ? floor_ : std::max(floor_, known->second.seq))) return;
    known_.insert_or_assign(id, Known{seq, std::move(session)});
  }

  std::optional<std::uint64_t> epoch_;
  std::optional<std::uint64_t> number_;  // of the newest message
  std::uint64_t floor_ = 0;              // older messages are covered by a snapshot
  std::map<std::string, Known> known_;   // a removed one keeps its number
  bool is_behind_ = false;
};

}  // namespace atm::test
