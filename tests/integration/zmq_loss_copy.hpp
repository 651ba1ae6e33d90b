// SPDX-License-Identifier: MIT
// A subscriber of docs/specs/zmq.md, and the boundary before it that drops, delays and reorders.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace atm::test {

/// A session as JSON, shared by all copies; null: it is gone.
using SessionText = std::shared_ptr<const std::string>;

/// A message of the publisher, read once for all copies.
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

/// A reply of the ROUTER.
struct Snapshot {
  std::uint64_t seq = 0;
  std::map<std::string, SessionText> sessions{};
};

/// The copy, by the rules Z6 to Z8, Z11, Z12 and Z15.
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

  /// Whether something was lost since the last time this was asked.
  [[nodiscard]] bool was_behind() noexcept { return std::exchange(is_behind_, false); }
  [[nodiscard]] bool is_behind() const noexcept { return is_behind_; }
  /// The answer to a request did not come.
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
    // What was lost before the first one nobody can know.
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
  std::uint64_t floor_ = 0;              // what is older was in a snapshot
  std::map<std::string, Known> known_;   // one that is gone keeps its number
  bool is_behind_ = false;
};

struct ZmqTally {
  std::uint64_t messages = 0;  ///< that came to a boundary
  std::uint64_t dropped = 0;
  std::uint64_t delayed = 0;
  std::uint64_t replies_dropped = 0;
  std::uint64_t requests = 0;
  std::uint64_t wrong_before = 0;  ///< trials whose copy was not the registry's when the boundary stopped
};

/// One trial: a copy behind a boundary with dice of its own.
class ZmqTrial final {
 public:
  ZmqTrial(std::uint32_t seed, ZmqTally& tally)
      : seed_(seed),
        tally_(tally),
        random_(seed),
        drops_(roll(60)),
        delays_(roll(60)),
        joins_after_(roll(3) == 0 ? roll(100) : 0) {}

  [[nodiscard]] std::uint32_t seed() const noexcept { return seed_; }
  [[nodiscard]] const ZmqCopy& copy() const noexcept { return copy_; }
  [[nodiscard]] bool is_waiting() const noexcept { return asked_.has_value() || copy_.is_behind(); }

  void carry(const Published& message) {
    if (joins_after_ > 0) {
      --joins_after_;
      return;
    }
    ++tally_.messages;
    if (!is_calm_ && roll(100) < drops_) {
      ++tally_.dropped;
    } else if (!is_calm_ && roll(100) < delays_) {
      ++tally_.delayed;
      held_.push_back(message);
    } else {
      deliver(message);
    }
    while (!held_.empty() && roll(8) == 0) release();
  }
  void carry(std::uint64_t request, const Snapshot& snapshot) {
    if (!is_calm_ && roll(4) == 0) {
      ++tally_.replies_dropped;
      return;
    }
    if (asked_ != request) return;  // given up
    asked_.reset();
    copy_.take(snapshot);
  }
  /// Nothing is dropped any more, and what was held comes, in any order.
  void calm() {
    is_calm_ = true;
    joins_after_ = 0;
    while (!held_.empty()) release();
  }
  /// Whether a request shall go out, under this number. One at a time; what was lost meanwhile is asked for
  /// again, since the answer may be older.
  [[nodiscard]] bool wants_to_ask(std::uint64_t request) {
    if (asked_ || !copy_.was_behind()) return false;
    asked_ = request;
    heartbeats_ = 0;
    ++tally_.requests;
    return true;
  }

 private:
  static constexpr int kPatience = 4;  // heartbeats, for an answer

  std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(random_() % sides); }
  void release() {
    const auto one =
        held_.begin() + static_cast<std::ptrdiff_t>(roll(static_cast<std::uint32_t>(held_.size())));
    const Published message = std::move(*one);
    held_.erase(one);
    deliver(message);
  }
  void deliver(const Published& message) {
    copy_.take(message);
    if (message.kind != Published::Kind::kHeartbeat || !asked_ || ++heartbeats_ < kPatience) return;
    asked_.reset();
    copy_.doubt();
  }

  const std::uint32_t seed_;
  ZmqTally& tally_;
  std::mt19937 random_;
  const std::uint32_t drops_;   // of a hundred
  const std::uint32_t delays_;  // of a hundred
  std::uint32_t joins_after_;   // so many messages
  bool is_calm_ = false;
  ZmqCopy copy_;
  std::vector<Published> held_;
  std::optional<std::uint64_t> asked_;
  int heartbeats_ = 0;  // since it asked
};

}  // namespace atm::test
