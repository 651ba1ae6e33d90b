// SPDX-License-Identifier: MIT
// Runs examples/subscribers/zmq_follow.py against a real daemon: after any loss it ends with the correct state.
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "support/catch.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

// No refresh, so that a loss must be detected, and a short queue, so that losses occur.
constexpr const char* kSettings = "heartbeat_ms = 100\nrefresh_ms = 0\nsend_hwm = 50\n";

std::string name(int i) {
  return "session-" + std::to_string(100 + i);
}
std::string long_registration(const std::string& session) {
  return R"({"type":"register","session_id":")" + session +
         R"(","agent":"claude_code","working_dir":"/home/u/)" + std::string(400, 'w') + "\"}";
}

/// The daemon's two sockets, for message orders that no real daemon can be forced to produce.
class PlayedDaemon final {
 public:
  PlayedDaemon() {
    const std::filesystem::path directory = home.directory("run/atm", 0700);
    events_.bind("ipc://" + (directory / "zmq-pub.sock").string());
    requests_.bind("ipc://" + (directory / "zmq-router.sock").string());
    events_.set(zmq::sockopt::linger, 0);
    requests_.set(zmq::sockopt::linger, 0);
  }
  void publish(const std::string& message) {
    events_.send(zmq::buffer("atm/1/any"), zmq::send_flags::sndmore);
    events_.send(zmq::buffer(message));
  }
  /// Returns true if a request arrived within a moment.
  [[nodiscard]] bool is_asked() {
    zmq::pollitem_t item{requests_.handle(), 0, ZMQ_POLLIN, 0};
    if (zmq::poll(&item, 1, std::chrono::milliseconds(20)) == 0) return false;
    zmq::message_t request;
    static_cast<void>(requests_.recv(peer_));
    static_cast<void>(requests_.recv(request));
    return true;
  }
  void answer(const std::string& message) {
    requests_.send(zmq::buffer(peer_.to_string_view()), zmq::send_flags::sndmore);
    requests_.send(zmq::buffer(message));
  }

  const TempDir home;

 private:
  zmq::context_t context_;
  zmq::socket_t events_{context_, ZMQ_PUB};
  zmq::socket_t requests_{context_, ZMQ_ROUTER};
  zmq::message_t peer_;
};

}  // namespace

TEST_CASE("a subscriber that joins late, is stopped and continues ends with the daemon's state",
          "[integration]") {
  constexpr int kSessions = 60;
  ZmqDaemon daemon(kSettings);
  std::vector<std::string> lines;
  for (int i = 0; i < kSessions; ++i) lines.push_back(long_registration(name(i)));
  static_cast<void>(daemon.process().ask(lines));

  Follower follower(daemon);
  REQUIRE(eventually([&] { return follower.count(" is ") >= kSessions && follower.is_in_step(); }));
  const int behind = follower.count("behind");

  follower.signal(SIGSTOP);
  for (int round = 1; round <= 40; ++round) {
    lines.clear();
    for (int i = 0; i < kSessions; ++i) lines.push_back(update(name(i), round * 1000 + i));
    static_cast<void>(daemon.process().ask(lines));
  }
  static_cast<void>(daemon.ask(R"({"type":"end_session","session_id":")" + name(7) + "\"}"));
  CHECK(daemon.ask(R"({"type":"get_stats"})").find("\"subscriber_overflows\":") != std::string::npos);
  follower.signal(SIGCONT);
  CHECK(eventually([&] { return follower.count("behind") > behind; }));
  static_cast<void>(daemon.ask(long_registration("the-last")));
  CHECK(eventually([&] { return follower.count("the-last is ") > 0 && follower.is_in_step(); }));
  CHECK(follower.finish() == daemon.sessions());
}

TEST_CASE("a subscriber continues with the next daemon", "[integration]") {
  ZmqDaemon daemon(kSettings);
  static_cast<void>(daemon.ask(long_registration("before")));
  Follower follower(daemon);
  REQUIRE(eventually([&] { return follower.count("before is ") > 0; }));
  daemon.process().stop(SIGKILL);
  daemon.start();
  static_cast<void>(daemon.ask(long_registration("after")));
  CHECK(eventually([&] { return follower.count("after is ") > 0 && follower.is_in_step(); }));
  CHECK(follower.finish() == daemon.sessions());
}

TEST_CASE("ZMQ-Z11: a loss before the first heartbeat causes a request", "[integration]") {
  PlayedDaemon daemon;
  Follower follower(daemon.home);
  const auto session = [](const std::string& id) {
    return R"({"id":")" + id + R"(","rev":1,"status":{"status":"idle"}})";
  };
  const auto registered = [&](const std::string& number, const std::string& id) {
    return R"({"type":"session_registered","seq":)" + number + R"(,"number":)" + number +
           R"(,"epoch":1,"rev":1,"session":)" + session(id) + "}";
  };
  // Numbers 2 and 3 are lost. The count does not show it, since number 3 removed "one".
  REQUIRE(eventually([&] {
    daemon.publish(registered("1", "one"));
    return follower.count("one is ") > 0;
  }));
  daemon.publish(registered("4", "four"));
  daemon.publish(R"({"type":"heartbeat","seq":4,"number":4,"epoch":1,"sessions":2})");
  REQUIRE(eventually([&] { return daemon.is_asked(); }));
  const std::string there = '[' + session("four") + ',' + session("two") + ']';
  daemon.answer(R"({"type":"sessions","id":1,"seq":4,"sessions":)" + there + "}");
  CHECK(eventually([&] { return follower.count("two is ") > 0 && follower.is_in_step(); }));
  CHECK(follower.finish() == sorted_by_id(there));
}

TEST_CASE("ZMQ-Z6: a subscriber drops a message without a higher seq, and all its state at another epoch",
          "[integration]") {
  PlayedDaemon daemon;
  Follower follower(daemon.home);
  const auto session = [](const std::string& id, int rev) {
    return R"({"id":")" + id + R"(","rev":)" + std::to_string(rev) + R"(,"status":{"status":"idle"}})";
  };
  const auto update = [&](int epoch, int number, int seq, const std::string& about) {
    return R"({"type":"session_updated","epoch":)" + std::to_string(epoch) + R"(,"number":)" +
           std::to_string(number) + R"(,"seq":)" + std::to_string(seq) + R"(,"rev":1,"session":)" + about +
           "}";
  };
  REQUIRE(eventually([&] {
    daemon.publish(update(1, 1, 10, session("one", 5)));
    return follower.count("one is ") > 0;
  }));
  daemon.publish(update(1, 2, 9, session("one", 4)));
  daemon.publish(update(1, 3, 10, session("one", 5)));
  daemon.publish(update(1, 4, 11, session("two", 1)));
  REQUIRE(eventually([&] { return follower.count("two is ") > 0; }));
  CHECK(follower.count("one is ") == 1);
  daemon.publish(update(2, 1, 3, session("two", 9)));
  CHECK(eventually([&] { return follower.count("two is idle, rev 9") > 0; }));
  CHECK(follower.finish() == sorted_by_id('[' + session("two", 9) + ']'));
}

TEST_CASE("ZMQ-Z15: a late answer of the former daemon changes nothing", "[integration]") {
  PlayedDaemon daemon;
  Follower follower(daemon.home);
  REQUIRE(eventually([&] {
    daemon.publish(R"({"type":"heartbeat","seq":900,"number":900,"epoch":1,"sessions":1})");
    return daemon.is_asked();
  }));
  daemon.publish(R"({"type":"heartbeat","seq":3,"number":3,"epoch":2,"sessions":1})");
  REQUIRE(eventually([&] { return daemon.is_asked(); }));
  daemon.answer(
      R"({"type":"sessions","id":1,"seq":900,"sessions":[{"id":"before","rev":9,"status":{"status":"idle"}}]})");
  const std::string after = R"([{"id":"after","rev":1,"status":{"status":"idle"}}])";
  daemon.answer(R"({"type":"sessions","id":2,"seq":3,"sessions":)" + after + "}");
  CHECK(eventually([&] { return follower.count("after is ") > 0 && follower.is_in_step(); }));
  CHECK(follower.count("before is ") == 0);
  CHECK(follower.finish() == sorted_by_id(after));
}
