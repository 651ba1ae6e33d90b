// SPDX-License-Identifier: MIT
// A subscriber's copy in a loss trial, and the boundary before it that drops, delays and reorders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "zmq_loss_copy.hpp"

namespace atm::test {

/// Counts of the trials, to prove that they cover the cases.
struct ZmqTally {
  std::uint64_t messages = 0;  ///< that reached a boundary
  std::uint64_t dropped = 0;
  std::uint64_t delayed = 0;
  std::uint64_t of_the_past = 0;  ///< messages of a former daemon that arrived after one of the next
  std::uint64_t replies_dropped = 0;
  std::uint64_t replies_delayed = 0;
  std::uint64_t replies_void = 0;  ///< answers to requests that another start of the daemon invalidated
  std::uint64_t requests = 0;
  std::uint64_t wrong_before = 0;  ///< trials whose copy differed from the registry when the boundary stopped
};

/// One trial: a copy behind a random boundary.
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
    while (!held_replies_.empty() && roll(8) == 0) release_reply();
  }
  void carry(std::uint64_t request, const Snapshot& snapshot) {
    const std::uint32_t fate = is_calm_ ? 4 : roll(4);
    if (fate == 0) {
      ++tally_.replies_dropped;
    } else if (fate == 1) {
      ++tally_.replies_delayed;
      held_replies_.emplace_back(request, snapshot);
    } else {
      deliver(request, snapshot);
    }
  }
  /// Stops dropping and delivers the held messages, in any order.
  void calm() {
    is_calm_ = true;
    joins_after_ = 0;
    while (!held_.empty()) release();
    while (!held_replies_.empty()) release_reply();
  }
  /// Returns true if a request must be sent, under this number. One at a time; a loss meanwhile causes another request,
  /// since the answer may be older.
  [[nodiscard]] bool wants_to_ask(std::uint64_t request) {
    if (asked_ || !copy_.was_behind()) return false;
    asked_ = request;
    heartbeats_ = 0;
    ++tally_.requests;
    return true;
  }

 private:
  static constexpr int kTimeout = 4;  // heartbeats to wait for an answer

  std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(random_() % sides); }
  /// Removes and returns a random one.
  template <class One>
  [[nodiscard]] One pick(std::vector<One>& from) {
    const auto at = from.begin() + static_cast<std::ptrdiff_t>(roll(static_cast<std::uint32_t>(from.size())));
    One one = std::move(*at);
    from.erase(at);
    return one;
  }
  void release() { deliver(pick(held_)); }
  void release_reply() {
    const auto [request, snapshot] = pick(held_replies_);
    deliver(request, snapshot);
  }
  void deliver(const Published& message) {
    const auto epoch = copy_.epoch();
    copy_.take(message);
    if (epoch && epoch != message.epoch) turn(*epoch, message.epoch);
    if (message.kind != Published::Kind::kHeartbeat || !asked_ || ++heartbeats_ < kTimeout) return;
    asked_.reset();
    copy_.doubt();
  }
  // ZMQ-Z15: the request may have gone to the former daemon, whose numbers are invalid now.
  void turn(std::uint64_t from, std::uint64_t to) {
    left_.insert(from);
    tally_.of_the_past += left_.count(to);
    if (asked_) void_.insert(*std::exchange(asked_, std::nullopt));
  }
  void deliver(std::uint64_t request, const Snapshot& snapshot) {
    tally_.replies_void += void_.erase(request);
    if (asked_ != request) return;  // abandoned or invalid
    asked_.reset();
    copy_.take(snapshot);
  }

  const std::uint32_t seed_;
  ZmqTally& tally_;
  std::mt19937 random_;
  const std::uint32_t drops_;   // percent
  const std::uint32_t delays_;  // percent
  std::uint32_t joins_after_;   // in messages
  bool is_calm_ = false;
  ZmqCopy copy_;
  std::vector<Published> held_;
  std::vector<std::pair<std::uint64_t, Snapshot>> held_replies_;
  std::optional<std::uint64_t> asked_;
  std::set<std::uint64_t> void_;  // requests
  std::set<std::uint64_t> left_;  // starts of the daemon
  int heartbeats_ = 0;            // since the request
};

}  // namespace atm::test
