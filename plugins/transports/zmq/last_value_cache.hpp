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

/// Turns the host's events into publications, and keeps the last one of each session for those who come late.
/// A publication can be lost on its way to one subscriber and nobody is told; so each carries the whole
/// session and a number without holes, and the heartbeat says the last number. No socket in here. [loop]
class LastValueCache final {
 public:
  using Publish = std::function<void(std::string_view topic, const Text& text)>;

  explicit LastValueCache(Publish publish) : publish_(std::move(publish)) {}

  /// One event of the host's subscription, in its order.
  void take(const atm_event& event);
  /// The host's subscription was closed: what is known gets old from here on.
  void forget();

  /// Somebody subscribed: he is to get the last values whose topic begins with `prefix`.
  void request_resend(std::string_view prefix);
  [[nodiscard]] bool has_resends() const noexcept { return !resends_.empty(); }
  /// Publishes up to `most` of what is owed again; gives how many.
  std::size_t resend(std::size_t most);
  /// Publishes the next `count` sessions again, round and round.
  void refresh(std::size_t count);

  /// Does nothing until the first snapshot is complete: before it there is no number to trust.
  void heartbeat(std::int64_t wall_ns, std::int64_t interval_ms);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string topic;
    Text text;
    std::uint64_t rev = 0;
    std::uint64_t snapshot = 0;  // the last one it was in
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
  std::map<std::string, std::string, std::less<>> resends_;  // prefix -> the session it has come to
  std::string refreshed_;                                    // the session refreshed last
  std::uint64_t epoch_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t snapshot_ = 0;  // how many began
  bool has_snapshot_ = false;
};

}  // namespace zeromq
