// SPDX-License-Identifier: MIT
// atm import beside a real daemon.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

namespace atm::test {

namespace fs = std::filesystem;

TEST_CASE("atm import writes beside a running daemon, which keeps its history", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const fs::path home = daemon.home().dir().path();
  const auto atm = [&home](std::vector<std::string> words) {
    words.insert(words.begin(), ATM_TEST_ATM);
    auto program = std::make_unique<Program>(
        words, std::vector<std::string>{"TZ=UTC", "HOME=" + home.string(),
                                        "CLAUDE_CONFIG_DIR=" + (home / "agent").string(),
                                        "XDG_STATE_HOME=" + (home / "state").string(),
                                        "ATM_SOCKET=" + (home / "run/atm.sock").string()});
    program->wait();
    return program;
  };
  const std::string now = to_rfc3339(std::chrono::time_point_cast<Timestamp::duration>(
      std::chrono::system_clock::now() - std::chrono::hours(2)));
  fs::create_directories(home / "agent/projects/-w-old");
  for (int i = 0; i < 20; ++i) {
    const std::string id = "old-" + std::to_string(i);
    const std::string same =
        R"("timestamp":")" + now + R"(","sessionId":")" + id + R"(","cwd":"/w/old","message":{)";
    std::ofstream out(home / "agent/projects/-w-old" / (id + ".jsonl"));
    for (int turn = 0; turn < 300; ++turn)
      out << R"({"type":"user",)" << same << R"("content":"x"}})" << '\n'
          << R"({"type":"assistant",)" << same << R"("stop_reason":"end_turn","content":[]}})" << '\n';
  }
  Wire client(daemon);
  client.greet();
  client.send(hook("live", "SessionStart", R"("source":"startup")"));
  client.sync();
  REQUIRE(becomes_true([&] { return contains(daemon.process().output(), "atm import adds"); }));
  const auto dry = atm({"import", "--dry-run"});
  CHECK(contains(dry->out(), "would import 6000 turns and 0 tool uses of 20 sessions from 20 transcripts"));
  const auto import = atm({"import"});
  CHECK(import->err().empty());
  CHECK(contains(import->out(), "imported 6000 turns and 0 tool uses of 20 sessions from 20 transcripts"));
  CHECK(contains(atm({"import"})->out(), "nothing new in 20 transcripts"));
  CHECK(contains(atm({"import", "--json"})->out(), R"("unchanged_files":20)"));
  CHECK(contains(atm({"history", "sessions"})->out(), "old-7"));
  CHECK(contains(atm({"history", "timeline"})->out(), "/w/old"));
  // The daemon goes on.
  client.send(hook("live", "UserPromptSubmit", R"("prompt_id":"p1","prompt":"x")"));
  client.sync();
  REQUIRE(daemon.process().stop() == 0);
  daemon.restart();
  CHECK(daemon.session("live").value().domain.status.name() == "thinking");
  CHECK_FALSE(daemon.session("old-7").has_value());
  CHECK(contains(atm({"history", "verify"})->out(), "no fault"));
  CHECK(contains(atm({"history", "verify"})->out(), "12040 imported inputs"));
  CHECK(contains(atm({"history", "forget", "--session", "old-7"})->out(), "forgot 602 inputs"));
  CHECK_FALSE(contains(atm({"history", "sessions"})->out(), "old-7"));
  CHECK(contains(atm({"history", "forget", "--project", "/w/old"})->out(), "forgot 11438 inputs"));
  CHECK_FALSE(contains(atm({"history", "sessions"})->out(), "old-"));
  CHECK(contains(atm({"history", "sessions"})->out(), "live"));
}

TEST_CASE("atm import without a history names the remedy", "[history]") {
  const TempDir dir;
  Program program({ATM_TEST_ATM, "import"}, {"HOME=" + dir.path().string()});
  CHECK(program.wait() == 1);
  CHECK(contains(program.err(), "history.db does not exist, expected the history of a daemon; start atmd"));
  Program wrong({ATM_TEST_ATM, "import", "--since", "tomorrow"}, {"HOME=" + dir.path().string()});
  CHECK(wrong.wait() != 0);
  CHECK(contains(wrong.err(), "time is 'tomorrow', expected"));
}

}  // namespace atm::test
