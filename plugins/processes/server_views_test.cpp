// SPDX-License-Identifier: MIT
#include "server_views.hpp"

#include "support/catch.hpp"

using processes::Agent;
using processes::find_views;

namespace {

Agent agent_in(std::int64_t pid, std::string cwd, std::string tty = "/dev/pts/1") {
  atm::Process process{atm_process{}};
  process.pid = pid;
  process.start_ticks = static_cast<std::uint64_t>(pid) * 10;
  process.cwd = std::move(cwd);
  process.tty = std::move(tty);
  return {std::move(process), "codex"};
}

}  // namespace

TEST_CASE("a process shows the session of its server in its directory", "[processes]") {
  const Agent one = agent_in(7, "/a");
  const Agent other = agent_in(8, "/b");
  const Agent without_terminal = agent_in(9, "/a", "");
  const auto views =
      find_views({&one, &other, &without_terminal}, {{"t1", "codex", "/a"}, {"t2", "mine", "/b"}});
  CHECK(views.shown == std::set{one.id()});
  CHECK(views.of == std::map<std::string, const Agent*>{{"t1", &one}});
}

TEST_CASE("with two processes or two sessions in a directory, none is known to show a session",
          "[processes]") {
  const Agent one = agent_in(7, "/a");
  const Agent other = agent_in(8, "/a");
  const auto two_processes = find_views({&one, &other}, {{"t1", "codex", "/a"}});
  CHECK(two_processes.shown == std::set{one.id(), other.id()});
  CHECK(two_processes.of.empty());
  const auto two_sessions = find_views({&one}, {{"t1", "codex", "/a"}, {"t2", "codex", "/a"}});
  CHECK(two_sessions.shown == std::set{one.id()});
  CHECK(two_sessions.of.empty());
}
