// SPDX-License-Identifier: MIT
// Runs scripts/run --demo and atm-replay and checks that nothing remains.
#include <dirent.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

// Processes whose environment contains `mark`, which the children of a program inherit.
std::size_t processes_with(const std::string& mark) {
  std::size_t found = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (contains(text, mark)) ++found;
  }
  return found;
}

struct Stage {
  TempDir temporary;
  std::string mark = "ATM_TEST_MARK=" + temporary.path().string();
  CliFixture::Words environment{"PATH=/usr/bin:/bin", "HOME=" + temporary.path().string(),
                                "TMPDIR=" + temporary.path().string(), "ATM_BUILD_DIR=" ATM_TEST_BUILD, mark};

  [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(temporary.path()); }
};

TEST_CASE("the demonstration prints a table and leaves nothing behind", "[demo]") {
  const Stage stage;
  Program demo({ATM_TEST_RUN, "--demo", "--speed", "20"}, stage.environment);
  REQUIRE(demo.wait(60) == 0);
  const std::string text = demo.out();
  const std::size_t table = text.find("ID        AGENT");
  REQUIRE(table != std::string::npos);
  CHECK(contains(text.substr(0, table), "running (Bash)"));
  for (const char* status : {"needs you (Bash)", "running (Bash)", "thinking", "background (1 task)",
                             "error (", "ended", "90% !!", "idle ✓"}) {
    CHECK(contains(text.substr(table), status));
  }
  CHECK(contains(text, "of 8 clients"));
  CHECK(demo.err().empty());
  CHECK(processes_with(stage.mark) == 0);
  CHECK(stage.is_empty());
}

TEST_CASE("the README shows the output of the demonstration", "[demo]") {
  const Stage stage;
  const TempDir dir;
  const auto difference = [&] {
    Program demo({ATM_TEST_RUN, "--demo", "--speed", "20"}, stage.environment);
    REQUIRE(demo.wait(60) == 0);
    Program readme({ATM_TEST_README, "--check", dir.file("output", demo.out()).string()}, stage.environment);
    readme.wait();
    return readme.out() + readme.err();
  };
  // A hook gives up on a busy machine, and a session may then have another status.
  std::string found = difference();
  for (int repeated = 0; repeated < 19 && !found.empty(); ++repeated) found = difference();
  CHECK(found.empty());
}

TEST_CASE("on a terminal the demonstration shows the dashboard and ends with its table", "[demo]") {
  const Stage stage;
  CliFixture::Words environment = stage.environment;
  environment.insert(environment.end(), {"TERM=xterm", "LANG=C.UTF-8"});
  SECTION("at the end of the recordings") {
    Program demo({ATM_TEST_RUN, "--demo", "--speed", "20"}, environment, Program::Terminal::kPseudo);
    REQUIRE(demo.wait_for([](const std::string& text) { return contains(text, "needs you"); }));
    REQUIRE(demo.wait(60) == 0);
    const std::string text = demo.out();
    const std::size_t end = text.rfind("\x1b[?1049l");
    REQUIRE(end != std::string::npos);
    CHECK(contains(text.substr(end), "needs you (Bash)"));
    CHECK(contains(text.substr(end), "of 8 clients"));
  }
  SECTION("when the user quits") {
    Program demo({ATM_TEST_RUN, "--demo"}, environment, Program::Terminal::kPseudo);
    REQUIRE(demo.wait_for([](const std::string& text) { return contains(text, "thinking"); }));
    demo.type("q");
    REQUIRE(demo.wait(60) == 0);
    CHECK(contains(demo.out(), "played a part of the recordings"));
  }
  CHECK(processes_with(stage.mark) == 0);
  CHECK(stage.is_empty());
}

TEST_CASE("a demonstration that is interrupted leaves nothing behind", "[demo]") {
  const Stage stage;
  Program demo({ATM_TEST_RUN, "--demo"}, stage.environment);
  REQUIRE(demo.wait_for([](const std::string& text) { return contains(text, "idle"); }));
  demo.signal(SIGTERM);
  CHECK(demo.wait() == 143);
  CHECK(processes_with(stage.mark) == 0);
  CHECK(stage.is_empty());
}

TEST_CASE("a demonstration without output fails with the daemon's log and leaves nothing behind", "[demo]") {
  const Stage stage;
  Program demo({"/bin/sh", "-c", "exec " ATM_TEST_RUN " --demo --speed 20 >/dev/full"}, stage.environment);
  CHECK(demo.wait(60) == 1);
  CHECK(contains(demo.err(), "the log of the daemon"));
  CHECK(processes_with(stage.mark) == 0);
  CHECK(stage.is_empty());
}

TEST_CASE("the agent processes of a killed atm-replay end", "[replay]") {
  const Stage stage;
  CliFixture cli;
  cli.start_daemon();
  CliFixture::Words environment = cli.environment();
  environment.push_back(stage.mark);
  Program player({ATM_TEST_REPLAY, "--hook", ATM_TEST_HOOK, ATM_TEST_RECORDINGS "/2.1.330/permission.jsonl"},
                 environment);
  const auto watch = cli.start({"watch"});
  REQUIRE(watch->wait_for([](const std::string& text) { return contains(text, "0bb3f80d"); }));
  CHECK(processes_with(stage.mark) >= 2);
  player.signal(SIGKILL);
  CHECK(player.wait() == 137);
  // The kernel signals the parent's death; the agent process needs a moment to end.
  for (int i = 0; i < 5000 && processes_with(stage.mark) > 0; ++i) {
  }
  CHECK(processes_with(stage.mark) == 0);
}

TEST_CASE("an invalid recording is refused by file and line", "[replay]") {
  const TempDir dir;
  const auto flow = dir.file("bad.jsonl", "{\"seq\":1,\"t_ns\":5,\"kind\":\"note\"}\n{oops\n");
  const CliFixture cli;
  Program player({ATM_TEST_REPLAY, "--hook", ATM_TEST_HOOK, flow.string()}, cli.environment());
  CHECK(player.wait() == 1);
  CHECK(contains(player.err(), flow.string() + ":2: "));
}

}  // namespace
}  // namespace atm::test
