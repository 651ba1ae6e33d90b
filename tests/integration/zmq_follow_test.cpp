// SPDX-License-Identifier: MIT
// examples/subscribers/zmq_follow.py against a real daemon: whatever it misses, it ends with the right state.
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

// No refresh: what is lost must be noticed. A short queue: so that much is.
constexpr const char* kSettings = "heartbeat_ms = 100\nrefresh_ms = 0\nsend_hwm = 50\n";

std::string name(int i) {
  return "session-" + std::to_string(100 + i);
}
std::string registration(const std::string& session) {
  return R"({"type":"register","session_id":")" + session +
         R"(","agent":"claude_code","working_dir":"/home/u/)" + std::string(400, 'w') + "\"}";
}
std::string update(const std::string& session, int tokens) {
  return R"({"type":"update_context","session_id":")" + session + R"(","context":{"total_input_tokens":)" +
         std::to_string(tokens) + "}}";
}

}  // namespace

TEST_CASE("a subscriber that joins late, is stopped and goes on ends with the daemon's state",
          "[integration]") {
  constexpr int kSessions = 60;
  ZmqDaemon daemon(kSettings);
  std::vector<std::string> lines;
  for (int i = 0; i < kSessions; ++i) lines.push_back(registration(name(i)));
  static_cast<void>(daemon.process().ask(lines));

  Follower follower(daemon);
  // Its queue of 50 is shorter than the answer, so that it may have had to ask at once.
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
  static_cast<void>(daemon.ask(registration("the-last")));
  CHECK(eventually([&] { return follower.count("the-last is ") > 0 && follower.is_in_step(); }));
  CHECK(follower.finish() == daemon.sessions());
}

TEST_CASE("a subscriber goes on with the next daemon", "[integration]") {
  ZmqDaemon daemon(kSettings);
  static_cast<void>(daemon.ask(registration("before")));
  Follower follower(daemon);
  REQUIRE(eventually([&] { return follower.count("before is ") > 0; }));
  daemon.process().stop(SIGKILL);
  daemon.start();
  static_cast<void>(daemon.ask(registration("after")));
  CHECK(eventually([&] { return follower.count("after is ") > 0 && follower.is_in_step(); }));
  CHECK(follower.finish() == daemon.sessions());
}
