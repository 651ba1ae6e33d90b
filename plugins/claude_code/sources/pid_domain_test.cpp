// SPDX-License-Identifier: MIT
// Agent processes in other PID namespaces (STATE-I10, STATE-I11), and questions before the session starts (STATE-I12).
#include <unistd.h>

#include <atm/testing.hpp>

#include "sources/pid_domain.hpp"
#include "sources/sources_fixture.hpp"
#include "sources/startup_question.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace claude_code;
using atm::testing::OwnedValue;

namespace {

constexpr std::uint64_t kElsewhere = 4026539999;

std::string in_domain(const std::string& machine, std::uint64_t pid_ns, std::int64_t pid,
                      std::uint64_t start_ticks) {
  std::string text = entry(pid, start_ticks);
  text.pop_back();
  return text + R"(,"pidDomain":"linux:)" + machine + ":pid:[" + std::to_string(pid_ns) + R"(]"})";
}

std::string changed_at(std::int64_t ms, std::int64_t pid, std::uint64_t start_ticks) {
  std::string text = entry(pid, start_ticks);
  text.pop_back();
  return text + R"(,"updatedAt":)" + std::to_string(ms) + "}";
}

}  // namespace

TEST_CASE("a PID domain is a machine and a namespace", "[claude_code][sources]") {
  CHECK(PidDomain::parse("linux:0f:pid:[4026531836]") == PidDomain{"0f", 4026531836});
  CHECK(PidDomain::parse("linux::pid:[1]") == PidDomain{"", 1});
  for (const char* text : {"", "linux", "linux:", "linux:0f:", "linux:0f:pid:[]", "linux:0f:pid:[0]",
                           "linux:0f:pid:[1", "linux:0f:pid:[x]", "linux:pid:[1]", "darwin:0f:pid:[1]",
                           "linux:0f:pid:[1]x", "linux:0f:pid:[99999999999999999999]"})
    CHECK_FALSE(PidDomain::parse(text));
  CHECK(PidDomain::own().pid_ns != 0);
}

TEST_CASE("STATE-I10: the session file of another PID namespace is ingested with that namespace",
          "[claude_code][sources][STATE-I10]") {
  RunningSource source;
  source.start_watching();
  const std::string content = in_domain("another", kElsewhere, 9, 90);
  SECTION("the process cannot be seen from here") {
    REQUIRE(source.tell("9.json", content) == ATM_OK);
    REQUIRE(source.host.records().size() == 1);
    CHECK(source.host.records()[0].context.count("tty") == 0);
    CHECK(source.host.records()[0].context.count("boot_id") == 0);
  }
  SECTION("the process runs in a namespace below ours") {
    source.host.processes().add(
        {5000, 90, "claude", "", "", "/dev/pts/9", 1, 0, {{"TMUX", "/t/s,1,0"}}, {}, kElsewhere, 9});
    REQUIRE(source.tell("9.json", content) == ATM_OK);
    REQUIRE(source.host.records().size() == 1);
    CHECK(source.host.records()[0].context.at("tty") == OwnedValue("/dev/pts/9"));
    CHECK(source.host.records()[0].context.at("tmux.socket") == OwnedValue("/t/s"));
  }
  const auto context = source.host.records()[0].context;
  CHECK(context.at("pid") == OwnedValue(std::int64_t{9}));
  CHECK(context.at("start_ticks") == OwnedValue(std::int64_t{90}));
  CHECK(context.at("pid_ns") == OwnedValue(static_cast<std::int64_t>(kElsewhere)));
  REQUIRE(source.tell("9.json", std::nullopt) == ATM_OK);
  REQUIRE(source.host.records().size() == 2);
  CHECK(source.host.records()[1].context.at("event") == OwnedValue("gone"));
  CHECK(source.host.records()[1].context.at("pid_ns") == OwnedValue(static_cast<std::int64_t>(kElsewhere)));
}

TEST_CASE("STATE-I9: in a namespace that shows all others, a session file without its process is no evidence",
          "[claude_code][sources][STATE-I9]") {
  RunningSource source;
  source.start_watching();
  const PidDomain own = PidDomain::own();
  REQUIRE(source.tell("9.json", in_domain(own.machine, own.pid_ns, 9, 90)) == ATM_OK);
  CHECK(source.host.records().empty());
  REQUIRE(source.tell("10.json", in_domain(own.machine, kElsewhere, 10, 90)) == ATM_OK);
  CHECK(source.host.records().empty() == (own.pid_ns == PidDomain::kInitialNamespace));
}

TEST_CASE("STATE-I10: a session file without a domain is foreign while it is young, later a leftover",
          "[claude_code][sources][STATE-I10]") {
  RunningSource source;
  source.start_watching();
  source.host.advance(3'600'000'000'000);
  const std::int64_t now_ms = atm::Host(source.host.c()).wall_ns() / 1'000'000;
  REQUIRE(source.tell("9.json", changed_at(now_ms - 601'000, 9, 90)) == ATM_OK);
  CHECK(source.host.records().empty());
  REQUIRE(source.tell("9.json", changed_at(now_ms - 1000, 9, 90)) == ATM_OK);
  REQUIRE(source.host.records().size() == 1);
  CHECK(source.host.records()[0].context.at("pid_ns") == OwnedValue(std::int64_t{0}));
}

TEST_CASE("STATE-I11: each scan repeats the session file of an invisible process",
          "[claude_code][sources][STATE-I11]") {
  RunningSource source;
  source.start_watching();
  REQUIRE(source.tell("9.json", in_domain("another", kElsewhere, 9, 90)) == ATM_OK);
  REQUIRE(source.tell("7.json", entry(7, 70)) == ATM_OK);
  const auto told = [&] {
    const auto records = source.host.records();
    return std::count_if(records.begin(), records.end(), [](const auto& one) {
      return one.context.at("pid") == OwnedValue(std::int64_t{9});
    });
  };
  const auto before = told();
  source.host.advance(30'000'000'000);
  CHECK(comes_true([&] { return told() > before; }));
  REQUIRE(source.tell("9.json", std::nullopt) == ATM_OK);
  const auto after = told();
  static_cast<void>(source.discover());
  CHECK(told() == after);
}

TEST_CASE("STATE-I12: an agent process starts a session unless its arguments prevent it",
          "[claude_code][sources][STATE-I12]") {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"claude"},
                             {"claude", "--model", "opus"},
                             {"claude", "fix it"},
                             {"/my dir/claude", "-c"},
                             {"node", "/usr/bin/claude", "--continue"},
                             {"claude", "--settings", "{}", "--verbose"}})
    CHECK(begins_session(words));
  for (const Words& words : {Words{},
                             {"claude", "mcp", "serve"},
                             {"claude", "-p", "x"},
                             {"claude", "--print", "x"},
                             {"claude", "-r"},
                             {"claude", "--resume"},
                             {"claude", "--resume=x"},
                             {"claude", "--from-pr", "7"},
                             {"claude", "--version"},
                             {"claude", "-cp"},
                             {"node", "/usr/bin/claude", "doctor"},
                             {"claude bg-spare"},
                             {"/usr/bin/claude", "--bg-spare", "/t"}})
    CHECK_FALSE(begins_session(words));
}

TEST_CASE("STATE-I12: an agent process with a terminal and no session file waits at a question",
          "[claude_code][sources][STATE-I12]") {
  const atm::test::TempDir dir;
  const std::string root = dir.path().string();
  constexpr std::int64_t kOld = 11'000'000'000;
  const std::map<std::string, std::string, std::less<>> directory{{"CLAUDE_CONFIG_DIR", root}};
  RunningSource source(R"({"config_dirs":[")" + root + R"("]})");
  const auto add = [&](std::int64_t pid, const std::string& tty, std::int64_t age_ns,
                       std::vector<std::string> words) {
    source.host.processes().add({pid, 80, "claude", "", "", tty, 1, age_ns, directory, std::move(words)});
  };
  dir.file("sessions/81.json", "torn");
  add(80, "/dev/pts/4", kOld, {"claude"});
  add(81, "/dev/pts/4", kOld, {"claude"});                  // has an entry, readable or not
  add(82, "", kOld, {"claude"});                            // nobody sits before it
  add(83, "/dev/pts/4", kOld, {"claude", "-r"});            // lets the user choose
  add(84, "/dev/pts/4", kOld - 2'000'000'000, {"claude"});  // may still be starting
  source.start_watching();
  const auto questions = [&] {
    auto told = source.host.observations();
    told.erase(std::remove_if(told.begin(), told.end(),
                              [](const auto& one) { return one.type != "state.reported"; }),
               told.end());
    return told;
  };
  REQUIRE(comes_true([&] { return !questions().empty(); }));
  static_cast<void>(source.discover());
  const auto told = questions();
  REQUIRE(told.size() >= 2);
  for (const auto& one : told) {
    CHECK(one.session == "pending-80");
    CHECK(one.origin == "claude_code/startup");
    CHECK(one.attrs.at("state") == OwnedValue("waiting"));
    CHECK(one.attrs.at("reason") == OwnedValue("startup"));
    CHECK(one.time_ns == told[0].time_ns);  // the same level again changes nothing (STATE-E4)
  }
}

TEST_CASE("STATE-I12: if no agent process writes session files, a missing one proves nothing",
          "[claude_code][sources][STATE-I12]") {
  const atm::test::TempDir dir;
  const std::string root = dir.path().string();
  RunningSource source(R"({"config_dirs":[")" + root + R"("]})");
  source.host.processes().add(
      {80, 80, "claude", "", "", "/dev/pts/4", 1, 11'000'000'000, {{"CLAUDE_CONFIG_DIR", root}}, {"claude"}});
  source.start_watching();
  static_cast<void>(source.discover());
  CHECK(source.host.observations().empty());
}
