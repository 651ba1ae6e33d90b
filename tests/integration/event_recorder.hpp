// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "wire_client.hpp"

namespace atm::test {

/// Everything a subscription says, in order.
class EventRecorder final {
 public:
  struct Event {
    enum class Kind { kRegistered, kUpdated, kRemoved, kActivity };
    Kind kind;
    std::string session;
    std::string word;  ///< status of a session, reason of a removal, type of an activity
    std::optional<protocol::Session> state;
  };
  using Is = std::function<bool(const Event&)>;

  explicit EventRecorder(const ServedDaemon& daemon);

  /// The first event that is so, of those that came and those to come; throws when none comes in time.
  const Event& await(const Is& is);
  /// How many of those that came are so, once everything that was sent by now has come.
  [[nodiscard]] std::size_t count(const Is& is);

 private:
  void take(protocol::Reply&& reply);

  Wire wire_;
  std::deque<Event> events_;
};

/// The events of that kind of that session; with `word`, only those that say so.
[[nodiscard]] EventRecorder::Is event(EventRecorder::Event::Kind kind, std::string session,
                                      std::string word = "");

}  // namespace atm::test
