// SPDX-License-Identifier: MIT
// The commands that show an earlier time, on the history of the real daemon.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

namespace atm::test {
TEST_CASE("list, show and explain print the sessions of an earlier time", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string then = now_text();
  const std::string list = atm.out({"list", "--json"});
  const std::string show = atm.out({"show", "done", "--json"});
  const std::string explain = atm.out({"explain", "asks", "--json"});
  {
    Wire client(daemon);
    client.greet();
    client.send(hook("asks", "PostToolUse", R"("tool_name":"Bash","tool_use_id":"t1","prompt_id":"p1")"));
    client.send(hook("done", "SessionEnd", R"("reason":"exit")"));
    client.send(hook("late", "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  REQUIRE(is_durable(daemon));
  REQUIRE(atm.out({"list", "--json"}) != list);
  CHECK(atm.out({"list", "--at", then, "--json"}) == list);
  REQUIRE(daemon.process().stop() == 0);
  CHECK(atm.out({"list", "--at", then, "--json"}) == list);
  CHECK(atm.out({"show", "done", "--at", then, "--json"}) == show);
  CHECK(atm.out({"explain", "asks", "--at", then, "--json"}) == explain);
  CHECK(contains(atm.out({"list", "--at", then}), "Bash"));
  CHECK(contains(atm.run({"show", "late", "--at", then})->err(), "no session has an id"));

  const std::string changes = atm.out({"replay", "--since", then});
  CHECK(contains(changes, "late"));
  CHECK(contains(changes, "ended"));
  const std::string messages = atm.out({"replay", "--since", then, "--json"});
  CHECK(messages.find(R"({"type":"sessions")") == 0);
  CHECK(contains(messages, R"("type":"session_registered")"));
  CHECK(contains(atm.out({"watch", "--at", then, "--json", "--count", "2"}), R"("type":"session_updated")"));
}

TEST_CASE("a time that the history does not contain is refused with the reason", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  const auto refusal = [&atm](const std::string& at) {
    const auto program = atm.run({"list", "--at", at});
    CHECK(program->wait() == 1);
    CHECK(program->out().empty());
    return program->err();
  };
  const std::string first = now_text();
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop() == 0);
  const std::string stopped = now_text();
  daemon.restart();
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  const std::string killed = now_text();
  daemon.restart();
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);

  CHECK(contains(refusal("2020-01-01T00:00:00Z"), "and the history begins at "));
  CHECK(contains(refusal(stopped), "(no daemon ran), expected a time outside of it"));
  // The time of the kill is unknown: the answer is the state at the last input.
  const auto unsure = atm.run({"list", "--at", killed, "--json"});
  CHECK(unsure->wait() == 0);
  CHECK(contains(unsure->out(), "asks"));
  CHECK(contains(unsure->err(), "atm: the daemon was killed at an unknown time between "));
  CHECK(contains(unsure->err(), ": these are the sessions at "));
  CHECK(contains(refusal(now_text()), "(no daemon ran)"));
  CHECK(contains(refusal("2100-01-01T00:00:00Z"), "in the future, expected a time before now"));
  CHECK(contains(refusal("tomorrow"), "time is 'tomorrow', expected"));
  const std::string changes = atm.out({"replay", "--since", first});
  CHECK(contains(changes, "  gap: no daemon ran\n"));
  CHECK(contains(changes, ": the daemon was killed, and did not run until its next start\n"));
  CHECK(contains(changes, "asks"));
  CHECK(contains(atm.run({"replay", "--since", "-1m", "--until", "-2m"})->err(),
                 "expected a time after --since"));

  REQUIRE(std::filesystem::remove(daemon.home().dir().path() / "state/atm/history.db"));
  CHECK(contains(refusal(first), "history.db does not exist, expected the history of a daemon; start atmd"));
}

TEST_CASE("an export is played like the history that it comes from", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  const TempDir& dir = daemon.home().dir();
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop() == 0);
  const auto earlier = atm.run({"replay", "--since", "-1d"});
  CHECK(contains(earlier->err(), "atm: the history begins at "));
  const std::string played = earlier->out();
  REQUIRE(contains(played, "asks"));
  const auto file = dir.file("export.jsonl", atm.out({"history", "export", "--since", "-1d"})).string();
  // Not the lines of the end of the daemon.
  const std::string again = atm.out({"replay", file});
  CHECK(contains(again, "needs you"));
  CHECK(played.starts_with(again));
  const auto run = [](std::vector<std::string> command) {
    auto program =
        std::make_unique<Program>(command, std::vector<std::string>{"TZ=UTC", "HOME=/nonexistent"});
    program->wait();
    return program;
  };
  CHECK(run({ATM_TEST_REPLAY, "--speed", "1000", file})->out() == again);
  const auto scenario = run({ATM_TEST_GAUNTLET, "play", file});
  CHECK(scenario->wait() == 0);
  CHECK(contains(scenario->out(), "asks: waiting_for_permission"));
  CHECK(contains(scenario->out(), "done: idle, certain, finished"));

  const std::string redacted = atm.out({"history", "export", "--since", "-1d", "--redact"});
  CHECK_FALSE(contains(redacted, "asks"));
  CHECK_FALSE(contains(redacted, dir.path().string()));
  const auto other = dir.file("redacted.jsonl", redacted).string();
  CHECK(contains(atm.out({"replay", other}), "s-1"));
  CHECK(run({ATM_TEST_GAUNTLET, "play", other})->wait() == 0);
  CHECK(contains(atm.run({"replay", dir.file("other", "{}").string()})->err(),
                 ":1: this is no export of a history, expected the output of atm history export"));
}

TEST_CASE("every command about the past reads the directory of the history from the configuration",
          "[history]") {
  const TempDir elsewhere;
  const std::string table = std::string(kWithHistory) + "directory = \"" + elsewhere.path("history") + "\"\n";
  const ServedDaemon daemon(table);
  const Programs atm(daemon);
  const auto home = daemon.home().dir().path();
  std::filesystem::create_directories(home / ".config/atm");
  std::ofstream(home / ".config/atm/atm.toml", std::ios::binary) << table;
  const std::string first = now_text();
  work(daemon);
  REQUIRE(is_durable(daemon));
  CHECK_FALSE(std::filesystem::exists(home / "state/atm/history.db"));
  const std::string then = now_text();
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"list", "--at", then},
                                             {"show", "asks", "--at", then},
                                             {"explain", "asks", "--at", then},
                                             {"watch", "--at", then, "--json", "--count", "1"},
                                             {"replay", "--since", first},
                                             {"history"},
                                             {"history", "at", then},
                                             {"history", "timeline"},
                                             {"history", "export"},
                                             {"history", "sql", "SELECT id FROM session"}}) {
    INFO(words.front() << ' ' << words.back());
    CHECK(contains(atm.out(words), "asks"));
  }
  CHECK(atm.run({"history", "verify"})->wait() == 0);
  // `:at` of the dashboard runs this.
  const auto steered =
      atm.run({"replay", "--steered"}, "at " + then + "\nbefore " + then + "\nat tomorrow\n");
  CHECK(steered->wait() == 0);
  CHECK(steered->err().empty());
  const std::string out = steered->out();
  CHECK(out.starts_with(R"({"type":"ok")"));
  CHECK(contains(out, R"("id":"asks")"));
  CHECK(contains(out, "the order is 'at tomorrow', expected at or before, and a time such as"));
}

}  // namespace atm::test
