// SPDX-License-Identifier: MIT
#include "daemon_checks.hpp"

#include "findings_test_support.hpp"
#include "session_checks.hpp"
#include "session_samples.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli::doctor {
namespace {

using test::TempDir;

/// The findings of a check for given answers of a daemon.
Findings found_by(void (*check)(const DaemonView&, Findings&), std::string_view stats,
                  std::string_view plugins = "[]") {
  DaemonView daemon;
  daemon.tell(stats, plugins);
  Findings out;
  check(daemon, out);
  return out;
}

TEST_CASE("a failed plugin is an error with its remedy, a paused one a warning", "[doctor]") {
  Findings out = found_by(check_plugins, "{}", R"([{"id":"a","status":"loaded","paused":false},
                        {"id":"b","status":"failed","error":{"message":"wants ABI 2","remedy":"update it"}},
                        {"id":"c","status":"loaded","pause":{"reason":"5 calls in a row were slow","until":"2026-01-02T03:04:05Z"}},
                        {"id":"d","status":"disabled"}])");
  REQUIRE(out.size() == 2);
  CHECK(has(out, "b is failed: wants ABI 2 → update it"));
  CHECK(has(out, "c is paused until 2026-01-02T03:04:05Z: 5 calls in a row were slow"));
  out = found_by(check_plugins, "{}", R"([{"id":"a","status":"loaded"},{"id":"d","status":"disabled"}])");
  REQUIRE(out.size() == 1);
  CHECK(out[0].found == "1 plugin loaded; disabled: d");
}

TEST_CASE("a hanging call is an error, all replaced libraries one warning, and both recommend a restart",
          "[doctor]") {
  const Findings out =
      found_by(check_plugins, "{}",
               R"([{"id":"a","status":"loaded","hung":{"call":"parse","ms":7000,"has_returned":false}},
                   {"id":"b","status":"loaded","hung":{"call":"parse","ms":7000,"has_returned":true}},
                   {"id":"c","status":"loaded","replaced":true,"file":"/p/c.so"},
                   {"id":"d","status":"loaded","replaced":true,"file":"/p/d.so"}])");
  REQUIRE(out.size() == 2);
  CHECK(has(out, "a call of a (parse) has not returned for 7 s → restart atmd"));
  CHECK(has(out, "atmd runs older versions of replaced libraries: c, d → restart atmd"));
}

TEST_CASE("requests over HTTP without the token are a warning", "[doctor]") {
  const auto transports = [](std::string_view stats) {
    return found_by(check_transports, stats, R"([{"id":"http","status":"loaded"}])");
  };
  CHECK(worst_of(transports(R"({"plugins":{"http":{"requests":3}}})")) == Severity::kOk);
  CHECK(has(transports(R"({"plugins":{"http":{"unauthorized":3}}})"), "http refused 3 requests"));
}

TEST_CASE("unknown or unreadable input is drift", "[doctor]") {
  const Findings out = found_by(check_drift, R"({"registry":{"unknown_events":{"x\u001b[2J":2}},
                  "ingest":{"unrouted":4,"channels":{"c/hook":{"invalid":1,"malformed":2,"failed":0}}}})");
  CHECK(out.size() == 3);
  CHECK(has(out, "x\uFFFD[2J (2)"));
  CHECK(has(out, "3 records of c/hook could not be read"));
  CHECK(has(out, "4 records on channels without a parser"));
  const Findings well = found_by(
      check_drift,
      R"({"registry":{"unknown_events":{}},"ingest":{"unrouted":0,"channels":{"c":{"invalid":0}}}})");
  CHECK(worst_of(well) == Severity::kOk);
}

TEST_CASE("dropped or refused input is reported with its remedy", "[doctor]") {
  const Findings out = found_by(
      check_losses,
      R"({"registry":{"rejected_full":2,"dead":true},"plugins":{"unix":{"spool_dropped":3,"spool_torn":1}}})");
  CHECK(out.size() == 4);
  CHECK(has(out, "2 new sessions refused: the registry is full → raise limits.sessions"));
  CHECK(has(out, "3 records lost while no daemon ran"));
  CHECK(worst_of(out) == Severity::kError);
}

TEST_CASE("a paused or incomplete history is reported with its remedy", "[doctor]") {
  const auto found = [](const char* stats) {
    DaemonView daemon;
    daemon.tell(stats, "[]");
    Findings out;
    check_history(daemon, kNow, out);
    return out;
  };
  const Findings paused = found(R"({"plugins":{"history":{"inputs_written":5,"paused":1}}})");
  CHECK(has(paused, "the history is paused: its file cannot be written → make room"));
  CHECK(worst_of(paused) == Severity::kError);
  CHECK(has(found(R"({"plugins":{"history":{"inputs_written":5,"inputs_dropped":2}}})"),
            "2 inputs missing in the history → atm history losses"));
  CHECK(has(found(R"({"plugins":{"history":{"inputs_written":5,"bytes":3000000}}})"),
            "the history holds 3 MiB; last write "));
  CHECK(has(found(R"({"plugins":{"history":{"inputs_written":5,"bytes":3000000,"first_ns":1000000000}}})"),
            "the history holds 3 MiB, the oldest input arrived "));
  CHECK(has(found(R"({"plugins":{"history":{"inputs_written":5,"faults":1}}})"),
            "1 fault in history.db → atm history verify names them"));
  CHECK(found(R"({"plugins":{"unix":{}}})").empty());
}

TEST_CASE("stats of another shape are ignored", "[doctor]") {
  for (const char* stats :
       {"{}", "[]", "7", R"({"registry":7,"ingest":[],"plugins":"x"})",
        R"({"registry":{"unknown_events":[1],"rejected_full":-1},"ingest":{"channels":{"c":7}}})"}) {
    DaemonView daemon;
    daemon.tell(stats, stats);
    Findings out;
    check_daemon(daemon, "", out);
    check_plugins(daemon, out);
    check_transports(daemon, out);
    check_drift(daemon, out);
    check_losses(daemon, out);
    check_history(daemon, kNow, out);
    check_clock(daemon, kNow, out);
    check_events(daemon, Environment(), {}, true, out);
    CHECK(worst_of(out) <= Severity::kNote);
  }
}

TEST_CASE("a session with evidence from the future is a finding of the clock check", "[doctor]") {
  DaemonView daemon;
  auto session = sample_session("a", SessionStatus::idle());
  session.domain.last_activity = kNow + std::chrono::seconds(70);
  daemon.tell("{}", "[]", {session});
  Findings out;
  check_clock(daemon, kNow, out);
  CHECK(has(out, "a time 70 s in the future"));
  out.clear();
  check_clock(daemon, kNow + std::chrono::seconds(67), out);
  CHECK(worst_of(out) == Severity::kOk);
}

TEST_CASE("running agents without a session are named", "[doctor]") {
  DaemonView daemon;
  auto session = sample_session("a", SessionStatus::idle());
  session.runtime.pid = 12;
  daemon.tell("{}", "[]", {session});
  Findings out;
  check_agents(daemon, {12, 13}, out);
  CHECK(has(out, "2 Claude Code processes, 1 session shown; not among them: pid 13"));
  out.clear();
  check_agents(daemon, {12}, out);
  CHECK(worst_of(out) == Severity::kOk);
}

TEST_CASE("an agent whose hooks report elsewhere is named, and nothing else of its environment", "[doctor]") {
  using namespace std::string_literals;
  const TempDir proc;
  proc.file("10/environ", "KEY=sk-secret\0ATM_SOCKET=/a\0X=y\0"s);
  proc.file("11/environ", "KEY=sk-secret\0"s);
  Findings out;
  check_agent_sockets(proc.path().string(), {10, 11, 12}, "/a", "", {}, out);
  REQUIRE(out.size() == 1);
  CHECK(has(out, "Claude Code (pid 11) report to the default paths, but this check uses /a"));
  out.clear();
  check_agent_sockets(proc.path().string(), {10, 11, 12}, "", "", {}, out);
  REQUIRE(out.size() == 1);
  CHECK(has(out, "Claude Code (pid 10) report to /a, but this check uses the default paths"));
  CHECK_FALSE(has(out, "secret"));
  CHECK(worst_of(out) == Severity::kWarning);
  out.clear();
  check_agent_sockets(proc.path().string(), {10, 11, 12}, "", "/a", {"/a", "/b"}, out);
  CHECK(out.empty());  // two names of one daemon
}

TEST_CASE("hooks without events are a warning only while an agent runs", "[doctor]") {
  DaemonView daemon;
  daemon.tell(R"({"uptime_ms":90000,"ingest":{"channels":{"claude_code/hook":{"records":0}}}})", "[]");
  Findings out;
  check_events(daemon, Environment(), {12}, true, out);
  REQUIRE(out.size() == 1);
  CHECK(out[0].severity == Severity::kWarning);
  CHECK(has(out, "no hook event since atmd started 1m 30s ago"));
  out.clear();
  check_events(daemon, Environment(), {}, true, out);
  CHECK(worst_of(out) == Severity::kNote);
}

TEST_CASE("a process called claude counts unless another one started it", "[doctor]") {
  const TempDir proc;
  // Fields 3 to 22 of /proc/PID/stat.
  const auto from_state = [](const std::string& state_and_parent) {
    return " " + state_and_parent + " 7 7 0 7 0 1 2 3 4 5 6 7 8 20 0 1 0 99\n";
  };
  proc.file("10/stat", "10 (claude)" + from_state("S 1"));
  proc.file("11/stat", "11 (claude)" + from_state("S 10"));
  proc.file("12/stat", "12 (claude-x)" + from_state("S 1"));
  proc.file("13/stat", "13 (a) b (claude)" + from_state("S 1"));
  proc.file("14/stat", "14 (claude");
  proc.file("15/stat", "");
  proc.file("self/stat", "16 (claude)" + from_state("S 1"));
  proc.directory("17");
  CHECK(claude_processes(proc.path().string()) == std::vector<std::int64_t>{10});
  CHECK(claude_processes("/nowhere").empty());
}

}  // namespace
}  // namespace atm::cli::doctor
