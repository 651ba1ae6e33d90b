// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "wire_client.hpp"

namespace atm::test {

/// Records all messages of a subscription, in order.
class EventRecorder final {
 public:
  struct Event {
    enum class Kind { kRegistered, kUpdated, kRemoved, kActivity };
    Kind kind;
    std::string session;
    std::string word;  ///< status of a session, reason of a removal or type of an activity
    std::optional<protocol::Session> state;
  };
  using Is = std::function<bool(const Event&)>;

  explicit EventRecorder(const ServedDaemon& daemon);

  /// The first recorded or future event for which the condition holds; throws after the deadline.
  const Event& await(const Is& is);
  /// The number of recorded events for which the condition holds, after everything sent so far has arrived.
  [[nodiscard]] std::size_t count(const Is& is);

 private:
  void take(protocol::Reply&& reply);

  Wire wire_;
  std::deque<Event> events_;
};

/// The events of that kind for that session; with `word`, only those with that word.
[[nodiscard]] EventRecorder::Is event(EventRecorder::Event::Kind kind, std::string session,
                                      std::string word = "");

}  // namespace atm::test
