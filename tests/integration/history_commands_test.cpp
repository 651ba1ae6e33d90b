// SPDX-License-Identifier: MIT
// atm history on the history of the real daemon.
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
