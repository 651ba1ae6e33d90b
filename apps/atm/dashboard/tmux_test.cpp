// SPDX-License-Identifier: MIT
// The jump, the segment and the menu.
#include <string>
#include <vector>

#include "jump.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"
#include "tmux.hpp"

namespace atm::cli {
namespace {

TEST_CASE("a jump shows the pane, and a pane that is none is refused", "[dashboard][jump]") {
  World world = World::busy();
  protocol::Session& session = world.sessions.at("0bb3f80d-a738");
  using Words = std::vector<std::string>;
  const auto outside = plan_jump(session, "");
  REQUIRE(outside);
  CHECK(outside->takes_terminal);
  CHECK(outside->command == Words{"tmux", "-S", "/tmp/tmux-1000/default", "attach-session", "-t", "%12"});
  const auto inside = plan_jump(session, "/tmp/tmux-1000/default,77,0");
  REQUIRE(inside);
  CHECK_FALSE(inside->takes_terminal);
  CHECK(inside->command == Words{"tmux", "-S", "/tmp/tmux-1000/default", "switch-client", "-t", "%12"});
  CHECK(plan_jump(session, "/tmp/tmux-1000/other,77,0")->takes_terminal);
  for (const char* pane : {"%1;kill-server", "%", "1", "%1 ", "%99999999999999", "-t"}) {
    session.runtime.tmux_pane = pane;
    CHECK_FALSE(plan_jump(session, ""));
  }
  session.runtime.tmux_pane.reset();
  session.runtime.tty = "/dev/pts/3";
  CHECK(plan_jump(session, "").error().message.find("its terminal is /dev/pts/3, not in tmux") !=
        std::string::npos);
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
