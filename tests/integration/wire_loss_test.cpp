// SPDX-License-Identifier: MIT
// Tests of messages that must not be lost, and of losses that must be announced.
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

namespace {

/// The state that a subscriber derives from each message.
class Mirror final {
 public:
  /// Throws if a message contradicts an earlier one.
  void take(const DaemonMessage& message) {
    if (const auto* sessions = std::get_if<Sessions>(&message)) {
      if (!is_in_snapshot_) known_.clear();
      is_in_snapshot_ = sessions->more;
      for (const Session& session : sessions->sessions)
        known_.insert_or_assign(session.domain.id.str(), session.domain);
      seq_ = activity_seq_ = sessions->seq;
    } else if (const auto* registered = std::get_if<SessionRegistered>(&message)) {
      advance(registered->seq);
      known_.insert_or_assign(registered->session.domain.id.str(), registered->session.domain);
    } else if (const auto* updated = std::get_if<SessionUpdated>(&message)) {
      advance(updated->seq);
      if (!known_.contains(updated->session.domain.id.str()))
        throw std::runtime_error("update of a session never heard of");
      known_.insert_or_assign(updated->session.domain.id.str(), updated->session.domain);
    } else if (const auto* removed = std::get_if<SessionRemoved>(&message)) {
      advance(removed->seq);
      known_.erase(removed->session_id);
    } else if (const auto* activity = std::get_if<Activity>(&message)) {
      advance(activity->seq);
      // An observation has at most one additional number: its session's new state, which may be conflated.
      if (activity->seq - activity_seq_ > 2)
        throw std::runtime_error("activity is missing before " + std::to_string(seq_));
      activity_seq_ = activity->seq;
    } else if (std::holds_alternative<Gap>(message)) {
      ++gaps_;
      is_in_snapshot_ = false;
    }
  }
  [[nodiscard]] const std::map<std::string, atm::SessionDomain>& known() const noexcept { return known_; }
  [[nodiscard]] int gaps() const noexcept { return gaps_; }

 private:
  void advance(std::uint64_t seq) {
    if (seq <= seq_)
      throw std::runtime_error("seq went from " + std::to_string(seq_) + " to " + std::to_string(seq));
    seq_ = seq;
  }
  std::map<std::string, atm::SessionDomain> known_;
  std::uint64_t seq_ = 0;
  std::uint64_t activity_seq_ = 0;  // nothing up to here is missing
  int gaps_ = 0;
  bool is_in_snapshot_ = false;
};

Wire subscriber(const ServedDaemon& daemon, std::string_view more = "") {
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(R"({"type":"subscribe")" + std::string(more) + "}");
  return wire;
}

/// Reads until the session `id` has `cost`; then its state is final.
void follow(Wire& wire, Mirror& mirror, const std::string& id, atm::Money cost) {
  for (;;) {
    const auto it = mirror.known().find(id);
    if (it != mirror.known().end() && it->second.cost == cost) return;
    mirror.take(wire.reply().message);
  }
}

}  // namespace

TEST_CASE("TRAP-W1, WIRE-F4: all messages of a client that closes without reading are handled", "[wire]") {
  const ServedDaemon daemon;
  for (int i = 0; i < 50; ++i) {
    Wire wire(daemon);
    // Errors and pongs make the daemon write to a closed socket.
    wire.send_raw(std::string(kHello) + "\n{\"type\":\"ping\",\"seq\":1}\nnonsense\n" +
                  hook("s" + std::to_string(i), "SessionStart", R"("source":"startup")") + "\n");
    if (i % 2 == 0) wire.half_close();
  }
  CHECK(daemon.stat_reaches({"registry", "sessions"}, 50));
}

TEST_CASE("TRAP-W1: even a megabyte that fills the socket is read after the client closed", "[wire]") {
  const ServedDaemon daemon;
  std::string all = std::string(kHello) + '\n' + hook("s", "SessionStart", R"("source":"startup")") + '\n';
  std::size_t lines = 1;
  for (; all.size() < 1'000'000; ++lines) all += status_line("s", 0.001 * static_cast<double>(lines)) + '\n';
  {
    Wire wire(daemon);
    wire.send_raw(all);
  }
  CHECK(daemon.stat_reaches({"plugins", "unix", "records"}, static_cast<std::int64_t>(lines)));
}

TEST_CASE("TRAP-W3: after a burst of 10,000 updates every reading subscriber has the final state", "[wire]") {
  const ServedDaemon daemon;
  constexpr int kSessions = 20;
  constexpr int kUpdates = 10'000;
  std::vector<Wire> subscribers;
  for (int i = 0; i < 4; ++i) subscribers.push_back(subscriber(daemon));
  Wire source(daemon);
  static_cast<void>(source.greet());
  std::string burst;
  for (int i = 0; i < kUpdates; ++i) {
    burst += status_line("s" + std::to_string(i % kSessions), 0.01 * (i + 1)) + '\n';
  }
  const auto final_cost = [](int session) {
    return atm::Money::from_usd(0.01 * (kUpdates - kSessions + session + 1));
  };
  std::jthread sender([&] { source.send_raw(burst); });
  for (Wire& wire : subscribers) {
    Mirror mirror;
    for (int s = 0; s < kSessions; ++s)
      CHECK_NOTHROW(follow(wire, mirror, "s" + std::to_string(s), final_cost(s)));
    for (int s = 0; s < kSessions; ++s)
      CHECK(mirror.known().at("s" + std::to_string(s)).cost == final_cost(s));
  }
  sender.join();
  CHECK(daemon.stat({"plugins", "unix", "records"}) == kUpdates);
  CHECK(daemon.stat({"plugins", "unix", "records_dropped"}) == 0);
}

TEST_CASE("WIRE-E1: a subscription under load has neither gap nor overlap between snapshot and events",
          "[wire]") {
  // A slow machine must not fill the queue of a subscriber.
  const ServedDaemon daemon("[limits]\nsubscriber_queue = 1000000\n");
  std::jthread load([&](const std::stop_token& over) {
    Wire source(daemon);
    static_cast<void>(source.greet());
    for (int i = 0; !over.stop_requested(); ++i)
      source.send(status_line("s" + std::to_string(i % 10), 0.01 * (i % 1000)));
    // The last change.
    for (int s = 0; s < 10; ++s) source.send(status_line("s" + std::to_string(s), 77));
    source.sync();
  });
  struct Follower {
    Wire wire;
    Mirror mirror;
  };
  std::vector<Follower> followers;
  for (int i = 0; i < 20; ++i) {
    Follower& follower = followers.emplace_back(Follower{subscriber(daemon, R"(,"activity":true)"), {}});
    // The first answer is the ok, the second the snapshot at the same point.
    const auto ok = follower.wire.next<Ok>();
    const auto snapshot = follower.wire.next<Sessions>();
    CHECK(ok.seq == snapshot.seq);
    follower.mirror.take(snapshot);
    for (int events = 0; events < 50; ++events) follower.mirror.take(follower.wire.reply().message);
  }
  load.request_stop();
  load.join();
  for (Follower& follower : followers) {
    for (int s = 0; s < 10; ++s) {
      CHECK_NOTHROW(
          follow(follower.wire, follower.mirror, "s" + std::to_string(s), atm::Money::from_usd(77)));
    }
    CHECK(follower.mirror.gaps() == 0);
  }
}

TEST_CASE("TRAP-W2: a subscriber that does not read gets a gap, and the others are not affected", "[wire]") {
  const ServedDaemon daemon("[limits]\nsubscriber_queue = 64\n[plugins.unix]\nout_bytes = 16384\n");
  Wire stuck = subscriber(daemon, R"(,"activity":true)");
  Wire quick = subscriber(daemon, R"(,"activity":true)");
  static_cast<void>(quick.next<Ok>());
  Mirror mirror;
  Wire source(daemon);
  static_cast<void>(source.greet());
  source.send(hook("s", "SessionStart", R"("source":"startup")"));
  for (int i = 0; i < 3000; ++i) {
    source.send(status_line("s", 0.01 * (i + 1)));
    // The fast one keeps pace, message by message.
    if (i % 10 == 9) follow(quick, mirror, "s", atm::Money::from_usd(0.01 * (i + 1)));
  }
  CHECK(mirror.gaps() == 0);
  CHECK(daemon.stat({"bus", "gaps"}) >= 1);

  // When it reads again, it gets the announced loss and then the full state.
  Mirror late;
  static_cast<void>(stuck.next<Ok>());
  CHECK_NOTHROW(follow(stuck, late, "s", atm::Money::from_usd(30)));
  CHECK(late.gaps() >= 1);
}

TEST_CASE(
    "TRAP-W2: the daemon stops reading from a client that does not read replies, and loses none of them",
    "[wire]") {
  const ServedDaemon daemon;
  Wire stuck(daemon);
  static_cast<void>(stuck.greet());
  std::string pings;
  for (int i = 0; i < 100'000; ++i) pings += R"({"type":"ping","seq":)" + std::to_string(i) + "}\n";
  const std::size_t sent = stuck.send_some(pings);
  // Others are served.
  Wire other(daemon);
  static_cast<void>(other.greet());
  CHECK(other.ask<Pong>(R"({"type":"ping","seq":5})").seq == 5);
  std::jthread rest([&] { stuck.send_raw(std::string_view(pings).substr(sent)); });
  bool is_in_order = true;
  for (std::uint64_t i = 0; i < 100'000; ++i) is_in_order = stuck.next<Pong>().seq == i && is_in_order;
  rest.join();
  CHECK(is_in_order);
}
