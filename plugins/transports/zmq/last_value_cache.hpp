// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "text.hpp"

namespace zeromq {

/// Converts the host's events to publications, and keeps the last one of each session for late joiners. ZeroMQ can lose
/// a publication without notice; therefore each has the whole session and a number without gaps, and the heartbeat has
/// the last number. Uses no socket. [loop]
class LastValueCache final {
 public:
  using Publish = std::function<void(std::string_view topic, const Text& text)>;

  explicit LastValueCache(Publish publish) : publish_(std::move(publish)) {}

  /// One event of the host's subscription, in order.
  void take(const atm_event& event);
  /// The host's subscription was closed: the cached values become outdated.
  void forget();

  /// A new subscription: resends the last values whose topic begins with `prefix`.
  void request_resend(std::string_view prefix);
  [[nodiscard]] bool has_resends() const noexcept { return !resends_.empty(); }
  /// Publishes up to `most` pending resends; returns the number.
  std::size_t resend(std::size_t most);
  /// Publishes the next `count` sessions again, in a cycle.
  void refresh(std::size_t count);

  /// Does nothing until the first snapshot is complete, because the numbers are incomplete before.
  void heartbeat(std::int64_t wall_ns, std::int64_t interval_ms);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string topic;
    Text text;
    std::uint64_t rev = 0;
    std::uint64_t snapshot = 0;  // the last one that contained it
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  void publish_state(const atm_event& event, std::string_view kind);
  void publish_removed(std::string_view session, std::string_view reason, std::uint64_t seq);
  void publish_activity(const atm_event& event);
  void publish_gap(const atm_event& event);
  void take_item(const atm_event& event);
  void end_snapshot(const atm_event& event);
  /// `{"type":..,"seq":..,"number":..,"epoch":..`, with the next number.
  [[nodiscard]] std::string begin_message(std::string_view type, std::uint64_t seq, std::size_t more);
  Text send(std::string_view topic, std::string&& message);

  Publish publish_;
  Entries entries_;
  std::map<std::string, std::string, std::less<>> resends_;  // prefix -> the session last resent
  std::string refreshed_;                                    // the session refreshed last
  std::uint64_t epoch_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t snapshot_ = 0;  // number of snapshots started
  bool has_snapshot_ = false;
};

}  // namespace zeromq
