// SPDX-License-Identifier: MIT
#include "requests.hpp"

#include <atm/testing.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/text.hpp"

using namespace zeromq;
using atm::test::contains;

namespace {

class RequestDesk final {
 public:
  explicit RequestDesk(Settings chosen = {}) : settings(std::move(chosen)) {
    fake.set_session("a", R"({"id":"a","agent":"claude_code","status":{"status":"idle"}})");
    fake.set_session("b", R"({"id":"b","agent":"codex","status":{"status":"thinking"}})");
  }

  void send(const std::string& text, const std::string& peer = "p") {
    requests.receive({peer, false}, {std::string_view(text)});
  }
  /// Delivers the answers of the registry.
  void settle() {
    for (Answer& answer : inbox->take()) requests.deliver(std::move(answer));
  }
  std::vector<std::string> ask(const std::string& text) {
    replies.clear();
    send(text);
    settle();
    REQUIRE(replies.size() == 1);
    std::vector<std::string> frames;
    for (const Text& frame : replies[0].frames) frames.push_back(*frame);
    return frames;
  }

  atm::testing::FakeHost fake;
  atm::Host host{fake.c()};
  Settings settings;
  std::shared_ptr<CrossThreadQueue> inbox = std::make_shared<CrossThreadQueue>([] {});
  Counters counters;
  std::vector<Reply> replies;
  Requests requests{host, settings, inbox, counters,
                    [this](Reply&& reply) { replies.push_back(std::move(reply)); }};
};

}  // namespace

TEST_CASE("ZMQ-Z13: every request has one reply with its id", "[zmq]") {
  RequestDesk desk;
  desk.fake.set_stats(R"({"x":1})");
  using Frames = std::vector<std::string>;
  CHECK(desk.ask(R"({"type":"ping","seq":5,"id":"q"})") == Frames{R"({"type":"pong","id":"q","seq":5})"});
  CHECK(desk.ask(R"({"type":"get_stats","id":1})") == Frames{R"({"type":"stats","id":1,"stats":{"x":1}})"});
  CHECK(
      desk.ask(R"({"type":"get_session","session_id":"b","id":2})") ==
      Frames{
          R"({"type":"session","id":2,"session":{"id":"b","agent":"codex","status":{"status":"thinking"}}})"});
  const Frames all = desk.ask(R"({"type":"get_all_sessions","id":3})");
  REQUIRE(all.size() == 1);
  CHECK(contains(all[0], R"({"type":"sessions","id":3,"seq":0,"sessions":[{"id":"a")"));
  CHECK(contains(all[0], R"({"id":"b")"));
}

TEST_CASE("ZMQ-Z14: a filter selects the sessions that are equal in all its members", "[zmq]") {
  RequestDesk desk;
  const auto only = [&desk](const std::string& filter) {
    return desk.ask(R"({"type":"get_all_sessions","filter":)" + filter + "}").at(0);
  };
  CHECK(contains(only(R"({"agent":"codex"})"), R"("id":"b")"));
  CHECK_FALSE(contains(only(R"({"agent":"codex"})"), R"("id":"a")"));
  CHECK(contains(only(R"({"status":"idle"})"), R"("id":"a")"));
  CHECK(contains(only(R"({"status":"idle","agent":"codex"})"), R"("sessions":[])"));
}

TEST_CASE("ZMQ-Z15: a snapshot longer than line_bytes has several frames, all but the last with more",
          "[zmq]") {
  Settings settings;
  settings.line_bytes = 1024;
  RequestDesk desk(settings);
  for (int i = 0; i < 50; ++i)
    desk.fake.set_session("s" + std::to_string(i),
                          R"({"id":"s)" + std::to_string(i) + R"(","pad":"xxxxxxxx"})");
  const auto frames = desk.ask(R"({"type":"get_all_sessions"})");
  REQUIRE(frames.size() > 1);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i].size() <= 1024);
    CHECK(contains(frames[i], R"("more":true)") == (i + 1 < frames.size()));
  }
}

TEST_CASE("ZMQ-Z16: an invalid request is answered with the protocol's error code", "[zmq]") {
  RequestDesk desk;
  CHECK(contains(desk.ask("nonsense").at(0), R"("code":"invalid_json")"));
  CHECK(contains(desk.ask("\xff\xfe").at(0), R"("code":"invalid_json")"));
  CHECK(contains(desk.ask(std::string(100, '[')).at(0), R"("code":"invalid_json")"));
  CHECK(contains(desk.ask("[]").at(0), R"("code":"invalid_message")"));
  CHECK(contains(desk.ask(R"({"type":"ping","seq":"x"})").at(0), R"("code":"invalid_message")"));
  CHECK(contains(desk.ask(R"({"type":"what","id":7})").at(0), R"("id":7,"code":"unknown_type")"));
  CHECK(contains(desk.ask(R"({"type":"get_session","session_id":"z"})").at(0), R"("code":"not_found")"));
}

TEST_CASE("ZMQ-Z16: requests that change something are refused", "[zmq]") {
  RequestDesk desk;
  CHECK(contains(desk.ask(R"({"type":"end_session","session_id":"a"})").at(0), "Unix socket"));
  CHECK(contains(desk.ask(R"({"type":"ingest","channel":"c/h","payload":{}})").at(0), "invalid_message"));
  CHECK(desk.fake.records().empty());
  CHECK(desk.fake.observations().empty());
}

TEST_CASE("ZMQ-Z16: a request with no frame or several frames is answered", "[zmq]") {
  RequestDesk desk;
  desk.requests.receive({"p", false}, {});
  desk.requests.receive({"p", true}, {"{}", "{}"});
  REQUIRE(desk.replies.size() == 2);
  CHECK(contains(*desk.replies[0].frames[0], "invalid_message"));
  CHECK(desk.replies[1].to.is_delimited);
}

TEST_CASE("ZMQ-Z17: a peer with max_requests pending receives busy, and another peer is served", "[zmq]") {
  Settings settings;
  settings.max_requests = 2;
  RequestDesk desk(settings);
  for (int i = 0; i < 3; ++i) desk.send(R"({"type":"get_all_sessions"})");
  REQUIRE(desk.replies.size() == 1);
  CHECK(contains(*desk.replies[0].frames[0], R"("code":"busy")"));
  desk.send(R"({"type":"ping","seq":1})", "other");
  CHECK(contains(*desk.replies[1].frames[0], "pong"));
  desk.settle();
  CHECK(desk.replies.size() == 4);
  desk.send(R"({"type":"ping","seq":1})");
  CHECK(contains(*desk.replies[4].frames[0], "pong"));
}

TEST_CASE("ZMQ-Z17: a peer that leaves out_bytes unread receives busy until it reads", "[zmq]") {
  Settings settings;
  settings.out_bytes = 4096;
  RequestDesk desk(settings);
  desk.send(R"({"type":"ping","seq":1})");
  const std::shared_ptr<InFlightBytes> in_flight = desk.replies[0].in_flight;
  *in_flight = 5000;
  desk.send(R"({"type":"ping","seq":2})");
  CHECK(contains(*desk.replies[1].frames[0], R"("code":"busy")"));
  *in_flight = 0;
  desk.send(R"({"type":"ping","seq":3})");
  CHECK(contains(*desk.replies[2].frames[0], "pong"));
}

TEST_CASE("a peer without pending replies is forgotten", "[zmq]") {
  RequestDesk desk;
  for (int i = 0; i < 100; ++i) desk.send(R"({"type":"ping","seq":1})", "p" + std::to_string(i));
  *desk.replies[7].in_flight = 1;
  desk.requests.sweep();
  CHECK(desk.requests.peer_count() == 1);
}

TEST_CASE("an answer that arrives after the transport has stopped is dropped", "[zmq]") {
  RequestDesk desk;
  desk.inbox->close();
  desk.send(R"({"type":"get_all_sessions"})");
  desk.settle();
  CHECK(desk.replies.empty());
}
