// SPDX-License-Identifier: MIT
// The files that real agents wrote, through the manifests that are installed. ATM_UPDATE=1 rewrites the expected
// observations: review the difference before you commit it.
#include "logs.hpp"

#include <unistd.h>

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "manifest.hpp"
#include "recordings_test_support.hpp"
#include "support/catch.hpp"
#include "support/installed_agents.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
namespace json = atm::json;
using manifest::read_file;
using manifest::text_of;

namespace {

std::string compact(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

struct LogFixture {
  LogFixture() {
    host.set_agents(atm::test::installed_agents());
    json::Reader reader;
    for (const std::string& text : atm::test::installed_agents()) {
      manifest::AgentRules rules = manifest::compile(*reader.parse(text));
      agents.emplace(rules.id, rules);
    }
  }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((home.path() / name).parent_path());
    std::ofstream(home.path(name), std::ios::app) << text;
  }
  void add_session(const std::string& id, const std::string& agent, const std::string& path) {
    host.set_session(id, R"({"id":")" + id + R"(","agent":")" + agent + R"(","transcript_path":")" + path +
                             R"(","status":{"status":"idle"}})");
  }
  [[nodiscard]] std::vector<std::string> payloads() const {
    std::vector<std::string> all;
    for (const auto& record : host.records()) all.push_back(record.payload);
    return all;
  }

  atm::test::TempDir home;
  atm::testing::FakeHost host;
  manifest::Logs::Agents agents;
  manifest::Logs logs{atm::Host(host.c()), home.path().string()};
};

using Payloads = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(LogFixture, "the recorded files of an agent give the expected observations",
                 "[logs][recordings]") {
  const std::string agent = GENERATE("codex", "gemini", "qwen");
  CAPTURE(agent);
  const std::string directory = agent == "codex"    ? ".codex/sessions/2026/11/22/rollout-"
                                : agent == "gemini" ? ".gemini/tmp/proj/chats/session-"
                                                    : ".qwen/projects/proj/chats/";
  host.processes().add({::getpid(), 20, "codex"});
  std::vector<std::ifstream> kept;  // Codex has the files of its sessions open
  std::ifstream in(MANIFEST_TESTDATA "/" + agent + ".transcript.jsonl");
  json::Reader reader;
  std::map<std::string, std::string> names;  // by file: what makes its lines different from those of others
  std::map<std::string, std::string> numbers;
  for (std::string line; std::getline(in, line);) {
    const json::Value* root = reader.parse(line);
    REQUIRE(root != nullptr);
    const std::string file(json::get_string(*root, "file").value_or(""));
    const json::Value* content = json::get_object(*root, "line");
    const std::string text = compact(*content);
    numbers.emplace(text, file + ' ' + std::to_string(json::get_int(*root, "seq").value_or(0)));
    write(directory + file + ".jsonl", text + '\n');
    names[file];
  }
  REQUIRE(numbers.size() > 30);
  // Codex is found without hooks. The others name their files.
  if (agent != "codex") {
    for (const auto& [file, id] : names)
      add_session("s-" + file, agent, home.path(directory + file + ".jsonl"));
  }
  for (const auto& [file, id] : names) kept.emplace_back(home.path(directory + file + ".jsonl"));
  logs.look(agents);
  CHECK(logs.read() == names.size());
  const atm::testing::PluginInstance plugin(atm::detail::Entry<manifest::Manifest>::kPlugin, host);
  std::map<std::string, std::string> found;
  for (const auto& record : host.records()) {
    if (numbers.count(record.payload) == 0) continue;  // too long for the tail
    const auto result = plugin.parse({record.channel, record.payload, record.context, INT64_MAX});
    INFO(numbers[record.payload] << ' ' << result.error);
    CHECK((result.status == atm::Status::kOk || result.status == atm::Status::kSkip));
    std::string says;
    for (const auto& o : result.observations) {
      if (o.type == "process.bound") continue;
      CHECK(o.agent == agent);
      CHECK(o.origin == agent + "/transcript");
      CHECK(o.attrs.count("malformed") == 0);
      CHECK(o.attrs.at("recorded") == atm::testing::OwnedValue(true));
      says += ' ' + o.session + ' ' + o.type + (o.actor.empty() ? "" : " @" + o.actor) + ' ' +
              std::to_string(o.time_ns);
      for (const auto& [key, value] : o.attrs) {
        if (key != "recorded") says += ' ' + key + '=' + text_of(value);
      }
    }
    if (!says.empty()) found[numbers[record.payload]] = says;
  }
  std::string all;
  for (const auto& [number, says] : found) all += number + says + '\n';
  const std::string expected = MANIFEST_TESTDATA "/" + agent + ".transcript.expected.txt";
  const char* const update = std::getenv("ATM_UPDATE");
  if (update != nullptr && std::string_view(update) == "1") std::ofstream(expected, std::ios::binary) << all;
  CHECK(all == read_file(expected));
}

TEST_CASE_METHOD(LogFixture, "a file is followed while its session lives, and its lines come once",
                 "[logs]") {
  const std::string file = ".gemini/tmp/p/chats/session-1.jsonl";
  write(file, "{\"sessionId\":\"s1\"}\n{\"n\":1}\n");
  logs.look(agents);
  CHECK(logs.read() == 0);
  add_session("s1", "gemini", home.path(file));
  logs.look(agents);
  CHECK(logs.read() == 1);
  logs.look(agents);
  write(file, "{\"n\":2}\n");
  CHECK(logs.read() == 1);
  CHECK(payloads() == Payloads{R"({"sessionId":"s1"})", R"({"n":1})", R"({"n":2})"});
  CHECK(host.records()[1].context.at("session") == atm::testing::OwnedValue(std::string("s1")));
  host.set_session("s1", R"({"id":"s1","agent":"gemini","status":{"status":"ended"}})");
  logs.look(agents);
  CHECK(logs.read() == 0);
}

TEST_CASE_METHOD(LogFixture, "a session of another agent, or a path outside, opens no file",
                 "[logs][hostile]") {
  write(".gemini/tmp/p/chats/session-1.jsonl", "{\"sessionId\":\"s1\"}\n");
  write("secret.jsonl", "{\"sessionId\":\"s1\"}\n");
  write(".gemini/tmp/auth.json", "{\"sessionId\":\"s1\"}\n");
  fs::create_symlink(home.path() / "secret.jsonl", home.path() / ".gemini/tmp/link.jsonl");
  add_session("a", "qwen", home.path(".gemini/tmp/p/chats/session-1.jsonl"));
  add_session("b", "gemini", home.path("secret.jsonl"));
  add_session("c", "gemini", home.path(".gemini/tmp/../../secret.jsonl"));
  add_session("d", "gemini", home.path(".gemini/tmp/link.jsonl"));
  add_session("e", "gemini", home.path(".gemini/tmp/auth.json"));
  add_session("f", "gemini", "/proc/self/environ");
  logs.look(agents);
  CHECK(logs.read() == 0);
  CHECK(payloads().empty());
}

TEST_CASE_METHOD(LogFixture, "a variable of the agent's process names a second directory", "[logs]") {
  write("other/sessions/2026/11/22/rollout-1.jsonl",
        R"({"type":"session_meta","payload":{"session_id":"s1"}})"
        "\n");
  write("evil/sessions/2026/11/22/rollout-2.jsonl", R"({"type":"session_meta","payload":{"session_id":"s2"}})"
                                                    "\n");
  logs.look(agents);
  CHECK(logs.read() == 0);
  const std::ifstream first(home.path("other/sessions/2026/11/22/rollout-1.jsonl"));
  const std::ifstream second(home.path("evil/sessions/2026/11/22/rollout-2.jsonl"));
  atm::testing::FakeProcess process{::getpid(), 20, "codex"};
  process.environment["CODEX_HOME"] = home.path("other");
  host.processes().add(process);
  process.start_ticks = 21;
  process.environment["CODEX_HOME"] = home.path("other") + "/../evil";
  host.processes().add(process);
  process.start_ticks = 22;
  process.environment["CODEX_HOME"] = std::string(300, '/');
  host.processes().add(process);
  logs.look(agents);
  CHECK(logs.read() == 1);
  REQUIRE(payloads().size() == 1);
  CHECK(host.records()[0].context.at("session") == atm::testing::OwnedValue(std::string("s1")));
}

TEST_CASE_METHOD(LogFixture, "sessions of two homes are followed at once, each with its own process",
                 "[logs]") {
  const std::string rollout = "sessions/2026/11/22/rollout-1.jsonl";
  write(".codex/" + rollout, "{\"type\":\"session_meta\",\"payload\":{\"session_id\":\"s1\"}}\n");
  write("work/" + rollout, "{\"type\":\"session_meta\",\"payload\":{\"session_id\":\"s2\"}}\n");
  write("third/" + rollout, "{\"type\":\"session_meta\",\"payload\":{\"session_id\":\"s3\"}}\n");
  const std::ifstream first(home.path(".codex/" + rollout));
  const std::ifstream second(home.path("work/" + rollout));
  const std::ifstream third(home.path("third/" + rollout));
  host.processes().add({::getpid(), 20, "codex"});
  logs.look(agents);
  CHECK(logs.read() == 1);
  atm::testing::FakeProcess process{::getpid(), 21, "codex"};
  process.environment["CODEX_HOME"] = home.path("work") + '/';
  host.processes().add(process);
  logs.look(agents);
  CHECK(logs.read() == 2);
  REQUIRE(host.records().size() == 2);
  CHECK(host.records()[0].context.at("session") == atm::testing::OwnedValue(std::string("s1")));
  CHECK(host.records()[1].context.at("session") == atm::testing::OwnedValue(std::string("s2")));
}

TEST_CASE_METHOD(LogFixture, "a home of the configuration needs no process, and counts for its agent only",
                 "[logs]") {
  const std::string rollout = "work/sessions/2026/11/22/rollout-1.jsonl";
  write(rollout, "{\"type\":\"session_meta\",\"payload\":{\"session_id\":\"s1\"}}\n");
  add_session("s1", "codex", home.path(rollout));
  const auto files = [this](manifest::Logs::Homes homes) {
    manifest::Logs configured(atm::Host(host.c()), home.path().string(), std::move(homes));
    configured.look(agents);
    return configured.read();
  };
  CHECK(files({}) == 0);
  CHECK(files({{"gemini", {home.path("work")}}}) == 0);
  CHECK(files({{"codex", {home.path("work") + "/../work"}}}) == 0);
  CHECK(files({{"codex", {home.path("elsewhere"), home.path("work") + '/'}}}) == 1);
}

TEST_CASE_METHOD(LogFixture, "a file that no process of the agent has open belongs to no session", "[logs]") {
  const std::string file = ".codex/sessions/2026/11/22/rollout-1.jsonl";
  write(file, R"({"type":"session_meta","payload":{"session_id":"s1"}})"
              "\n");
  host.processes().add({::getppid(), 20, "codex"});
  logs.look(agents);
  CHECK(logs.read() == 0);
  const std::ifstream kept(home.path(file));
  host.processes().add({::getpid(), 21, "codex"});
  logs.look(agents);
  CHECK(logs.read() == 1);
  REQUIRE(host.records().size() == 1);
  CHECK(host.records()[0].context.at("pid") == atm::testing::OwnedValue(std::int64_t{::getpid()}));
}

TEST_CASE_METHOD(LogFixture, "a line that the registry cannot take now comes again", "[logs]") {
  write(".gemini/tmp/p/chats/session-1.jsonl", "{\"sessionId\":\"s1\"}\n{\"n\":1}\n");
  add_session("s1", "gemini", home.path(".gemini/tmp/p/chats/session-1.jsonl"));
  logs.look(agents);
  host.set_ingest_status(atm::Status::kBusy);
  CHECK(logs.read() == 1);
  CHECK(payloads().empty());
  host.set_ingest_status(atm::Status::kOk);
  CHECK(logs.read() == 1);
  CHECK(payloads().size() == 2);
}
