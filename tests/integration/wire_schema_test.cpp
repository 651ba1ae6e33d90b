// SPDX-License-Identifier: MIT
// docs/specs/schema describes the output of a real daemon: every line of the flows below is validated.
#include "wire_schema_test_support.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
namespace fs = std::filesystem;

namespace {

/// Validates every line against the schema and records the seen types.
class Inspector final {
 public:
  void look_at(const std::string& line) {
    const std::string fault = schema_.fault("daemon_message.json", line);
    if (!fault.empty()) FAIL_CHECK(fault << "\nin " << line.substr(0, 2000));
    atm::json::Reader reader;
    types_.emplace(atm::json::get_string(*reader.parse(line), "type").value_or(""));
  }
  /// The next line of a client; absent if the daemon has closed.
  std::optional<std::string> next(Wire& wire) {
    auto line = wire.line();
    if (line) look_at(*line);
    return line;
  }
  void until(Wire& wire, std::string_view part) {
    for (auto line = next(wire); line && line->find(part) == std::string::npos;) line = next(wire);
  }
  void until_closed(Wire& wire) {
    while (next(wire)) {
    }
  }
  [[nodiscard]] const std::set<std::string>& types() const noexcept { return types_; }

 private:
  const WireSchema schema_{WireSchema::Unknown::kRefused};
  std::set<std::string> types_;
};

std::string text_of(const atm::json::Value& value) {
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(atm::json::text_of(buffer));
}

/// The messages of a recording's hooks and status lines.
std::vector<std::string> records_of(const fs::path& recording) {
  std::vector<std::string> lines;
  atm::json::Reader reader;
  std::ifstream file(recording);
  for (std::string line; std::getline(file, line);) {
    const atm::json::Value* entry = reader.parse(line);
    REQUIRE(entry != nullptr);
    const auto kind = atm::json::get_string(*entry, "kind").value_or("");
    const atm::json::Value* payload = atm::json::find(*entry, "stdin");
    if (payload == nullptr || (kind != "hook" && kind != "statusline")) continue;
    lines.push_back(
        R"({"type":"ingest","channel":"claude_code/)" + std::string(kind == "hook" ? "hook" : "status_line") +
        R"(","context":{"tty":"/dev/pts/1","tmux_pane":"%1"},"payload":)" + text_of(*payload) + "}");
  }
  return lines;
}

std::vector<fs::path> recordings() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(ATM_TEST_RECORDINGS)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".jsonl" && name.find(".expected.") == std::string::npos)
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void hello(Wire& wire, Inspector& inspector) {
  wire.send(kHello);
  inspector.next(wire);
}

void play_recordings(const ServedDaemon& daemon, Inspector& inspector) {
  Wire listener(daemon);
  hello(listener, inspector);
  listener.send(R"({"type":"subscribe","activity":true,"id":"sub"})");
  inspector.until(listener, R"("type":"sessions")");
  std::size_t records = 0;
  Wire source(daemon);
  hello(source, inspector);
  for (const fs::path& recording : recordings()) {
    for (const std::string& record : records_of(recording)) {
      source.send(record);
      ++records;
    }
    source.send(R"({"type":"get_all_sessions","id":1})");
    inspector.until(source, R"("type":"sessions")");
  }
  REQUIRE(records > 300);
  source.send(R"({"type":"register","session_id":"the last"})");
  inspector.until(source, R"("type":"ok")");
  inspector.until(listener, "the last");
  // The listener may have lost every update of the recordings in a gap. Its queue is empty now.
  source.send(R"({"type":"update_context","session_id":"the last","context":{"cost_usd":1.5}})");
  inspector.until(source, R"("type":"ok")");
  inspector.until(listener, R"("type":"session_updated")");
}

void ask_everything(const ServedDaemon& daemon, Inspector& inspector) {
  Wire wire(daemon);
  hello(wire, inspector);
  const std::vector<std::string> requests{
      R"({"type":"register","session_id":"s","agent":"codex","agent_type":"x","working_dir":"/w","pid":1,"id":2.5})",
      R"({"type":"register","session_id":"s","id":"again"})",
      R"({"type":"update_context","session_id":"s","context":{"context_window_size":200000,"current_input_tokens":7,"cost_usd":1.5}})",
      R"({"type":"update_context","session_id":"s","context":{"used_percentage":41.5,"timestamp":1}})",
      R"({"type":"get_session","session_id":"s"})",
      R"({"type":"acknowledge","session_id":"s"})",
      R"({"type":"end_session","session_id":"s"})",
      R"({"type":"end_session","session_id":"nobody"})",
      R"({"type":"get_all_sessions","filter":{"agent":"codex"}})",
      R"({"type":"ping","seq":18446744073709551615})",
      R"({"type":"get_stats","id":1})",
      R"({"type":"get_plugins"})",
      R"({"type":"discover"})",
      R"({"type":"unsubscribe"})",
      R"({"type":"ingest","channel":"nobody","payload":{}})",
      R"({"type":"ingest","channel":"claude_code/hook","payload":[1],"id":"\u00e4\u0001"})",
      R"({"type":"brew_coffee"})",
      "nonsense",
      "[]",
  };
  for (const std::string& request : requests) {
    wire.send(request);
    REQUIRE(inspector.next(wire));
  }
  wire.send(std::string(1'048'577, ' '));
  inspector.until_closed(wire);
}

void be_refused(const ServedDaemon& daemon, Inspector& inspector) {
  for (const char* first : {R"({"type":"hello","protocol_version":"2.0"})", R"({"type":"get_stats"})"}) {
    Wire wire(daemon);
    wire.send(first);
    inspector.until_closed(wire);
  }
}

/// The limit of sessions removes an ended one to make room.
void be_crowded(Inspector& inspector) {
  const ServedDaemon daemon("[limits]\nsessions = 1\n");
  Wire listener(daemon);
  hello(listener, inspector);
  listener.send(R"({"type":"subscribe"})");
  inspector.until(listener, R"("type":"sessions")");
  Wire wire(daemon);
  hello(wire, inspector);
  wire.send(R"({"type":"register","session_id":"a"})");
  wire.send(R"({"type":"register","session_id":"too many"})");
  wire.send(R"({"type":"end_session","session_id":"a"})");
  wire.send(R"({"type":"register","session_id":"the last"})");
  for (int i = 0; i < 4; ++i) inspector.next(wire);
  inspector.until(listener, "the last");
}

void be_slow(Inspector& inspector) {
  const ServedDaemon daemon(
      "[limits]\nsessions = 400\nsubscriber_queue = 16\n[plugins.unix]\nout_bytes = 4096\n");
  Wire slow(daemon);
  hello(slow, inspector);
  slow.send(R"({"type":"subscribe","activity":true})");
  inspector.until(slow, R"("type":"sessions")");
  Wire source(daemon);
  hello(source, inspector);
  for (int i = 0; i < 20; ++i)
    source.send(hook("s" + std::to_string(i), "SessionStart", R"("source":"startup")"));
  // Together they exceed a line.
  const std::string rest = R"(","working_dir":"/)" + std::string(4000, 'w') + "\"}";
  for (int i = 0; i < 300; ++i)
    source.send(R"({"type":"register","session_id":"long)" + std::to_string(i) + rest);
  for (int i = 0; i < 4000; ++i) source.send(status_line("s" + std::to_string(i % 20), 0.01 * (i + 1)));
  source.sync();
  inspector.until(slow, R"("type":"gap")");
  inspector.until(slow, R"("more":true)");
  source.send(R"({"type":"register","session_id":"the last"})");
  inspector.until(slow, "the last");
}

void be_replayed(Inspector& inspector) {
  const ServedDaemon daemon("[plugins.history]\nkeep_days = 1\n");
  Wire wire(daemon);
  hello(wire, inspector);
  wire.send(hook("s", "SessionStart", R"("source":"startup")"));
  wire.sync();
  wire.send(R"({"type":"subscribe","at":1,"id":1})");
  inspector.until(wire, R"("code":"not_found")");
  const auto now = std::chrono::time_point_cast<atm::Timestamp::duration>(std::chrono::system_clock::now());
  wire.send(R"({"type":"subscribe","at":")" + atm::to_rfc3339(now) + R"(","speed":1000,"id":2})");
  inspector.until(wire, R"("replay":true)");
  inspector.until(wire, R"("ended":true)");
}

}  // namespace

TEST_CASE("every line of a daemon matches its schema, and every member of the schema occurs",
          "[wire][schema]") {
  Inspector inspector;
  {
    const ServedDaemon daemon("[limits]\ncleanup_seconds = 1\n");
    play_recordings(daemon, inspector);
    ask_everything(daemon, inspector);
    be_refused(daemon, inspector);
  }
  be_crowded(inspector);
  be_slow(inspector);
  be_replayed(inspector);
  CHECK(inspector.types() == std::set<std::string>{"server_hello", "ok", "error", "session", "sessions",
                                                   "session_registered", "session_updated", "session_removed",
                                                   "activity", "gap", "replay", "pong", "stats", "plugins"});
}

TEST_CASE(
    "the schema of client messages accepts the protocol's examples, and refuses what the daemon refuses",
    "[wire][schema]") {
  const WireSchema schema(WireSchema::Unknown::kRefused);
  for (
      const char* good :
      {R"({"type":"hello","protocol_version":{"major":1,"minor":1},"client_type":"tui"})",
       R"({"type":"hello","protocol_version":"1.0"})", R"({"type":"register","session_id":"s","pid":1})",
       R"({"type":"update_context","session_id":"s","context":{"input_tokens":1,"cost_usd":0.5}})",
       R"({"type":"subscribe","activity":true,"id":"x"})",
       R"({"type":"get_all_sessions","filter":{"agent":"a"}})",
       R"({"type":"ingest","channel":"c","payload":{"any":[1]},"context":{"pid":1,"env":{"A":"b"}},"ack":true})",
       R"({"type":"ping","seq":18446744073709551615})", R"({"type":"acknowledge","session_id":"s"})"}) {
    INFO(good);
    CHECK(schema.fault("client_message.json", good).empty());
  }
  const ServedDaemon daemon;
  for (const char* bad :
       {R"({"type":"get_session","session_id":5})", R"({"type":"end_session"})",
        R"({"type":"register","session_id":""})", R"({"type":"register","session_id":"s","pid":0})",
        R"({"type":"update_context","session_id":"s","context":{"input_tokens":"9"}})",
        R"({"type":"ingest","channel":"c"})", R"({"type":"ping","seq":-1})", R"({"type":"brew_coffee"})",
        R"({"type":"subscribe","activity":"yes"})", R"({"type":"get_all_sessions","filter":[]})"}) {
    INFO(bad);
    CHECK_FALSE(schema.fault("client_message.json", bad).empty());
    Wire wire(daemon);
    static_cast<void>(wire.greet());
    static_cast<void>(wire.ask<atm::protocol::ErrorReply>(bad));
  }
}

TEST_CASE("the schema detects an invalid message, and allows new members for readers", "[wire][schema]") {
  const WireSchema ours(WireSchema::Unknown::kRefused);
  const WireSchema theirs(WireSchema::Unknown::kAllowed);
  const std::string observation =
      R"({"type":"t","session_id":"s","agent":"a","time":"2026-01-02T03:04:05Z","attrs":{"x.y":1}})";
  const auto activity = [](const std::string& inner) {
    return R"({"type":"activity","seq":1,"rev":1,"observation":)" + inner + "}";
  };
  const auto fault = [&](const std::string& line) { return ours.fault("daemon_message.json", line); };
  CHECK(fault(activity(observation)).empty());
  // In a separate file, deeply nested in the message.
  std::string wrong = observation;
  wrong.replace(wrong.find("05Z"), 3, "05");
  CHECK(fault(activity(wrong)).find("/observation/time") != std::string::npos);
  wrong = observation;
  wrong.replace(wrong.find("1}"), 1, "[]");
  CHECK(fault(activity(wrong)).find("/observation/attrs/x.y") != std::string::npos);
  for (const char* bad : {R"({"type":"pong"})", R"({"type":"pong","seq":"1"})", R"({"type":"ok","id":{}})",
                          R"({"type":"error","code":"oops","message":"m"})", R"({"type":"gap","missed":-1})",
                          R"({"type":"sessions","seq":1,"sessions":[{"id":"s"}]})", R"({"type":"nobody"})"}) {
    INFO(bad);
    CHECK_FALSE(fault(bad).empty());
    CHECK_FALSE(theirs.fault("daemon_message.json", bad).empty());
  }
  const std::string newer = R"({"type":"pong","seq":1,"since_1_9":true})";
  CHECK_FALSE(fault(newer).empty());
  CHECK(theirs.fault("daemon_message.json", newer).empty());
}
