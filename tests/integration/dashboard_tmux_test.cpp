// SPDX-License-Identifier: MIT
// The dashboard and atm jump in tmux, with the real daemon.
#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "cli_fixture.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

/// A private tmux server with one attached client, and the dashboard in window 1.
class Tmux final {
 public:
  Tmux(const CliFixture& cli, const std::string& first_command)
      : environment_(cli.environment()), socket_((dir_.path() / "tmux").string()) {
    environment_.push_back("PATH=/usr/bin:/bin:" +
                           std::filesystem::path(ATM_TEST_ATM).parent_path().string());
    run({"-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "24", first_command});
    client_ = std::make_unique<Program>(CliFixture::Words{"/usr/bin/tmux", "-S", socket_, "attach-session"},
                                        environment_, Program::Terminal::kPseudo);
    run({"new-window", "-t", ":1", "exec " ATM_TEST_ATM});
  }
  ~Tmux() { run({"kill-server"}); }
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  std::string run(CliFixture::Words words) const {
    words.insert(words.begin(), {"/usr/bin/tmux", "-S", socket_});
    Program program(std::move(words), environment_);
    CHECK(program.wait() == 0);
    return program.out();
  }
  void type(CliFixture::Words keys) const {
    keys.insert(keys.begin(), {"send-keys", "-t", ":1"});
    run(std::move(keys));
  }
  [[nodiscard]] bool shows(const std::string& text) const {
    const auto screen = [this] { return run({"capture-pane", "-p", "-t", ":1"}); };
    const bool is_shown = becomes_true([&] { return contains(screen(), text); });
    if (!is_shown) UNSCOPED_INFO(screen());
    return is_shown;
  }
  [[nodiscard]] bool is_active(const std::string& window) const {
    return becomes_true([&] {
      return contains(run({"list-windows", "-F", "#{window_index}=#{window_active}"}), window + "=1");
    });
  }

 private:
  const TempDir dir_;
  CliFixture::Words environment_;
  const std::string socket_;
  std::unique_ptr<Program> client_;
};

/// A shell command that sends hooks of the session `inpane` until a condition holds, then keeps its pane open. A hook
/// gives up on a busy machine.
std::string agent_command(const std::string& condition, const CliFixture::Words& events) {
  std::string command = "until " ATM_TEST_ATM " " + condition + "; do ";
  for (const std::string& event : events)
    command += R"(printf %s '{"session_id":"inpane","cwd":"/x/work",)" + event +
               "}' | " ATM_TEST_HOOK " --agent claude_code; ";
  return command + "done; exec cat";
}

TEST_CASE("atm jump activates the pane of a session", "[cli][dashboard][tmux]") {
  CliFixture cli;
  cli.start_daemon();
  const Tmux tmux(cli,
                  agent_command("show inpane", {R"("hook_event_name":"SessionStart","source":"startup")"}));
  REQUIRE(tmux.shows("inpane"));
  REQUIRE(tmux.is_active("1"));
  tmux.run({"new-window", "-t", ":2", "exec cat"});
  tmux.run({"respawn-window", "-k", "-t", ":2", ATM_TEST_ATM " jump inpane; exec cat"});
  CHECK(tmux.is_active("0"));
}

/// Makes a history in which a session waits for a permission an hour before now, and ends. Returns a time of the wait.
std::string seed_an_hour_ago(CliFixture& cli) {
  cli.start_daemon_with_history(
      {.environment = {"LD_PRELOAD=" ATM_TEST_SHIFTED_CLOCK, "ATM_TEST_CLOCK_S=-3600"}});
  auto player = cli.play_and_hold({"2.1.330/permission.jsonl@63"});
  REQUIRE(cli.is_handled(*player));
  REQUIRE(cli.start({"wait", "0bb3f80d", "--until", "needs-input", "--timeout", "60"})->wait() == 0);
  const auto then = std::chrono::system_clock::now() - std::chrono::hours(1);
  player.reset();
  REQUIRE(cli.start({"wait", "0bb3f80d", "--until", "ended", "--timeout", "60"})->wait() == 0);
  REQUIRE(cli.stop_daemon() == 0);
  return to_rfc3339(std::chrono::time_point_cast<Timestamp::duration>(then));
}

TEST_CASE("in tmux the user finds the session that needs them, reads why, jumps, filters and looks back",
          "[cli][dashboard][tmux]") {
  CliFixture cli;
  const std::string then = seed_an_hour_ago(cli);
  const std::string time = then.substr(0, 10) + ' ' + then.substr(11, 8);
  cli.start_daemon_with_history();
  const auto other = cli.play_and_hold({"2.1.197/tools.jsonl@42"});
  const std::string tool = R"("tool_name":"Bash","tool_use_id":"t1","tool_input":{"command":"make"})";
  const Tmux tmux(cli, agent_command("wait inpane --until needs-input --timeout 5",
                                     {R"("hook_event_name":"SessionStart","source":"startup")",
                                      R"("hook_event_name":"UserPromptSubmit","prompt":"build it")",
                                      R"("hook_event_name":"PreToolUse",)" + tool,
                                      R"("hook_event_name":"PermissionRequest",)" + tool}));
  REQUIRE(tmux.shows("1 needs you, 1 working"));
  REQUIRE(tmux.is_active("1"));
  tmux.run({"split-window", "-d", "-h", "-t", ":1", "exec cat"});
  REQUIRE(tmux.shows("1! 1> 0"));
  tmux.run({"kill-pane", "-t", ":1.1"});
  REQUIRE(tmux.shows("1 needs you, 1 working"));
  tmux.type({"n", "Space"});
  REQUIRE(tmux.shows("permission: Bash"));
  tmux.type({"J", "J", "J", "J"});
  REQUIRE(tmux.shows("what would change it"));
  tmux.type({"Space", "Enter"});
  REQUIRE(tmux.is_active("0"));
  tmux.run({"select-window", "-t", ":1"});
  tmux.type({"/", "needs", "Enter"});
  REQUIRE(tmux.shows("1 match /needs"));
  tmux.type({"Escape"});
  REQUIRE(tmux.shows("f0bb38ae"));

  tmux.type({"c"});
  REQUIRE(tmux.shows("0 need you"));
  tmux.type({":at " + then, "Enter"});
  REQUIRE(tmux.shows(time + "  1 needs you"));
  REQUIRE(tmux.shows("permission: Bash"));
  tmux.type({"."});
  REQUIRE(tmux.shows("0 need you"));
  REQUIRE(tmux.shows(time.substr(0, 13)));
  tmux.type({":at now", "Enter"});
  REQUIRE(tmux.shows("f0bb38ae"));
  tmux.type({"q"});
  CHECK(becomes_true([&] { return !contains(tmux.run({"list-windows", "-F", "#{window_index}"}), "1\n"); }));
}

}  // namespace
}  // namespace atm::test
