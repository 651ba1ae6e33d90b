// SPDX-License-Identifier: MIT
// atm history on the history of the real daemon.
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <memory>
#include <string>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

/// Runs `atm history` on a directory.
struct HistoryCommand {
  std::string directory;

  std::unique_ptr<Program> operator()(std::vector<std::string> words) const {
    words.insert(words.begin(), {ATM_TEST_ATM, "history", "--directory", directory});
    auto program = std::make_unique<Program>(words, std::vector<std::string>{"TZ=UTC", "HOME=" + directory});
    program->wait();
    return program;
  }
};

}  // namespace

TEST_CASE("atm history answers beside a running daemon and without one", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string directory = (daemon.home().dir().path() / "state/atm").string();
  const HistoryCommand run{directory};
  const auto sessions = run({"sessions", "--json"});
  CHECK(contains(sessions->out(), R"("session":"asks")"));
  CHECK(contains(sessions->out(), R"("cost_usd":1.25)"));
  CHECK(contains(run({"turns"})->out(), "done"));
  CHECK(contains(run({"tools", "--csv"})->out(), "tool,uses,failed"));
  CHECK(contains(run({"timeline", "--since", "-1h"})->out(), "waiting for you"));
  CHECK(contains(run({"sql", "SELECT count(*) AS n FROM session", "--json"})->out(), R"([{"n":2}])"));
  for (const char* statement : {"DELETE FROM session", "ATTACH 'x' AS y", "PRAGMA journal_mode"}) {
    const auto refused = run({"sql", statement});
    CHECK(refused->wait() == 1);
    CHECK(contains(refused->err(), "expected a SELECT"));
  }
  CHECK(run({"sql", "SELECT load_extension('x')"})->wait() == 1);
  for (const char* statement : {"", "SELECT 1; SELECT 2"})
    CHECK(contains(run({"sql", statement})->err(), "no statement or several ones, expected one SELECT"));
  CHECK(contains(run({"sql", "SELECT x"})->err(), "no such column: x, expected a SELECT of the tables"));
  CHECK(contains(run({"verify"})->out(), "no fault"));
  CHECK(run({"backup", directory + "/copy.db"})->wait() == 0);
  CHECK(contains(run({"backup", directory + "/copy.db"})->err(), "exists, expected the name of a new file"));
  const auto early = run({"forget", "--session", "asks"});
  CHECK(early->wait() == 1);
  CHECK(contains(early->err(), "and none answers, expected the one that writes"));
  CHECK(contains(run({"waits", "--since", "tomorrow"})->err(), "time is 'tomorrow', expected"));

  REQUIRE(daemon.process().stop() == 0);
  CHECK(contains(run({"forget", "--session", "asks"})->out(), "forgot "));
  CHECK_FALSE(contains(run({"sessions", "--json"})->out(), "asks"));
  CHECK(contains(run({"losses"})->out(), "atm history forget deleted inputs"));
  CHECK(contains(run({"losses"})->out(), "no daemon runs"));
}

TEST_CASE("an answer without rows states its time and where the history begins", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);
  const HistoryCommand run{(daemon.home().dir().path() / "state/atm").string()};
  const std::string past = run({"turns", "--until", "2020-01-02T08:00:00Z"})->out();
  CHECK(contains(
      past, "nothing from 2019-12-26T08:00:00+00:00 to 2020-01-02T08:00:00+00:00; the history begins at "));
  CHECK(contains(past, ", and atm import adds the turns of earlier transcripts\n"));
  CHECK(contains(run({"at", "2020-01-02T08:00:00Z"})->out(),
                 "no session at 2020-01-02T08:00:00+00:00; the history"));
  CHECK(contains(run({"turns", "--project", "no_such"})->out(), " in a directory with 'no_such'"));
  CHECK(run({"turns", "--json", "--project", "no_such"})->out() == "[]\n");
  CHECK(contains(run({"waits", "--since", "-1m", "--until", "-2m"})->err(),
                 "expected a time before --until, which is"));
  CHECK(contains(run({"waits", "--since", "2100-01-01"})->err(), "expected a time before now"));
}

TEST_CASE("a history of a newer version stays untouched by the daemon and by every command", "[history]") {
  ServedDaemon daemon(kWithHistory);
  REQUIRE(daemon.process().stop() == 0);
  const std::filesystem::path directory = daemon.home().dir().path() / "state/atm";
  const std::filesystem::path file = directory / "history.db";
  std::filesystem::remove(file);
  sqlite::Database(file.string(), sqlite::OpenMode::kCreate).run(content_of(ATM_TEST_KEPT_NEWER));
  const std::string before = content_of(file);
  daemon.restart();
  CHECK(contains(daemon.process().output(),
                 "has version 2, expected at most 1; update atm, or move the file away"));
  work(daemon);
  CHECK(daemon.session("asks").has_value());
  const Programs atm(daemon);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"history"},
                                             {"history", "timeline"},
                                             {"history", "losses"},
                                             {"history", "export"},
                                             {"history", "sql", "SELECT 1"},
                                             {"history", "verify"},
                                             {"history", "reindex"},
                                             {"history", "backup", (directory / "copy").string()},
                                             {"history", "forget", "--before", "now"},
                                             {"import"},
                                             {"list", "--at", now_text()},
                                             {"replay"}}) {
    INFO(words.front() << ' ' << words.back());
    const auto refused = atm.run(words);
    CHECK(refused->wait() == 1);
    CHECK(contains(refused->err(), "has version 2, expected at most 1; update atm"));
  }
  REQUIRE(daemon.process().stop() == 0);
  CHECK(content_of(file) == before);
  for (const char* name : {"history.db-wal", "history.db-shm", "index.db", "copy"})
    CHECK_FALSE(std::filesystem::exists(directory / name));
}

TEST_CASE("a damaged index is made again", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);
  const std::filesystem::path directory = daemon.home().dir().path() / "state/atm";
  const HistoryCommand run{directory.string()};
  const std::string sessions = run({"sessions", "--csv"})->out();
  REQUIRE(contains(sessions, "done"));
  std::ofstream(directory / "index.db", std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
  CHECK(run({"sessions", "--csv"})->out() == sessions);
  std::ofstream(directory / "index.db", std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
  CHECK(contains(run({"reindex"})->out(), "2 sessions, 2 turns"));
}

TEST_CASE("atm history takes a unique beginning or end of a session id", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);
  const std::string directory = (daemon.home().dir().path() / "state/atm").string();
  const HistoryCommand run{directory};
  for (const char* part : {"d", "done", "ne"}) {
    const auto turns = run({"turns", "--session", part, "--json"});
    CHECK(contains(turns->out(), R"("session":"done")"));
    CHECK_FALSE(contains(turns->out(), R"("session":"asks")"));
    CHECK(contains(run({"timeline", "--since", "-1h", "--session", part})->out(), "done"));
    CHECK(contains(run({"export", "--session", part})->out(), "turn.finished"));
  }
  for (const char* command : {"turns", "timeline", "export", "forget"}) {
    const auto unknown = run({command, "--session", "x"});
    CHECK(unknown->wait() == 1);
    CHECK(unknown->err() ==
          "atm: no session has an id that begins or ends with 'x'; see atm history sessions\n");
  }
  CHECK(contains(run({"forget", "--session", "ne"})->out(), "forgot "));
  CHECK_FALSE(contains(run({"sessions", "--json"})->out(), "done"));
  CHECK(contains(run({"sessions", "--json"})->out(), "asks"));
}

}  // namespace atm::test
