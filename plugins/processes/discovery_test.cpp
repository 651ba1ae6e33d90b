// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atm/testing.hpp>
#include <chrono>
#include <functional>
#include <thread>

#include "process_source.hpp"
#include "support/catch.hpp"
#include "support/installed_agents.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::testing::FakeProcess;
using atm::testing::OwnedObservation;
using atm::testing::OwnedValue;

constexpr std::int64_t kMinute = 60'000'000'000;

FakeProcess claude(std::int64_t pid) {
  FakeProcess process;
  process.pid = pid;
  process.start_ticks = static_cast<std::uint64_t>(pid) * 10;
  process.comm = "claude";
  process.exe = "/opt/claude";
  process.cwd = "/srv/" + std::to_string(pid);
  process.tty = "/dev/pts/7";
  process.age_ns = kMinute;
  process.environment = {{"TMUX_PANE", "%4"}, {"TMUX", "/tmp/tmux-1/default,99,0"}, {"API_KEY", "secret"}};
  process.arguments = {"claude"};
  return process;
}

std::string bound(std::int64_t pid) {
  return R"({"type":"process.bound","attrs":{"pid":)" + std::to_string(pid) + R"(,"start_ticks":)" +
         std::to_string(pid * 10) + "}}";
}

struct Looking {
  explicit Looking(std::string_view config = R"({"discover_seconds":0})")
      : plugin(atm_plugin_v1, with_agents(host), config), table(plugin.table<atm_source>(ATM_IFACE_SOURCE)) {}
  ~Looking() { CHECK(table.stop(plugin.get(), 1000) == ATM_OK); }

  void start() {
    atm::ErrorBuffer error;
    REQUIRE(table.start(plugin.get(), error.c()) == ATM_OK);
  }
  atm_discovery look() {
    atm_discovery result{sizeof result, 0, 0, 0};
    atm::ErrorBuffer error;
    CHECK(table.discover(plugin.get(), &result, error.c()) == ATM_OK);
    return result;
  }
  [[nodiscard]] bool says(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (host.observations().size() < count) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static const atm::testing::FakeHost& with_agents(atm::testing::FakeHost& host) {
    host.set_agents(atm::test::installed_agents());
    return host;
  }

  atm::testing::FakeHost host;
  atm::testing::PluginInstance plugin;
  const atm_source& table;
};

}  // namespace

TEST_CASE("an unknown agent becomes a pending session", "[processes]") {
  Looking source;
  source.host.processes().add(claude(7));
  source.start();
  const atm_discovery seen = source.look();
  CHECK(seen.found == 1);
  CHECK(seen.failed == 0);
  const auto observed = source.host.observations();
  REQUIRE(observed.size() == 2);
  for (const OwnedObservation& one : observed) {
    CHECK(one.session == "pending-7");
    CHECK(one.agent == "claude_code");
    CHECK(one.origin == "processes");
  }
  CHECK(observed[0].type == "process.bound");
  CHECK(observed[0].attrs.at("pid") == OwnedValue(std::int64_t{7}));
  CHECK(observed[0].attrs.at("start_ticks") == OwnedValue(std::int64_t{70}));
  CHECK(observed[0].attrs.at("tty") == OwnedValue(std::string("/dev/pts/7")));
  CHECK(observed[0].attrs.at("tmux.pane") == OwnedValue(std::string("%4")));
  CHECK(observed[0].attrs.at("tmux.socket") == OwnedValue(std::string("/tmp/tmux-1/default")));
  CHECK(observed[0].attrs.at("host") == OwnedValue(processes::host_name()));
  CHECK(observed[1].type == "session.started");
  CHECK(observed[1].attrs.at("source") == OwnedValue(std::string("discovered")));
  CHECK(observed[1].attrs.at("cwd") == OwnedValue(std::string("/srv/7")));
  CHECK(observed[1].attrs.at("started_at_ns") == OwnedValue(observed[1].time_ns - kMinute));
}

TEST_CASE("an agent that is bound to a session is skipped", "[processes]") {
  Looking source;
  source.host.processes().add(claude(7));
  source.host.set_session("real", R"({"process":{"pid":7,"start_ticks":70}})");
  source.start();
  CHECK(source.look().found == 1);
  CHECK(source.host.observations().empty());

  source.host.processes().add(claude(8));
  source.host.publish(ATM_EVENT_ACTIVITY, "other", bound(8), 1);
  CHECK(source.look().found == 2);
  CHECK(source.host.observations().empty());
}

TEST_CASE("a second scan finds the same agents and emits nothing", "[processes]") {
  Looking source;
  source.host.processes().add(claude(7));
  source.start();
  CHECK(source.look().found == 1);
  source.host.publish(ATM_EVENT_ACTIVITY, "pending-7", bound(7),
                      1);  // like the registry, before it answers
  CHECK(source.look().found == 1);
  CHECK(source.look().found == 1);
  CHECK(source.host.observations().size() == 2);
}

TEST_CASE("STATE-I4: a launcher that is found before its program loses its pending session", "[processes]") {
  Looking source;
  FakeProcess launcher = claude(7);
  launcher.exe = "/usr/bin/node";
  launcher.comm = "node";
  launcher.arguments = {"node", "/usr/lib/node_modules/@openai/codex/bin/codex.js"};
  source.host.processes().add(launcher);
  source.start();
  CHECK(source.look().found == 1);
  REQUIRE(source.host.observations().size() == 2);
  source.host.publish(ATM_EVENT_ACTIVITY, "pending-7", bound(7), 1);
  CHECK(source.look().found == 1);
  CHECK(source.host.observations().size() == 2);

  FakeProcess program = claude(8);
  program.ppid = 7;
  program.comm = "codex";
  program.exe = "/usr/lib/node_modules/@openai/codex/bin/codex";
  program.arguments = {"codex"};
  source.host.processes().add(program);
  CHECK(source.look().found == 1);
  const auto observed = source.host.observations();
  REQUIRE(observed.size() == 5);
  const auto end = std::find_if(observed.begin(), observed.end(),
                                [](const OwnedObservation& one) { return one.type == "session.ended"; });
  REQUIRE(end != observed.end());
  CHECK(end->session == "pending-7");
  CHECK(end->attrs.at("pid") == OwnedValue(std::int64_t{7}));
}

TEST_CASE("STATE-I4: a program that starts itself once more has the session of its child", "[processes]") {
  // The processes of Qwen Code 0.24.4: an entry, a program with an option of node, and the same once more.
  constexpr const char* kPackage = "/usr/lib/node_modules/@qwen-code/qwen-code";
  const auto node = [&](std::int64_t pid, std::int64_t parent, std::vector<std::string> arguments) {
    FakeProcess process = claude(pid);
    process.ppid = parent;
    process.exe = "/usr/bin/node";
    process.comm = "node";
    process.arguments = std::move(arguments);
    return process;
  };
  Looking source;
  source.host.processes().add(node(7, 1, {"node", kPackage + std::string("/cli-entry.js")}));
  const std::vector<std::string> program{"node", "--expose-gc", kPackage + std::string("/cli.js")};
  source.host.processes().add(node(8, 7, program));
  source.start();
  SECTION("its hook came first") {
    source.host.processes().add(node(9, 8, program));
    source.host.set_session("real", R"({"process":{"pid":9,"start_ticks":90}})");
    source.host.publish(ATM_EVENT_ACTIVITY, "real", bound(9), 1);
    CHECK(source.look().found == 1);
    CHECK(source.host.observations().empty());
  }
  SECTION("the scan came first") {
    CHECK(source.look().found == 1);
    REQUIRE(source.host.observations().size() == 2);
    CHECK(source.host.observations()[0].session == "pending-8");
    source.host.publish(ATM_EVENT_ACTIVITY, "pending-8", bound(8), 1);
    source.host.processes().add(node(9, 8, program));
    CHECK(source.look().found == 1);
    CHECK(source.host.observations().size() == 2);
    source.host.publish(ATM_EVENT_ACTIVITY, "real", bound(9), 2);
    CHECK(source.look().found == 1);
    const auto observed = source.host.observations();
    REQUIRE(observed.size() == 3);
    CHECK(observed[2].type == "session.ended");
    CHECK(observed[2].session == "pending-8");
    CHECK(observed[2].attrs.at("pid") == OwnedValue(std::int64_t{8}));
  }
}

TEST_CASE(
    "STATE-I4: a new session ends a pending one that stands for it, without waiting for the next period",
    "[processes]") {
  Looking source(R"({"discover_seconds":86400})");
  FakeProcess parent = claude(8);
  FakeProcess child = claude(9);
  child.ppid = 8;
  source.host.processes().add(parent);
  source.start();
  REQUIRE(source.says(2));
  source.host.publish(ATM_EVENT_ACTIVITY, "pending-8", bound(8), 1);
  source.host.processes().add(child);
  source.host.publish(ATM_EVENT_ACTIVITY, "real", bound(9), 2);
  REQUIRE(source.says(3));
  CHECK(source.host.observations()[2].type == "session.ended");
  CHECK(source.host.observations()[2].session == "pending-8");
}

TEST_CASE("STATE-I15: a process that shows the session of a shared server has no session of its own",
          "[processes]") {
  constexpr const char* kDirectory = "/home/u/.codex/packages/app-server-daemon/bin";
  FakeProcess terminal = claude(7);
  terminal.comm = "codex";
  terminal.exe = "/opt/codex";
  terminal.arguments = {"codex"};
  FakeProcess server = claude(8);
  server.comm = "codex";
  server.exe = std::string(kDirectory) + "/codex";
  server.tty.clear();
  server.arguments = {server.exe, "app-server", "--listen", "unix://"};
  Looking source;
  source.host.processes().add(terminal);
  source.host.processes().add(server);
  source.start();
  CHECK(source.look().found == 1);
  REQUIRE(source.host.observations().size() == 2);
  source.host.publish(ATM_EVENT_ACTIVITY, "pending-7", bound(7), 1);

  const std::string thread =
      R"({"id":"t1","agent":"codex","status":{"status":"idle"},"working_directory":"/srv/7","process":{"pid":8,"start_ticks":80}})";
  source.host.set_session("t1", thread);
  source.host.publish(ATM_EVENT_ACTIVITY, "t1", bound(8), 2);
  CHECK(source.look().found == 1);
  auto observed = source.host.observations();
  REQUIRE(observed.size() == 5);
  CHECK(observed[2].session == "t1");
  CHECK(observed[2].type == "process.bound");
  CHECK(observed[2].attrs.at("role") == OwnedValue(std::string("server")));
  CHECK(observed[2].attrs.at("pid") == OwnedValue(std::int64_t{8}));
  CHECK(observed[3].session == "t1");
  CHECK(observed[3].attrs.at("role") == OwnedValue(std::string("ui")));
  CHECK(observed[3].attrs.at("pid") == OwnedValue(std::int64_t{7}));
  CHECK(observed[3].attrs.at("tty") == OwnedValue(std::string("/dev/pts/7")));
  CHECK(observed[3].attrs.at("tmux.pane") == OwnedValue(std::string("%4")));
  CHECK(observed[4].session == "pending-7");
  CHECK(observed[4].type == "session.ended");

  // The registry publishes both bindings.
  source.host.publish(ATM_EVENT_ACTIVITY, "t1",
                      R"({"type":"process.bound","attrs":{"pid":7,"start_ticks":70,"role":"ui"}})", 3);
  source.host.publish(ATM_EVENT_SESSION_REMOVED, "pending-7", "{}", 4);
  CHECK(source.look().found == 1);
  CHECK(source.host.observations().size() == 5);
  source.host.processes().end(7, 70);
  CHECK(source.look().found == 0);
  observed = source.host.observations();
  REQUIRE(observed.size() == 6);
  CHECK(observed[5].session == "t1");
  CHECK(observed[5].attrs.at("role") == OwnedValue(std::string("ui")));
  CHECK(observed[5].attrs.count("tty") == 0);
}

TEST_CASE("a young agent gets time to report its session itself", "[processes]") {
  Looking source;
  FakeProcess young = claude(7);
  young.age_ns = 1'000'000'000;
  source.host.processes().add(young);
  source.start();
  CHECK(source.look().found == 1);
  CHECK(source.host.observations().empty());
}

TEST_CASE("an observation that the registry refuses for now is emitted at the next scan", "[processes]") {
  Looking source;
  source.host.processes().add(claude(7));
  source.host.set_ingest_status(atm::Status::kBusy);
  source.start();
  CHECK(source.look().found == 1);
  source.host.set_ingest_status(atm::Status::kOk);
  CHECK(source.look().found == 1);
  CHECK(source.host.observations().size() == 2);
}

TEST_CASE("the first scan follows soon after the start without a request", "[processes]") {
  Looking source(R"({"agents":[{"program":"claude","agent":"mine"}]})");
  source.host.processes().add(claude(7));
  source.start();
  REQUIRE(source.says(2));
  CHECK(source.host.observations()[0].agent == "mine");
}
