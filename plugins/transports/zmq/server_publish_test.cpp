// SPDX-License-Identifier: MIT
// Messages to subscribers.
#include <string>

#include "server_fixture.hpp"
#include "support/text.hpp"

using namespace zeromq;
using namespace zeromq::testing;
using atm::Status;
using atm::test::contains;

TEST_CASE("ZMQ-Z3: messages of a subscriber other than subscriptions have no effect", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  zmq::context_t context;
  zmq::socket_t writer(context, ZMQ_XSUB);
  writer.set(zmq::sockopt::linger, 0);
  writer.connect(daemon.publish());
  for (const std::string& text : {std::string("\2atm/1/"), std::string(R"({"type":"get_all_sessions"})"),
                                  std::string(), std::string(1 << 20, 'x'), std::string("\1weather/")})
    REQUIRE(writer.send(zmq::buffer(text)));
  REQUIRE(writer.send(zmq::buffer(std::string("\1atm/1/session/a/"))));
  writer.set(zmq::sockopt::rcvtimeo, static_cast<int>(kDeadline.count()));
  zmq::message_t topic;
  REQUIRE(writer.recv(topic));
  CHECK(topic.to_string() == "atm/1/session/a/updated");
  REQUIRE(writer.send(zmq::buffer(std::string("\0atm/1/session/a/", 17))));
  CHECK(eventually([&] {
    daemon.host.advance(kSecond);
    return daemon.host.subscription_count() == 0;
  }));
}

TEST_CASE("ZMQ-Z6: every message contains the epoch, and the seq of a session rises", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Subscriber subscriber(daemon.publish());
  std::int64_t seq = number_in(subscriber.next_of("atm/1/session/a/updated").text, "seq");
  for (std::uint64_t next = 7; next < 10; ++next) {
    daemon.update("a", next, next);
    const Message message = subscriber.next_of("atm/1/session/a/updated");
    CHECK(number_in(message.text, "epoch") == 1);
    CHECK(number_in(message.text, "seq") > seq);
    seq = number_in(message.text, "seq");
  }
}

TEST_CASE("ZMQ-Z9: a late joiner receives the last value of each matching session, then new messages",
          "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Subscriber first(daemon.publish());
  const Message known = first.next_of("atm/1/session/a/updated");
  CHECK(contains(known.text, R"("session":{"id":"a"}})"));
  daemon.update("b", 5);
  const Message live = first.next_of("atm/1/session/b/updated");

  Subscriber late(daemon.publish(), "atm/1/session/b/");
  const Message again = late.next().value();
  CHECK(again.topic == live.topic);
  CHECK(again.text == live.text);
  // An earlier subscriber receives it again with the same number, which is harmless.
  CHECK(first.next_of("atm/1/session/b/updated").text == live.text);
  daemon.update("a", 6, 2);
  daemon.update("b", 7, 2);
  CHECK(number_in(late.next().value().text, "seq") == 7);
}

TEST_CASE("ZMQ-Z8: every interval has a heartbeat with the last number", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Subscriber subscriber(daemon.publish());
  subscriber.next_of("atm/1/session/a/updated");
  daemon.update("a", 3, 2);
  const Message newest = subscriber.next_of("atm/1/session/a/updated");
  daemon.host.advance(kSecond);
  const Message beat = subscriber.next_of("atm/1/heartbeat");
  CHECK(number_in(beat.text, "number") == number_in(newest.text, "number"));
  CHECK(number_in(beat.text, "seq") == 3);
  CHECK(number_in(beat.text, "sessions") == 1);
  CHECK(number_in(beat.text, "epoch") == 1);
}

TEST_CASE("ZMQ-Z10: every session is published again within refresh_ms, at even intervals", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.refresh = std::chrono::milliseconds(5000); });
  for (int i = 0; i < 10; ++i) daemon.host.set_session("s" + std::to_string(i), "{}");
  daemon.serve();
  Subscriber subscriber(daemon.publish());
  for (int i = 0; i < 10; ++i) subscriber.next_of("atm/1/session/s" + std::to_string(i) + "/updated");
  for (int second = 0; second < 5; ++second) {
    daemon.host.advance(kSecond);
    CHECK(subscriber.next().value().topic == "atm/1/heartbeat");
    for (const int i : {2 * second, 2 * second + 1})
      CHECK(subscriber.next().value().topic == "atm/1/session/s" + std::to_string(i) + "/updated");
  }
}

TEST_CASE("ZMQ-Z11: without subscribers the plugin has no subscription at the host", "[zmq]") {
  Daemon daemon;
  daemon.serve();
  CHECK(daemon.host.subscription_count() == 0);
  {
    Subscriber subscriber(daemon.publish(), "weather/");
    Subscriber other(daemon.publish(), "atm/1/");
    CHECK(eventually([&] { return daemon.host.subscription_count() == 1; }));
    other.socket.set(zmq::sockopt::unsubscribe, "atm/1/");
    CHECK(eventually([&] {
      daemon.host.advance(kSecond);
      return daemon.host.subscription_count() == 0;
    }));
    other.socket.set(zmq::sockopt::subscribe, "atm/1/");
    CHECK(eventually([&] { return daemon.host.subscription_count() == 1; }));
  }
  // A subscriber that disconnects without unsubscribing counts, too.
  CHECK(eventually([&] {
    daemon.host.advance(kSecond);
    return daemon.host.subscription_count() == 0;
  }));
}

TEST_CASE(
    "TRAP-W2, ZMQ-Z3: a subscriber that never reads loses only its own messages, and does not prevent "
    "the stop",
    "[zmq]") {
  constexpr int kRounds = 60;
  constexpr int kAtOnce = 50;
  Daemon daemon([](Settings& settings) { settings.send_hwm = 200; });
  daemon.host.set_session("first", R"({"id":"first"})");
  daemon.serve();
  Subscriber stuck(daemon.publish(), "", [](zmq::socket_t& socket) { socket.set(zmq::sockopt::rcvhwm, 1); });
  Subscriber reader(daemon.publish());
  CHECK(eventually([&] { return daemon.metric("connections") == 2; }));
  reader.next_of("atm/1/session/first/updated");
  std::int64_t last = -1;
  int lost = 0;
  const std::string pad(20'000, 'x');
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kAtOnce; ++i) {
      const int seq = 2 + round * kAtOnce + i;
      daemon.update("s" + std::to_string(i), static_cast<std::uint64_t>(seq), static_cast<std::uint64_t>(seq),
                    pad);
    }
    for (int i = 0; i < kAtOnce;) {
      const std::int64_t number = number_in(reader.next().value().text, "number");
      if (number <= last) continue;
      if (last >= 0) lost += static_cast<int>(number - last - 1);
      last = number;
      ++i;
    }
  }
  CHECK(lost == 0);
  CHECK(eventually([&] { return daemon.metric("subscriber_overflows") >= 1; }));
  CHECK(daemon.server->stop(kDeadline) == Status::kOk);
}
