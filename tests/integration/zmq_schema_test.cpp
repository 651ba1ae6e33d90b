// SPDX-License-Identifier: MIT
// docs/specs/schema describes the output of a real daemon over ZeroMQ: every frame of the flows below is validated.
#include <atm/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "support/catch.hpp"
#include "wire_schema_test_support.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

/// Validates every frame against the schema and records the seen types.
class Inspector final {
 public:
  explicit Inspector(std::string file) : file_(std::move(file)) {}

  void look_at(const std::string& text) {
    const std::string fault = schema_.fault(file_, text);
    if (!fault.empty()) FAIL_CHECK(fault << "\nin " << text.substr(0, 2000));
    atm::json::Reader reader;
    const atm::json::Value* const message = reader.parse(text);
    REQUIRE(message != nullptr);
    types_.emplace(atm::json::get_string(*message, "type").value_or(""));
  }
  [[nodiscard]] bool has_seen(const std::string& type) const { return types_.contains(type); }
  [[nodiscard]] const std::set<std::string>& types() const noexcept { return types_; }

 private:
  const WireSchema schema_{WireSchema::Unknown::kRefused};
  const std::string file_;
  std::set<std::string> types_;
};

class Peer final {
 public:
  Peer(zmq::socket_type type, const std::string& endpoint) : socket(context_, type) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, 20'000);
    socket.connect(endpoint);
  }
  std::vector<std::string> receive() {
    std::vector<std::string> frames;
    zmq::message_t frame;
    do {
      REQUIRE(socket.recv(frame));
      frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
  }

 private:
  zmq::context_t context_;

 public:
  zmq::socket_t socket;
};

void follow_until(Peer& subscriber, Inspector& inspector, std::string_view topic) {
  for (;;) {
    const auto frames = subscriber.receive();
    REQUIRE(frames.size() == 2);
    inspector.look_at(frames[1]);
    if (frames[0] == topic) return;
  }
}

std::string registration(const std::string& session) {
  return R"({"type":"register","session_id":")" + session + R"(","agent":"claude_code"})";
}
std::string tool_use(const std::string& session) {
  return R"({"type":"ingest","channel":"claude_code/hook","payload":{"hook_event_name":"PreToolUse","session_id":")" +
         session + R"(","transcript_path":"/t","cwd":"/w","tool_name":"Bash","tool_input":{}},"ack":true})";
}

}  // namespace

TEST_CASE("every message that a daemon publishes over ZeroMQ matches its schema", "[integration][schema]") {
  // Two sessions only, so that an ended one is replaced; a short queue, so that a burst causes a gap.
  ZmqDaemon daemon("activity = true\nheartbeat_ms = 100\n[limits]\nsessions = 2\nsubscriber_queue = 16\n");
  Inspector inspector("zmq_message.json");
  Peer subscriber(zmq::socket_type::sub, daemon.publish());
  subscriber.socket.set(zmq::sockopt::subscribe, "atm/1/");
  follow_until(subscriber, inspector, "atm/1/heartbeat");

  static_cast<void>(daemon.ask(registration("a")));
  follow_until(subscriber, inspector, "atm/1/session/a/registered");
  static_cast<void>(daemon.process().ask(std::vector<std::string>{tool_use("a")}));
  follow_until(subscriber, inspector, "atm/1/session/a/activity");
  static_cast<void>(daemon.ask(registration("b")));
  static_cast<void>(daemon.ask(R"({"type":"end_session","session_id":"a"})"));
  static_cast<void>(daemon.ask(registration("c")));
  follow_until(subscriber, inspector, "atm/1/session/a/removed");

  for (int burst = 0; burst < 50 && !inspector.has_seen("gap"); ++burst) {
    std::vector<std::string> lines;
    for (int i = 0; i < 400; ++i) lines.push_back(tool_use(i % 2 == 0 ? "b" : "c"));
    lines.push_back(update("b", burst + 1));
    static_cast<void>(daemon.process().ask(lines));
    follow_until(subscriber, inspector, "atm/1/heartbeat");
  }
  CHECK(inspector.types() == std::set<std::string>{"session_registered", "session_updated", "session_removed",
                                                   "activity", "gap", "heartbeat"});
}

TEST_CASE("every reply of a daemon over ZeroMQ matches its schema", "[integration][schema]") {
  ZmqDaemon daemon("[limits]\nsessions = 400\n");
  std::vector<std::string> lines;
  // Together they exceed a frame.
  const std::string rest = R"(,"working_dir":"/)" + std::string(4000, 'w') + "\"}";
  for (int i = 0; i < 300; ++i) {
    lines.push_back(registration("session-" + std::to_string(i)));
    lines.back().replace(lines.back().size() - 1, 1, rest);
  }
  static_cast<void>(daemon.process().ask(lines));
  const WireSchema schema(WireSchema::Unknown::kRefused);
  Inspector inspector("zmq_reply.json");
  Peer requester(zmq::socket_type::dealer, daemon.request());
  const auto ask = [&](const std::string& request) {
    REQUIRE(requester.socket.send(zmq::buffer(request)));
    const auto frames = requester.receive();
    for (const std::string& frame : frames) inspector.look_at(frame);
    return frames.size();
  };
  for (const char* request :
       {R"({"type":"get_session","session_id":"session-7","id":"x"})", R"({"type":"get_stats","id":1})",
        R"({"type":"ping","seq":18446744073709551615})",
        R"({"type":"get_all_sessions","filter":{"agent":"claude_code"}})"}) {
    INFO(request);
    CHECK(schema.fault("zmq_request.json", request).empty());
    static_cast<void>(ask(request));
  }
  CHECK(ask(R"({"type":"get_all_sessions","id":2.5})") > 1);
  CHECK_FALSE(inspector.has_seen("error"));
  for (const char* bad :
       {R"({"type":"subscribe"})", R"({"type":"get_session"})", R"({"type":"ping","seq":-1})", "nonsense"}) {
    INFO(bad);
    CHECK_FALSE(schema.fault("zmq_request.json", bad).empty());
    CHECK(ask(bad) == 1);
  }
  CHECK(inspector.types() == std::set<std::string>{"session", "sessions", "stats", "pong", "error"});
}

TEST_CASE("the schema detects an invalid ZeroMQ message", "[schema]") {
  const WireSchema ours(WireSchema::Unknown::kRefused);
  const WireSchema theirs(WireSchema::Unknown::kAllowed);
  const std::string good = R"({"type":"gap","seq":1,"number":2,"epoch":3,"missed":4})";
  CHECK(ours.fault("zmq_message.json", good).empty());
  for (const char* bad :
       {R"({"type":"gap","missed":4})", R"({"type":"gap","seq":1,"number":"2","epoch":3,"missed":4})",
        R"({"type":"session_removed","seq":1,"number":2,"epoch":3,"session_id":"","reason":"ended"})",
        R"({"type":"session_updated","seq":1,"number":2,"epoch":3,"rev":1,"session":{"id":"s"}})",
        R"({"type":"heartbeat","seq":1,"number":2,"epoch":3,"sessions":0,"time":"today","interval_ms":1000})",
        R"({"type":"pong","seq":1})"}) {
    INFO(bad);
    CHECK_FALSE(ours.fault("zmq_message.json", bad).empty());
    CHECK_FALSE(theirs.fault("zmq_message.json", bad).empty());
  }
  const std::string newer = R"({"type":"gap","seq":1,"number":2,"epoch":3,"missed":4,"since_1_9":true})";
  CHECK_FALSE(ours.fault("zmq_message.json", newer).empty());
  CHECK(theirs.fault("zmq_message.json", newer).empty());
}
