// SPDX-License-Identifier: MIT
// The jump, the segment and the menu.
#include <sys/wait.h>
#include <unistd.h>

#include <atm/posix/proc_stat.hpp>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "jump.hpp"
#include "program.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"
#include "tmux.hpp"

namespace atm::cli {
namespace {

TEST_CASE("a jump shows the pane, and a pane that is none is refused", "[dashboard][jump]") {
  World world = World::busy();
  protocol::Session& session = world.sessions.at("0bb3f80d-a738");
  using Words = std::vector<std::string>;
  const auto outside = plan_jump(session, "", {}, {});
  REQUIRE(outside);
  CHECK(outside->takes_terminal);
  CHECK(outside->command == Words{"tmux", "-S", "/tmp/tmux-1000/default", "attach-session", "-t", "%12"});
  const auto inside = plan_jump(session, "/tmp/tmux-1000/default,77,0", {}, {});
  REQUIRE(inside);
  CHECK_FALSE(inside->takes_terminal);
  CHECK(inside->command == Words{"tmux", "-S", "/tmp/tmux-1000/default", "switch-client", "-t", "%12"});
  CHECK(plan_jump(session, "/tmp/tmux-1000/other,77,0", {}, {})->takes_terminal);
  for (const char* pane : {"%1;kill-server", "%", "1", "%1 ", "%99999999999999", "-t"}) {
    session.runtime.tmux_pane = pane;
    CHECK_FALSE(plan_jump(session, "", {}, {}));
  }
  session.runtime.tmux_pane.reset();
  session.runtime.tty = "/dev/pts/3";
  CHECK(plan_jump(session, "", {}, {}).error().message.find("its terminal is /dev/pts/3, not in tmux") !=
        std::string::npos);
}

TEST_CASE("where a jump cannot go, its message names the terminal program and the way", "[dashboard][jump]") {
  World world = World::one();
  protocol::Session& session = world.sessions.begin()->second;
  session.runtime.tmux_pane.reset();
  session.runtime.tty = "/dev/pts/3";
  const auto message = [&session] { return plan_jump(session, "", {}, {}).error().message; };
  session.runtime.terminal_program = "screen";
  session.runtime.terminal_pane = "2";
  session.runtime.terminal_socket = "42.work";
  CHECK(message().find("its terminal is pane 2 of 42.work in screen, /dev/pts/3") != std::string::npos);
  CHECK(message().find("; run screen -x 42.work -p 2, or run the agent in tmux") != std::string::npos);
  session.runtime.terminal_socket = "42; reboot";
  CHECK(message().find("screen -x") == std::string::npos);
  session.runtime.terminal_program = "ghostty";
  session.runtime.terminal_pane.reset();
  session.runtime.terminal_socket.reset();
  CHECK(message().find("its terminal is ghostty, /dev/pts/3") != std::string::npos);
  CHECK(message().find("switch to that window yourself") != std::string::npos);
}

TEST_CASE("outside of tmux a jump asks the terminal of the agent", "[dashboard][jump]") {
  World world = World::one();
  protocol::Session& session = world.sessions.begin()->second;
  using Words = std::vector<std::string>;
  using namespace std::string_view_literals;
  const auto plan = [&session](std::string_view environment, const AgentTerminal& own = {}) {
    return plan_jump(session, "", terminal_of(environment), own);
  };
  const auto kitty = plan("A=1\0KITTY_WINDOW_ID=7\0KITTY_LISTEN_ON=unix:/tmp/k\0"sv);
  REQUIRE(kitty);
  CHECK(kitty->command == Words{"kitty", "@", "--to", "unix:/tmp/k", "focus-window", "--match", "id:7"});
  CHECK(plan("KITTY_WINDOW_ID=7\0"sv)->command == Words{"kitty", "@", "focus-window", "--match", "id:7"});
  const auto wezterm = plan("WEZTERM_PANE=3\0WEZTERM_UNIX_SOCKET=/run/w\0"sv);
  REQUIRE(wezterm);
  CHECK(wezterm->command == Words{"wezterm", "cli", "activate-pane", "--pane-id", "3"});
  CHECK(wezterm->variable == "WEZTERM_UNIX_SOCKET=/run/w");
  AgentTerminal own;
  const auto outside = plan("KITTY_WINDOW_ID=7\0ZELLIJ_SESSION_NAME=main\0ZELLIJ_PANE_ID=2\0"sv, own);
  REQUIRE(outside);
  CHECK(outside->command == Words{"zellij", "--session", "main", "action", "focus-pane-id", "terminal_2"});
  CHECK(outside->notice.find("zellij attach main") != std::string::npos);
  own.zellij_session = "main";
  CHECK(plan("ZELLIJ_SESSION_NAME=main\0ZELLIJ_PANE_ID=2\0"sv, own)->notice.empty());
  const auto code = plan("TERM_PROGRAM=vscode\0"sv);
  REQUIRE(code);
  CHECK(code->command == Words{"code", "/home/dev/project"});
  CHECK(code->notice.find("select the terminal of the agent") != std::string::npos);
  CHECK(plan("KITTY_WINDOW_ID=7\0TERM_PROGRAM=vscode\0"sv)->command == Words{"code", "/home/dev/project"});
  for (const auto hostile :
       {"KITTY_WINDOW_ID=7 or 1\0"sv, "WEZTERM_PANE=-1\0"sv, "WEZTERM_PANE\0"sv,
        "ZELLIJ_SESSION_NAME=--x\0ZELLIJ_PANE_ID=2\0"sv, "\0\0"sv, "TERM_PROGRAM=tmux"sv})
    CHECK_FALSE(plan(hostile));
}

TEST_CASE("the command of a jump runs with the variable of its terminal, and its error names the remedy",
          "[dashboard][jump]") {
  const test::TempDir dir;
  JumpPlan plan;
  plan.command = {"/bin/sh", "-c", "printf %s \"$WEZTERM_UNIX_SOCKET\" > " + (dir.path() / "seen").string()};
  plan.variable = "WEZTERM_UNIX_SOCKET=/run/w";
  REQUIRE(run_jump(plan));
  std::string seen;
  std::ifstream(dir.path() / "seen") >> seen;
  CHECK(seen == "/run/w");
  // In another process group, the kernel would stop a command that sets up the terminal.
  plan.command = {
      "sh", "-c",
      "read -r _ _ _ _ group _ < /proc/$$/stat; echo $group > " + (dir.path() / "group").string()};
  REQUIRE(run_jump(plan));
  pid_t group = 0;
  std::ifstream(dir.path() / "group") >> group;
  CHECK(group == ::getpgrp());
  plan.command = {"/bin/sh", "-c", "echo refused >&2; exit 1"};
  plan.remedy = "update it";
  CHECK(run_jump(plan).error().message == "/bin/sh failed: refused; update it");
}

TEST_CASE("the terminal of an agent is read from its process, if that is still the same",
          "[dashboard][jump]") {
  protocol::Session session = sample_session("one", SessionStatus::idle());
  const pid_t agent = start_program({"/bin/sleep", "1000"}, {"KITTY_WINDOW_ID=5"}, STDERR_FILENO);
  REQUIRE(agent > 0);
  const auto stat = posix::read_proc_stat(agent);
  session.runtime.pid = agent;
  CHECK(terminal_of(session).kitty_window.empty());
  session.runtime.process_start_ticks = stat ? stat->start_ticks : 0;
  // The kernel shows the environment shortly after posix_spawn() returns.
  CHECK(test::becomes_true([&] { return terminal_of(session).kitty_window == "5"; }));
  ++*session.runtime.process_start_ticks;
  CHECK(terminal_of(session).kitty_window.empty());
  ::kill(agent, SIGKILL);
  CHECK(::waitpid(agent, nullptr, 0) == agent);
}

std::vector<protocol::Session> listed(const World& world) {
  std::vector<protocol::Session> sessions;
  for (const auto& [id, session] : world.sessions) sessions.push_back(session);
  return sessions;
}

TEST_CASE("the segment counts what needs the user, works and is done", "[dashboard][tmux]") {
  const auto sessions = listed(World::busy());
  CHECK(segment_text(sessions, false) == "3! 3> 1✓");
  CHECK(segment_text(sessions, true) ==
        "#[fg=yellow]3!#[default] #[fg=cyan]3>#[default] #[fg=green]1✓#[default]");
  CHECK(segment_text({}, false).empty());
}

TEST_CASE("the menu jumps to a session, and a name of others cannot run a command", "[dashboard][tmux]") {
  World world = World::busy();
  auto& session = world.sessions.at("0bb3f80d-a738");
  session.domain.facts.set("agent.session.name", std::string("-#(touch /tmp/x)#[bg=red]"));
  const auto command = menu_command(listed(world), "/usr/bin/atm");
  REQUIRE(command.size() == 4 + 3 * 3);
  CHECK(command[4] == "docs: question");
  CHECK(command[5] == "1");
  CHECK(command[6] == "run-shell \"/usr/bin/atm jump deb8441e-0001\"");
  CHECK(command[7] == " -+(touch /tmp/x)+[bg=red]: permission: Bash");
  World hostile;
  hostile.add("x\";kill-server", SessionStatus::error(), "/p");
  hostile.add("-t", SessionStatus::error(), "/p");
  hostile.add("$(id)", SessionStatus::error(), "/p");
  CHECK(menu_command(listed(hostile), "/usr/bin/atm").empty());
  CHECK(menu_command({}, "/usr/bin/atm").empty());
}

}  // namespace
}  // namespace atm::cli
