// SPDX-License-Identifier: MIT
// Calls each host service through its C table, as a plugin does.
#include "kernel/plugins/host_services.hpp"

#include <atm/host/agents.h>
#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/files.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/processes.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>
#include <unistd.h>

#include <atm/plugin/values.hpp>
#include <stdexcept>
#include <vector>

#include "kernel_fixture.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm::kernel;
using atm::test::contains;
using atm::test::TempDir;

namespace {

struct FakeReports final : Reports {
  std::string stats_json() const override { return R"({"a":1})"; }
  std::string plugins_json() const override { throw std::runtime_error("no report"); }
  atm_status discover(std::uint64_t& found, std::uint64_t& failed) override {
    found = 3;
    failed = 1;
    return ATM_OK;
  }
};

struct ServicesFixture : test::KernelFixture {
  using KernelFixture::KernelFixture;

  template <class Table>
  const Table& table(const char* id) {
    const void* const found = services.host().query(self(), str_of(id));
    REQUIRE(found != nullptr);
    CHECK(static_cast<const Table*>(found)->size == sizeof(Table));
    return *static_cast<const Table*>(found);
  }
  [[nodiscard]] void* self() const { return services.host().self; }

  FakeReports reports;
  HostServices services{kernel(), reports, "echo"};
  HostServices other{kernel(), reports, "other"};
};

atm_observation started(std::string_view session) {
  return {sizeof(atm_observation),
          0,
          1,
          str_of("session.started"),
          str_of(session),
          str_of("echo"),
          {},
          {},
          nullptr,
          0};
}

atm_status keep_text(void* to, atm_str text) {
  *static_cast<std::string*>(to) = text_of(text);
  return ATM_OK;
}

using Texts = std::vector<std::string>;

atm_text_sink sink_of(Texts& to) {
  return {sizeof(atm_text_sink), 0, &to, [](void* self, atm_str text) -> atm_status {
            static_cast<Texts*>(self)->emplace_back(text_of(text));
            return ATM_OK;
          }};
}

}  // namespace

TEST_CASE("the host has a table for each header of atm/host", "[host_services]") {
  ServicesFixture f;
  f.table<atm_host_agents>(ATM_HOST_AGENTS);
  f.table<atm_host_clock>(ATM_HOST_CLOCK);
  f.table<atm_host_events>(ATM_HOST_EVENTS);
  f.table<atm_host_files>(ATM_HOST_FILES);
  f.table<atm_host_ingest>(ATM_HOST_INGEST);
  f.table<atm_host_log>(ATM_HOST_LOG);
  f.table<atm_host_metrics>(ATM_HOST_METRICS);
  f.table<atm_host_processes>(ATM_HOST_PROCESSES);
  f.table<atm_host_snapshot>(ATM_HOST_SNAPSHOT);
  f.table<atm_host_timer>(ATM_HOST_TIMER);
  for (const char* id : {"", "atm.host.clock", "atm.host.clock/2", "atm.parser/1"})
    CHECK(f.services.host().query(f.self(), str_of(id)) == nullptr);
}

TEST_CASE("the agents service reports the manifests and their problems", "[host_services]") {
  TempDir dir;
  dir.file("one/agent.toml",
           "[agent]\nid = \"one\"\nname = \"One\"\nmanifest = 1\n\n[process]\nprograms = [\"one\"]\n");
  dir.file("two/agent.toml", "[agent]\nid = \"three\"\nname = \"Two\"\nmanifest = 1\n");
  ServicesFixture f({dir.path(), {}});
  const auto& agents = f.table<atm_host_agents>(ATM_HOST_AGENTS);
  Texts list;
  Texts problems;
  const atm_text_sink to_list = sink_of(list);
  const atm_text_sink to_problems = sink_of(problems);
  CHECK(agents.list(f.self(), &to_list) == ATM_OK);
  CHECK(list.empty());
  std::uint64_t revision = 0;
  CHECK(agents.refresh(f.self(), &revision) == ATM_OK);
  CHECK(revision > 0);
  CHECK(agents.list(f.self(), &to_list) == ATM_OK);
  REQUIRE(list.size() == 1);
  CHECK(contains(list[0], R"("One")"));
  CHECK(agents.problems(f.self(), &to_problems) == ATM_OK);
  REQUIRE(problems.size() == 1);
  CHECK(contains(problems[0], "two/agent.toml"));
  CHECK(agents.refresh(f.self(), nullptr) == ATM_E_INVALID);
  CHECK(agents.list(f.self(), nullptr) == ATM_E_INVALID);
  const atm_text_sink full{sizeof full, 0, nullptr, [](void*, atm_str) -> atm_status { return ATM_E_FULL; }};
  CHECK(agents.problems(f.self(), &full) == ATM_E_FULL);
}

TEST_CASE("a plugin ends only its own watches, and close() ends the rest", "[host_services]") {
  ServicesFixture f;
  const auto& files = f.table<atm_host_files>(ATM_HOST_FILES);
  const auto& processes = f.table<atm_host_processes>(ATM_HOST_PROCESSES);
  TempDir dir;
  const std::string log = dir.file("log", "one\n").string();
  Texts lines;
  atm_file_follow follow{};
  follow.size = sizeof follow;
  follow.path = str_of(log);
  follow.context = &lines;
  follow.line = [](void* to, std::uint64_t, const atm_file_line* line) -> atm_status {
    static_cast<Texts*>(to)->emplace_back(text_of(line->text));
    return ATM_OK;
  };
  std::uint64_t file = 0;
  REQUIRE(files.follow(f.self(), &follow, &file) == ATM_OK);
  f.watcher.run_until_idle();
  CHECK(lines == Texts{"one"});
  std::uint64_t process = 0;
  const auto ended = [](void*, std::uint64_t, std::int64_t, std::uint64_t) {};
  REQUIRE(processes.watch(f.self(), ::getpid(), 0, ended, nullptr, &process) == ATM_OK);
  CHECK(files.close(f.other.host().self, file) == ATM_E_NOT_FOUND);
  CHECK(processes.unwatch(f.other.host().self, process) == ATM_E_NOT_FOUND);
  CHECK(processes.unwatch(f.self(), process) == ATM_OK);
  CHECK(f.watcher.stats().processes == 0);
  CHECK(f.watcher.stats().files == 1);
  f.services.close();
  CHECK(f.watcher.stats().files == 0);
}

TEST_CASE("the clock service reads the clock of the kernel", "[host_services]") {
  ServicesFixture f;
  const auto& clock = f.table<atm_host_clock>(ATM_HOST_CLOCK);
  f.clock.advance(500);
  CHECK(clock.wall_ns(f.self()) == 1500);
  CHECK(clock.monotonic_ns(f.self()) == 500);
}

TEST_CASE("a plugin's log line has its id, its level and at most 32 fields", "[host_services]") {
  ServicesFixture f;
  const auto& log = f.table<atm_host_log>(ATM_HOST_LOG);
  std::vector<std::string> keys;
  for (int i = 0; i < 40; ++i) keys.push_back("k" + std::to_string(i));
  std::vector<atm_attr> fields;
  for (const std::string& key : keys) fields.push_back({str_of(key), {ATM_VALUE_INT, 0, {7}}});
  log.write(f.self(), ATM_LOG_WARN, str_of("bad \xFF text"), fields.data(), fields.size());
  log.write(f.self(), ATM_LOG_DEBUG, str_of("hidden"), nullptr, 5);
  const std::string& out = f.logged();
  CHECK(out.substr(0, 3) == "<4>");
  CHECK(contains(out, "plugin=echo"));
  CHECK(contains(out, "k31=7"));
  CHECK_FALSE(contains(out, "k32="));
  CHECK_FALSE(contains(out, "hidden"));
}

TEST_CASE("the ingest service checks an observation and passes it to the registry", "[host_services]") {
  ServicesFixture f;
  const auto& ingest = f.table<atm_host_ingest>(ATM_HOST_INGEST);
  atm::ErrorBuffer error;
  const auto observe = [&](const atm_observation* one, std::uint32_t expect) {
    return ingest.observe(f.self(), one, expect, nullptr, nullptr, error.c());
  };
  CHECK(ingest.record(f.self(), nullptr, error.c()) == ATM_E_INVALID);
  atm_record record{};
  record.size = sizeof record;
  record.channel = str_of("echo/hook");
  CHECK(ingest.record(f.self(), &record, error.c()) == ATM_E_NOT_FOUND);
  CHECK(contains(std::string(error.view()), "no parser for channel 'echo/hook'"));
  CHECK(observe(nullptr, ATM_EXPECT_ANY) == ATM_E_INVALID);
  atm_observation one = started("s1");
  CHECK(observe(&one, ATM_EXPECT_PRESENT + 1) == ATM_E_INVALID);
  one.size = 8;
  CHECK(observe(&one, ATM_EXPECT_ANY) == ATM_E_INVALID);
  one = started("");
  CHECK(observe(&one, ATM_EXPECT_ANY) == ATM_E_INVALID);
  CHECK_FALSE(error.view().empty());
  one = started("s1");
  CHECK(observe(&one, ATM_EXPECT_ANY) == ATM_OK);
  f.registry.run_until_idle();
  CHECK(f.registry.stats().sessions == 1);
}

TEST_CASE("a plugin ends only its own subscriptions, and close() ends the rest", "[host_services]") {
  ServicesFixture f;
  const auto& events = f.table<atm_host_events>(ATM_HOST_EVENTS);
  atm_subscription_options options{};
  options.size = sizeof options;
  options.ready = [](void*, std::uint64_t) {};
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t third = 0;
  atm::ErrorBuffer error;
  options.size = 4;
  CHECK(events.subscribe(f.self(), &options, &first, error.c()) == ATM_E_INVALID);
  options.size = sizeof options;
  REQUIRE(events.subscribe(f.self(), &options, &first, error.c()) == ATM_OK);
  REQUIRE(events.subscribe(f.self(), &options, &second, error.c()) == ATM_OK);
  CHECK(events.subscribe(f.self(), &options, &third, error.c()) == ATM_E_FULL);
  CHECK(contains(std::string(error.view()), "raise limits.subscribers"));
  CHECK(events.drain(f.self(), first, 0, nullptr) == ATM_E_INVALID);
  CHECK(events.unsubscribe(f.other.host().self, first) == ATM_E_NOT_FOUND);
  CHECK(events.unsubscribe(f.self(), first) == ATM_OK);
  CHECK(events.unsubscribe(f.self(), first) == ATM_E_NOT_FOUND);
  CHECK(f.bus.stats().subscribers == 1);
  f.services.close();
  CHECK(f.bus.stats().subscribers == 0);
}

TEST_CASE("a plugin cancels only its own timers, and its exception stays in the call", "[host_services]") {
  ServicesFixture f;
  const auto& timers = f.table<atm_host_timer>(ATM_HOST_TIMER);
  int calls = 0;
  const auto count = [](void* to, std::uint64_t) {
    ++*static_cast<int*>(to);
    throw std::runtime_error("from a plugin");
  };
  std::uint64_t timer = 0;
  CHECK(timers.start(f.self(), 1, 0, nullptr, nullptr, &timer) == ATM_E_INVALID);
  CHECK(timers.start(f.self(), -1, 0, count, &calls, &timer) == ATM_E_INVALID);
  REQUIRE(timers.start(f.self(), 10, 0, count, &calls, &timer) == ATM_OK);
  CHECK(timers.cancel(f.other.host().self, timer) == ATM_E_NOT_FOUND);
  f.clock.advance(10);
  CHECK(f.timers.run_due() == 1);
  CHECK(calls == 1);
  REQUIRE(timers.start(f.self(), 10, 0, count, &calls, &timer) == ATM_OK);
  f.services.close();
  f.clock.advance(10);
  CHECK(f.timers.run_due() == 0);
}

TEST_CASE("metrics belong to the plugin", "[host_services]") {
  ServicesFixture f;
  const auto& metrics = f.table<atm_host_metrics>(ATM_HOST_METRICS);
  CHECK(metrics.add(f.self(), str_of("lines"), 2) == ATM_OK);
  CHECK(metrics.add(f.self(), str_of("lines"), 3) == ATM_OK);
  CHECK(metrics.set(f.self(), str_of("No Name"), 3) == ATM_E_INVALID);
  CHECK(f.services.metrics().values() == Metrics::Values{{"lines", 5}});
  CHECK(f.other.metrics().values().empty());
}

TEST_CASE("the snapshot service answers with the reports of the daemon", "[host_services]") {
  ServicesFixture f;
  const auto& snapshot = f.table<atm_host_snapshot>(ATM_HOST_SNAPSHOT);
  std::string text;
  const atm_text_sink sink{sizeof sink, 0, &text, &keep_text};
  CHECK(snapshot.stats(f.self(), &sink) == ATM_OK);
  CHECK(text == R"({"a":1})");
  CHECK(snapshot.stats(f.self(), nullptr) == ATM_E_INVALID);
  CHECK(snapshot.plugins(f.self(), &sink) == ATM_E_INTERNAL);
  CHECK(snapshot.sessions(f.self(), {}, nullptr, nullptr) == ATM_E_INVALID);
  const auto keep_first = [](void* to, atm_status, std::uint64_t, const atm_str* items, std::uint64_t count) {
    if (count == 1) *static_cast<std::string*>(to) = text_of(items[0]);
  };
  const atm_observation one = started("s1");
  const auto& ingest = f.table<atm_host_ingest>(ATM_HOST_INGEST);
  CHECK(ingest.observe(f.self(), &one, ATM_EXPECT_ANY, nullptr, nullptr, nullptr) == ATM_OK);
  CHECK(snapshot.sessions(f.self(), str_of("s1"), keep_first, &text) == ATM_OK);
  f.registry.run_until_idle();
  CHECK(contains(text, R"("id":"s1")"));
  const atm_str agents[] = {str_of("other"), str_of("echo")};
  text.clear();
  CHECK(snapshot.sessions_of(f.self(), agents, 1, keep_first, &text) == ATM_OK);
  f.registry.run_until_idle();
  CHECK(text.empty());
  CHECK(snapshot.sessions_of(f.self(), agents, 2, keep_first, &text) == ATM_OK);
  f.registry.run_until_idle();
  CHECK(contains(text, R"("id":"s1")"));
  CHECK(snapshot.sessions_of(f.self(), agents, 0, keep_first, &text) == ATM_E_INVALID);
  CHECK(snapshot.sessions_of(f.self(), agents, 1, nullptr, nullptr) == ATM_E_INVALID);
  std::uint64_t found = 0;
  std::uint64_t failed = 0;
  CHECK(snapshot.discover(f.self(), &found, nullptr) == ATM_E_INVALID);
  CHECK(snapshot.discover(f.self(), &found, &failed) == ATM_OK);
  CHECK(found == 3);
  CHECK(failed == 1);
}

TEST_CASE("discover() refuses a call within a callback of the host", "[host_services]") {
  ServicesFixture f;
  struct Call {
    const atm_host_snapshot& snapshot;
    void* self;
    std::vector<atm_status> answers;

    static void discover(void* to) {
      auto& call = *static_cast<Call*>(to);
      std::uint64_t found = 0;
      std::uint64_t failed = 0;
      call.answers.push_back(call.snapshot.discover(call.self, &found, &failed));
    }
  } call{f.table<atm_host_snapshot>(ATM_HOST_SNAPSHOT), f.self(), {}};

  const auto& timers = f.table<atm_host_timer>(ATM_HOST_TIMER);
  const auto on_timer = [](void* to, std::uint64_t) { Call::discover(to); };
  std::uint64_t timer = 0;
  REQUIRE(timers.start(f.self(), 10, 0, on_timer, &call, &timer) == ATM_OK);
  f.clock.advance(10);
  f.timers.run_due();

  const auto& ingest = f.table<atm_host_ingest>(ATM_HOST_INGEST);
  const auto on_done = [](void* to, atm_status) { Call::discover(to); };
  const atm_observation one = started("s1");
  REQUIRE(ingest.observe(f.self(), &one, ATM_EXPECT_ANY, on_done, &call, nullptr) == ATM_OK);
  f.registry.run_until_idle();

  const auto& files = f.table<atm_host_files>(ATM_HOST_FILES);
  TempDir dir;
  const std::string log = dir.file("log", "one\n").string();
  atm_file_follow follow{};
  follow.size = sizeof follow;
  follow.path = str_of(log);
  follow.context = &call;
  follow.line = [](void* to, std::uint64_t, const atm_file_line*) { return Call::discover(to), ATM_OK; };
  std::uint64_t file = 0;
  REQUIRE(files.follow(f.self(), &follow, &file) == ATM_OK);
  f.watcher.run_until_idle();

  CHECK(call.answers == std::vector<atm_status>(3, ATM_E_INVALID));
  Call::discover(&call);
  CHECK(call.answers.back() == ATM_OK);
}
