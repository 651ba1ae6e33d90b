// SPDX-License-Identifier: MIT
// The client of a loss trial.
#pragma once

#include <algorithm>
#include <atm/client/session_copy.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "loss_boundary.hpp"
#include "loss_trial.hpp"

namespace atm::test {

/// The client: lines, messages, the copy; and a check that a subscription with activity loses nothing without a gap.
class Reader final {
 public:
  explicit Reader(LossTally& tally) : tally_(tally) {}

  void take(const std::string& bytes, const Daemon& daemon, bool activity) {
    buffer_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      auto reply = reader_.read(std::string_view(buffer_).substr(begin, end - begin));
      if (!reply && reply.error().code == ErrorCode::kUnsupported) continue;
      if (!reply) fail("a line that is no message: " + reply.error().message);
      ++tally_.messages;
      take(reply->message);
      if (activity && daemon.knows_all()) account(reply->message, daemon.activities);
    }
    buffer_.erase(0, begin);
  }
  void disconnected() {
    tally_.torn_lines += buffer_.empty() ? 0 : 1;
    tally_.void_parts += is_in_snapshot_ ? 1 : 0;
    buffer_.clear();
    copy_.disconnected();
    is_whole_ = false;
    is_in_snapshot_ = false;
    has_lost_.reset();
    is_counting_ = false;
  }
  /// Checks at the end that every activity was delivered or announced as missed.
  void rest(const Daemon& daemon) const {
    if (!is_counting_ || !daemon.knows_all()) return;
    const auto next = std::upper_bound(daemon.activities.begin(), daemon.activities.end(), counted_);
    if (next != daemon.activities.end()) fail("activity " + std::to_string(*next) + " never came");
  }
  [[nodiscard]] const client::SessionCopy& copy() const noexcept { return copy_; }

 private:
  void take(const protocol::DaemonMessage& message) {
    if (const auto* part = std::get_if<protocol::Sessions>(&message)) {
      is_in_snapshot_ = part->more;
      tally_.parts += part->more ? 1 : 0;
    }
    if (const auto* gap = std::get_if<protocol::Gap>(&message)) {
      ++tally_.gaps;
      tally_.missed += gap->missed;
      tally_.void_parts += std::exchange(is_in_snapshot_, false) ? 1 : 0;
    }
    last_ = copy_.seq();
    copy_.apply(message);
    if (copy_.state() == client::SessionCopy::State::kBroken) {
      fail("after event " + std::to_string(last_) + " came one that does not fit");
    }
    check_standing(message);
  }

  // The snapshot's end makes the copy current, and events keep it current until a new snapshot or gap.
  void check_standing(const protocol::DaemonMessage& message) {
    if (const auto* part = std::get_if<protocol::Sessions>(&message)) is_whole_ = !part->more;
    if (std::holds_alternative<protocol::Gap>(message)) is_whole_ = false;
    if (std::holds_alternative<protocol::ServerHello>(message)) {
      is_whole_ = false;
      const bool is_same = epoch_ && epoch_ == copy_.epoch();
      epoch_ = copy_.epoch();
      if (!is_same && !copy_.sessions().empty()) fail("sessions of a daemon before are still there");
    }
    if (copy_.is_current() != is_whole_) {
      fail("after event " + std::to_string(copy_.seq()) +
           (is_whole_ ? " the copy is behind" : " the copy is not behind"));
    }
  }

  // Activities are never merged: between a snapshot and a gap all arrive, in order. The gap announces at least as many
  // events as activities are missing, and at most all of them.
  void account(const protocol::DaemonMessage& message, const std::vector<std::uint64_t>& all) {
    if (const auto* gap = std::get_if<protocol::Gap>(&message)) {
      // A snapshot that a further gap interrupted is part of that loss.
      if (!has_lost_) has_lost_ = Loss{0, is_counting_ ? std::optional(last_) : std::nullopt};
      has_lost_->missed += gap->missed;
      return;
    }
    if (std::holds_alternative<protocol::Ok>(message)) {  // the check of another subscription begins
      has_lost_.reset();
      is_counting_ = false;
      return;
    }
    const auto next = std::upper_bound(all.begin(), all.end(), counted_);
    if (const auto* snapshot = std::get_if<protocol::Sessions>(&message)) {
      if (snapshot->more) return;
      if (has_lost_ && has_lost_->from) check_loss(*has_lost_, snapshot->seq, all);
      has_lost_.reset();
      is_counting_ = true;
      counted_ = snapshot->seq;
    } else if (const auto* activity = std::get_if<protocol::Activity>(&message)) {
      if (next == all.end() || *next != activity->seq) {
        fail("activity " + std::to_string(activity->seq) + " came instead of " +
             (next == all.end() ? "none" : std::to_string(*next)));
      }
      counted_ = activity->seq;
      ++tally_.accounted;
    } else if (is_counting_ && next != all.end() && *next < copy_.seq()) {
      fail("activity " + std::to_string(*next) + " is missing before event " + std::to_string(copy_.seq()));
    }
  }
  struct Loss {
    std::uint64_t missed;
    std::optional<std::uint64_t> from;  ///< the last event before the gap
  };
  void check_loss(const Loss& loss, std::uint64_t to, const std::vector<std::uint64_t>& all) {
    const auto begin = std::upper_bound(all.begin(), all.end(), counted_);
    const auto lost = static_cast<std::uint64_t>(std::upper_bound(begin, all.end(), to) - begin);
    if (loss.missed < lost || loss.missed > to - *loss.from) {
      fail("a gap of " + std::to_string(loss.missed) + " for " + std::to_string(lost) + " activities among " +
           std::to_string(to - *loss.from) + " events");
    }
    tally_.accounted += lost;
  }

  LossTally& tally_;
  protocol::DaemonMessageReader reader_;
  client::SessionCopy copy_;
  std::string buffer_;
  bool is_in_snapshot_ = false;
  std::uint64_t last_ = 0;  // the copy's number before the current message
  bool is_whole_ = false;   // expected state of the copy
  std::optional<std::uint64_t> epoch_;
  bool is_counting_ = false;
  std::uint64_t counted_ = 0;  // all activities up to this one were delivered or announced
  std::optional<Loss> has_lost_;
};

}  // namespace atm::test
