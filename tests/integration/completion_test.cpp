// SPDX-License-Identifier: MIT
// Completes command lines of atm in real shells, as a user types them.
#include "cli_fixture.hpp"
#include "support/catch.hpp"
#include "support/emulator.hpp"
#include "support/text.hpp"
#include "wire_client.hpp"

namespace atm::test {
namespace {

using Words = CliFixture::Words;

std::string candidates(const CliFixture& cli, Words words) {
  words.insert(words.begin(), "complete");
  const auto program = cli.start(words);
  CHECK(program->wait() == 0);
  CHECK(program->err().empty());
  return program->out();
}

// A shell on a terminal, with the screen that it draws.
class Shell final {
 public:
  Shell(const CliFixture& cli, Words command)
      : program_(std::move(command), environment(cli), Program::Terminal::kPseudo) {}

  /// Types keys and waits until the screen contains a text.
  bool shows(const std::string& keys, std::string_view text) {
    program_.type(keys);
    const bool is_shown = program_.wait_for([&](const std::string& out) {
      emulator_.feed(std::string_view(out).substr(fed_));
      fed_ = out.size();
      return contains(emulator_.text(), text);
    });
    UNSCOPED_INFO("typed " << keys << ", expected " << text << ", got\n" << emulator_.text());
    return is_shown;
  }

 private:
  static Words environment(const CliFixture& cli) {
    Words all = cli.environment();
    all[0] = "PATH=" ATM_TEST_BUILD "/bin:/usr/bin:/bin";
    all.emplace_back("INPUTRC=/dev/null");
    return all;
  }

  Program program_;
  Emulator emulator_{100, 24};
  std::size_t fed_ = 0;
};

void complete_in(Shell& shell) {
  const std::string clear = "\x15";
  CHECK(shell.shows("atm exp\t", "atm explain"));
  CHECK(shell.shows(clear + "atm wait --an\t", "atm wait --any"));
  CHECK(shell.shows(clear + "atm wait --any --until n\t", "--until needs-input"));
  CHECK(shell.shows(clear + "atm show fir\t", "atm show first-se"));
  CHECK(shell.shows(clear + "atm history tools --session fir\t", "--session first-se"));
}

// Two sessions, one of them with an id that a shell would run.
void greet_sessions(const CliFixture& cli) {
  Wire wire(cli.socket());
  wire.greet();
  wire.send(hook("first-session", "SessionStart", R"("source":"startup")"));
  wire.send(hook("$(touch x)", "SessionStart", R"("source":"startup")"));
  wire.sync();
}

}  // namespace

TEST_CASE("atm complete prints the commands, options and values that can follow", "[cli][completion]") {
  const CliFixture cli;
  CHECK(candidates(cli, {"sh"}) == "show\tshow all facts about one session\n");
  CHECK(contains(candidates(cli, {""}), "list\t"));
  CHECK(contains(candidates(cli, {"list", ""}), "--json\t"));
  CHECK(contains(candidates(cli, {"list", "--"}), "--at\t"));
  CHECK(contains(candidates(cli, {"replay", "--s"}), "--since\tstart: "));
  CHECK_FALSE(contains(candidates(cli, {"setup", "--"}), "--managed"));
  CHECK(candidates(cli, {"wait", "--any", "--until", "i"}) == "idle\n");
  CHECK(candidates(cli, {"wait", "--any", "--until=i"}) == "--until=idle\n");
  CHECK(candidates(cli, {"wait", "--any", "--until", "=", "i"}) == "idle\n");
  CHECK(candidates(cli, {"wait", "--any", "--until", "="}) == "ended\nidle\nneeds-input\n");
  CHECK(candidates(cli, {"cost", "--by", "day,mod"}) == "day,model\n");
  CHECK(contains(candidates(cli, {"history", "too"}), "tools\t"));
  CHECK(contains(candidates(cli, {"history", "--utc", "tools", "--se"}), "--session\t"));
  CHECK(contains(candidates(cli, {"setup", ""}), "claude\ntmux\nstatus\nautostart\ncodex\n"));
  CHECK(candidates(cli, {"setup", "claude", "--project", ""}) == ":directories\n");
  CHECK(candidates(cli, {"--socket", ""}) == ":files\n");
  CHECK(candidates(cli, {"help", "li"}) == "list\n");
  CHECK(candidates(cli, {"no-command", "--"}).find("--version") != std::string::npos);
  CHECK(candidates(cli, {}) == candidates(cli, {""}));
}

TEST_CASE("atm complete prints session ids with status and directory, and nothing without a daemon",
          "[cli][completion]") {
  CliFixture cli;
  CHECK(candidates(cli, {"show", "fi"}).empty());
  cli.start_daemon();
  greet_sessions(cli);
  CHECK(candidates(cli, {"show", "--json", "fi"}) == "first-se\tidle, /w\n");
  CHECK(candidates(cli, {"show", "first-ses"}) == "first-session\tidle, /w\n");
  CHECK_FALSE(contains(candidates(cli, {"show", ""}), "touch"));
  CHECK(candidates(cli, {"--socket", "/nowhere/s", "show", "fi"}).empty());
}

TEST_CASE("bash, zsh and fish complete commands, options, values and session ids", "[cli][completion]") {
  CliFixture cli;
  cli.start_daemon();
  greet_sessions(cli);
  SECTION("bash") {
    Shell shell(cli, {"/bin/bash", "--noprofile", "--norc", "-i"});
    REQUIRE(shell.shows(". " ATM_TEST_COMPLETIONS "/atm; PS1='now'ready\n", "nowready"));
    complete_in(shell);
    CHECK(
        shell.shows("\x15"
                    "atm s\t\t",
                    "show all facts about one session"));
  }
  SECTION("zsh") {
    Shell shell(cli, {"/usr/bin/zsh", "-f", "-i"});
    REQUIRE(shell.shows("fpath=(" ATM_TEST_COMPLETIONS
                        " $fpath); autoload -U compinit; compinit -u -D; PS1='now'ready\n",
                        "nowready"));
    complete_in(shell);
  }
  SECTION("fish") {
    Shell shell(cli, {"/usr/bin/fish", "--no-config", "--interactive"});
    REQUIRE(shell.shows("set -g fish_autosuggestion_enabled 0; source " ATM_TEST_COMPLETIONS
                        "/atm.fish; function fish_prompt; echo 'now'ready; end\n",
                        "nowready"));
    complete_in(shell);
  }
}

}  // namespace atm::test
