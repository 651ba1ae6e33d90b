// SPDX-License-Identifier: MIT
#include "process_source.hpp"

#include <atm/testing.hpp>
#include <chrono>
#include <functional>
#include <thread>

#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::testing::OwnedObservation;

bool comes_true(const std::function<bool()>& is) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string in_process(std::int64_t pid, std::uint64_t start_ticks) {
  return R"({"status":{"status":"idle"},"process":{"pid":)" + std::to_string(pid) + R"(,"start_ticks":)" +
         std::to_string(start_ticks) + R"(,"host":")" + processes::host_name() + R"("}})";
}

std::string bound(std::int64_t pid, std::uint64_t start_ticks,
                  const std::string& host = processes::host_name()) {
  return R"({"type":"process.bound","attrs":{"pid":)" + std::to_string(pid) + R"(,"start_ticks":)" +
         std::to_string(start_ticks) + R"(,"host":")" + host + R"("}})";
}

struct Started {
  Started() { host.processes().add({7, 70}); }
  ~Started() {
    if (is_running) stop();
  }

  void start() {
    atm::ErrorBuffer error;
    REQUIRE(table.start(plugin.get(), error.c()) == ATM_OK);
    is_running = true;
  }
  void stop() {
    is_running = false;
    CHECK(table.stop(plugin.get(), 1000) == ATM_OK);
  }
  void bind(const std::string& session, const std::string& json) {
    host.publish(ATM_EVENT_ACTIVITY, session, json, ++seq);
  }
  [[nodiscard]] bool watches(std::size_t count) {
    return comes_true([&] { return host.processes().watch_count() == count; });
  }
  [[nodiscard]] std::vector<OwnedObservation> exits(std::size_t count) {
    CHECK(comes_true([&] { return host.observations().size() >= count; }));
    return host.observations();
  }
  /// Whether all published events are processed: a session published after them is watched.
  [[nodiscard]] bool is_settled() {
    const std::int64_t pid = 1000 + static_cast<std::int64_t>(++seq);
    host.processes().add({pid, 1});
    bind("marker" + std::to_string(pid), bound(pid, 1));
    return comes_true([&] { return host.processes().is_watched(pid); });
  }

  atm::testing::FakeHost host;
  atm::testing::PluginInstance plugin{atm_plugin_v1, host};
  const atm_source& table = plugin.table<atm_source>(ATM_IFACE_SOURCE);
  std::uint64_t seq = 0;
  bool is_running = false;
};

}  // namespace

TEST_CASE("the exit of a process is reported once for each of its sessions", "[processes]") {
  Started source;
  source.host.set_session("a", in_process(7, 70));
  source.start();
  source.bind("b", bound(7, 70));
  REQUIRE(source.is_settled());
  CHECK(source.host.processes().watch_count() == 2);  // one for both sessions, and the marker's
  source.host.processes().end(7, 70);
  const auto exits = source.exits(2);
  REQUIRE(exits.size() == 2);
  CHECK(exits[0].session == "a");
  CHECK(exits[1].session == "b");
  for (const OwnedObservation& exit : exits) {
    CHECK(exit.type == "process.exited");
    CHECK(exit.origin == "processes");
    CHECK(exit.attrs.at("pid") == atm::testing::OwnedValue(std::int64_t{7}));
    CHECK(exit.attrs.at("start_ticks") == atm::testing::OwnedValue(std::int64_t{70}));
  }
}

TEST_CASE("a reused PID is reported at once", "[processes]") {
  Started source;
  source.start();
  source.bind("a", bound(7, 71));
  CHECK(source.exits(1).at(0).session == "a");
}

TEST_CASE("each process that a session was bound to is watched until it ends", "[processes]") {
  Started source;
  source.host.processes().add({8, 80});
  source.host.set_session("a", in_process(7, 70));
  source.start();
  REQUIRE(source.watches(1));
  source.bind("a", bound(8, 80));
  REQUIRE(source.is_settled());
  source.host.processes().end(7, 70);
  source.host.processes().end(8, 80);
  const auto exits = source.exits(2);
  REQUIRE(exits.size() == 2);
  CHECK(exits[0].attrs.at("pid") == atm::testing::OwnedValue(std::int64_t{7}));
  CHECK(exits[1].attrs.at("pid") == atm::testing::OwnedValue(std::int64_t{8}));
}

TEST_CASE("a process is no longer watched after its last session", "[processes]") {
  Started source;
  source.host.set_session("a", in_process(7, 70));
  source.start();
  REQUIRE(source.watches(1));
  SECTION("removed") {
    source.host.publish(ATM_EVENT_SESSION_REMOVED, "a", "", 1);
  }
  SECTION("not in the snapshot that follows a gap") {
    source.host.publish(ATM_EVENT_GAP, "", "", 0);
    source.host.publish(ATM_EVENT_SNAPSHOT_BEGIN, "", "", 1);
    source.host.publish(ATM_EVENT_SNAPSHOT_END, "", "", 1);
  }
  CHECK(source.watches(0));
}

TEST_CASE("a process of another host is not watched", "[processes]") {
  Started source;
  source.start();
  source.bind("a", bound(9, 90, "another-host.invalid"));
  REQUIRE(source.is_settled());
  CHECK(source.host.observations().empty());
}

TEST_CASE("the terminal of a process is reported once for each of its sessions", "[processes][terminal]") {
  Started source;
  atm::testing::FakeProcess process{8, 80};
  process.environment = {{"STY", "42.work"}, {"WINDOW", "3"}, {"API_KEY", "secret"}};
  source.host.processes().add(process);
  source.host.set_session("a", in_process(8, 80));
  source.host.set_session("b", in_process(7, 70));
  source.start();
  source.bind("a", bound(8, 80));
  source.bind("c", bound(8, 80));
  source.bind("c", bound(8, 80));
  REQUIRE(source.is_settled());
  REQUIRE(comes_true([&] { return source.host.observations().size() >= 2; }));
  const auto said = source.host.observations();
  REQUIRE(said.size() == 2);
  CHECK(said[0].session == "a");
  CHECK(said[1].session == "c");
  for (const OwnedObservation& one : said) {
    CHECK(one.type == "process.bound");
    CHECK(one.origin == "processes");
    CHECK(one.attrs.size() == 5);
    CHECK(one.attrs.at("pid") == atm::testing::OwnedValue(std::int64_t{8}));
    CHECK(one.attrs.at("start_ticks") == atm::testing::OwnedValue(std::int64_t{80}));
    CHECK(one.attrs.at("terminal.program") == atm::testing::OwnedValue(std::string("screen")));
    CHECK(one.attrs.at("terminal.pane") == atm::testing::OwnedValue(std::string("3")));
    CHECK(one.attrs.at("terminal.socket") == atm::testing::OwnedValue(std::string("42.work")));
  }
}

TEST_CASE("a terminal that the registry cannot take now is reported later", "[processes][terminal]") {
  Started source;
  atm::testing::FakeProcess process{8, 80};
  process.environment = {{"KITTY_WINDOW_ID", "3"}};
  source.host.processes().add(process);
  source.host.set_session("a", in_process(8, 80));
  source.host.set_ingest_status(atm::Status::kBusy);
  source.start();
  REQUIRE(source.watches(1));
  source.host.set_ingest_status(atm::Status::kOk);
  CHECK(comes_true([&] { return source.host.observations().size() == 1; }));
}

TEST_CASE("a call that the host refuses for now is retried", "[processes]") {
  Started source;
  SECTION("an observation") {
    source.host.set_session("a", in_process(7, 70));
    source.host.set_ingest_status(atm::Status::kBusy);
    source.start();
    REQUIRE(source.watches(1));
    source.host.processes().end(7, 70);
    source.host.set_ingest_status(atm::Status::kOk);
    CHECK(source.exits(1).size() == 1);
  }
  SECTION("a watch") {
    source.host.processes().set_max_watches(0);
    source.host.set_session("a", in_process(7, 70));
    source.start();
    REQUIRE(comes_true([&] { return source.host.metrics().count("watches_refused") == 1; }));
    source.host.processes().set_max_watches(1);
    CHECK(source.watches(1));
  }
}

TEST_CASE("after stop nothing of the source is left at the host", "[processes]") {
  Started source;
  source.host.set_session("a", in_process(7, 70));
  source.start();
  REQUIRE(source.watches(1));
  source.stop();
  CHECK(source.host.processes().watch_count() == 0);
  CHECK(source.host.subscription_count() == 0);
  source.host.processes().end(7, 70);
  CHECK(source.host.observations().empty());
}
