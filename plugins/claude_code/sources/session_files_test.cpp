// SPDX-License-Identifier: MIT
#include <algorithm>
#include <optional>

#include "sources/config_dirs.hpp"
#include "sources/session_directory.hpp"
#include "sources/sources_fixture.hpp"
#include "support/catch.hpp"

using namespace claude_code;
using atm::Status;
using atm::testing::OwnedValue;

TEST_CASE("the session file of a live process is ingested with its context", "[claude_code][sources]") {
  RunningSource source;
  source.host.processes().add({8,
                               80,
                               "claude",
                               "",
                               "",
                               "/dev/pts/4",
                               1,
                               0,
                               {{"CLAUDE_CONFIG_DIR", "/cfg"}, {"TMUX", "/tmp/tmux-0/default,4711,0"}}});
  source.start_watching();
  CHECK(source.host.files().watched() == std::vector<std::string>{"/cfg/sessions"});
  REQUIRE(source.tell("8.json", entry(8, 80)) == ATM_OK);
  const auto records = source.host.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].channel == "claude_code/session_file");
  CHECK(records[0].payload == entry(8, 80));
  CHECK(records[0].context.at("event") == OwnedValue("changed"));
  CHECK(records[0].context.at("config_dir") == OwnedValue("/cfg"));
  CHECK(records[0].context.at("pid") == OwnedValue(std::int64_t{8}));
  CHECK(records[0].context.at("start_ticks") == OwnedValue(std::int64_t{80}));
  CHECK(records[0].context.at("tty") == OwnedValue("/dev/pts/4"));
  CHECK(records[0].context.at("tmux.socket") == OwnedValue("/tmp/tmux-0/default"));
  CHECK(records[0].context.count("boot_id") == 1);
}

TEST_CASE("the secret beside a session file is never opened", "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  for (const char* name : {"7.c0ffee.key", "7.key", "7.c0ffee.json", ".json", "x.json"})
    CHECK(source.tell(name, entry(7, 70)) == ATM_E_NOT_FOUND);
  CHECK(source.host.records().empty());
}

TEST_CASE("a torn session file is read again at growing intervals until it is complete",
          "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  const std::string whole = entry(7, 70);
  for (const std::string& torn : {std::string(), whole.substr(0, 40), whole + "}", std::string("{}")})
    CHECK(source.tell("7.json", torn) == ATM_OK);
  CHECK(source.host.records().empty());
  std::vector<std::int64_t> delays_ms;
  for (const auto& asked : source.host.files().asked_again()) delays_ms.push_back(asked.delay_ns / 1'000'000);
  CHECK(delays_ms == std::vector<std::int64_t>{20, 40, 80, 160});
  CHECK(source.metric("torn_retries") == 4);

  CHECK(source.tell("7.json", whole) == ATM_OK);
  CHECK(source.host.records().size() == 1);
  CHECK(source.tell("7.json", whole.substr(0, 40)) == ATM_OK);
  CHECK(source.host.files().asked_again().back().delay_ns == SessionDirectory::kFirstRetryNs);
}

TEST_CASE("a session file that stays torn is skipped and counted, and ingested once it is complete",
          "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  for (int i = 0; i <= SessionDirectory::kMaxTries; ++i) CHECK(source.tell("7.json", "{") == ATM_OK);
  CHECK(source.host.files().asked_again().size() == SessionDirectory::kMaxTries);
  CHECK(source.metric("unreadable_files") == 1);
  CHECK(source.discover().failed == 1);
  CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
  CHECK(source.discover().failed == 0);
  CHECK(source.discover().found == 1);
}

TEST_CASE("the session file of an ended or foreign process is no evidence", "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  const auto [name, content] = GENERATE(table<std::string, std::string>({
      {"9.json", entry(9, 90)},  // nobody has that pid
      {"7.json", entry(7, 71)},  // another process has
      {"8.json", entry(7, 70)},  // a copy
  }));
  CHECK(source.tell(name, content) == ATM_OK);
  CHECK(source.tell(name, std::nullopt) == ATM_OK);
  CHECK(source.host.records().empty());
  CHECK(source.metric("dead_files") == 1);
  CHECK(source.host.files().asked_again().empty());
}

TEST_CASE("a removed session file is ingested with its last content", "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  REQUIRE(source.tell("7.json", entry(7, 70)) == ATM_OK);
  REQUIRE(source.tell("7.json", entry(7, 70, "two")) == ATM_OK);
  REQUIRE(source.tell("7.json", std::nullopt) == ATM_OK);
  REQUIRE(source.tell("7.json", std::nullopt) == ATM_OK);
  const auto records = source.host.records();
  REQUIRE(records.size() == 3);
  CHECK(records[2].context.at("event") == OwnedValue("gone"));
  CHECK(records[2].payload == entry(7, 70, "two"));
  CHECK(comes_true([&] { return source.metric("session_files") == 0; }));
}

TEST_CASE("the same content is ingested once", "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  for (int i = 0; i < 3; ++i) CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
  CHECK(source.host.records().size() == 1);
}

TEST_CASE("content that the busy host refuses is ingested again", "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  SECTION("a full mailbox: the files service asks again") {
    source.host.set_ingest_status(Status::kBusy);
    CHECK(source.tell("7.json", entry(7, 70)) == ATM_E_BUSY);
    source.host.set_ingest_status(Status::kOk);
    CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
    source.host.set_ingest_status(Status::kBusy);
    CHECK(source.tell("7.json", std::nullopt) == ATM_E_BUSY);
    source.host.set_ingest_status(Status::kOk);
    CHECK(source.tell("7.json", std::nullopt) == ATM_OK);
    CHECK(source.host.records().size() == 2);
  }
  SECTION("a paused parser: we ask again") {
    source.host.set_ingest_status(Status::kPaused);
    CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
    REQUIRE(source.host.files().asked_again().size() == 1);
    CHECK(source.host.files().asked_again().back().delay_ns == SessionDirectory::kPausedRetryNs);
    source.host.set_ingest_status(Status::kOk);
    CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
    CHECK(source.host.records().size() == 1);
  }
}

TEST_CASE("the session file of an ended process is dropped without a report of the end",
          "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  REQUIRE(source.tell("7.json", entry(7, 70)) == ATM_OK);
  REQUIRE(comes_true([&] { return source.metric("session_files") == 1; }));
  source.host.processes().end(7, 70);
  source.host.advance(30'000'000'000);
  REQUIRE(comes_true([&] { return source.metric("session_files") == 0; }));
  CHECK(source.tell("7.json", std::nullopt) == ATM_OK);
  CHECK(source.host.records().size() == 1);
}

TEST_CASE("the directories of running agent processes are watched while they run", "[claude_code][sources]") {
  RunningSource source;
  source.host.processes().add(
      {8, 80, "claude", "", "", "", 1, 0, {{"CLAUDE_CONFIG_DIR", "/home/dev//cfg/"}}});
  source.host.processes().add({9, 90, "claude", "", "", "", 1, 0, {{"CLAUDE_CONFIG_DIR", "relative"}}});
  source.host.processes().add({10, 100, "vim", "", "", "", 1, 0, {{"CLAUDE_CONFIG_DIR", "/never"}}});
  source.host.processes().add({13, 130, "claude"});
  const std::string default_dir = default_config_dir();
  source.start_watching();
  const auto watches = [&](std::vector<std::string> directories) {
    directories.push_back("/cfg/sessions");
    if (!default_dir.empty()) directories.push_back(default_dir + "/sessions");  // of pid 13
    return comes_true([&] {
      auto watched = source.host.files().watched();
      std::sort(watched.begin(), watched.end());
      std::sort(directories.begin(), directories.end());
      return watched == directories;
    });
  };
  CHECK(watches({"/home/dev/cfg/sessions"}));
  source.host.processes().end(8, 80);
  source.host.processes().add(
      {11, 110, "node", "/opt/bin/claude", "", "", 1, 0, {{"CLAUDE_CONFIG_DIR", "/b"}}});
  source.host.advance(30'000'000'000);
  CHECK(watches({"/b/sessions"}));
  source.host.processes().add({12, 120, "claude", "", "", "", 1, 0, {{"CLAUDE_CONFIG_DIR", "/c"}}});
  CHECK(source.discover().found == 0);
  CHECK(watches({"/b/sessions", "/c/sessions"}));
}

TEST_CASE("transcripts and the search for running agents can be disabled", "[claude_code][sources]") {
  SECTION("transcripts") {
    RunningSource source(R"({"config_dirs":["/cfg"],"transcripts":false})");
    source.start_watching();
    CHECK(source.host.subscription_count() == 0);
    CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
    REQUIRE(comes_true([&] { return source.metric("session_files") == 1; }));
    CHECK(source.followed().empty());
  }
  SECTION("the search for running agents") {
    RunningSource source(R"({"config_dirs":["/cfg"],"discover_seconds":0})");
    source.host.processes().add({8, 80, "claude", "", "", "", 1, 0, {{"CLAUDE_CONFIG_DIR", "/b"}}});
    source.start_watching();
    CHECK(source.tell("7.json", entry(7, 70)) == ATM_OK);
    REQUIRE(comes_true([&] { return source.metric("session_files") == 1; }));
    CHECK(source.watches({"/cfg/sessions"}));
    CHECK(source.host.timer_count() == 0);
    CHECK(source.discover().found == 1);  // asked
    CHECK(source.watches({"/b/sessions", "/cfg/sessions"}));
  }
}

TEST_CASE("on a host without the services only the parser works, and start() states the reason",
          "[claude_code][sources]") {
  RunningSource source;
  source.host.take_away(GENERATE(ATM_HOST_FILES, ATM_HOST_PROCESSES));
  const atm::testing::PluginInstance bare(atm_plugin_v1, source.host, R"({"config_dirs":["/cfg"]})");
  atm::ErrorBuffer error;
  CHECK(bare.table<atm_source>(ATM_IFACE_SOURCE).start(bare.get(), error.c()) == ATM_E_UNSUPPORTED);
  CHECK(error.view().find("update atmd") != std::string_view::npos);
  CHECK(bare.parse({"claude_code/hook", R"({"session_id":"a","hook_event_name":"Stop"})", {}, 1}).status ==
        Status::kOk);
}

TEST_CASE("a directory that is not absolute is refused with a remedy", "[claude_code][sources]") {
  const atm::testing::FakeHost host;
  const auto make = [&] {
    const atm::testing::PluginInstance plugin(atm_plugin_v1, host, R"({"config_dirs":["~/.claude"]})");
  };
  CHECK_THROWS_WITH(make(), Catch::Contains("'~/.claude', expected absolute paths"));
}

TEST_CASE("after stop() no watch, timer or subscription is left at the host", "[claude_code][sources]") {
  RunningSource source;
  source.start_watching();
  REQUIRE(source.tell("7.json", entry(7, 70)) == ATM_OK);
  REQUIRE(source.follows({"/cfg/projects/-home-dev-p/one.jsonl"}));
  source.stop();
  CHECK(source.host.files().watched().empty());
  CHECK(source.host.files().followed().empty());
  CHECK(source.host.subscription_count() == 0);
  CHECK(source.host.timer_count() == 0);
}
