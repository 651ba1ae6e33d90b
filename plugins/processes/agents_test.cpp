// SPDX-License-Identifier: MIT
#include "agents.hpp"

#include <atm/testing.hpp>

#include "support/catch.hpp"
#include "support/installed_agents.hpp"

using atm::testing::FakeProcess;
using processes::find_agents;

namespace {

using Pids = std::vector<std::int64_t>;

struct Table {
  FakeProcess& add(std::int64_t pid, std::int64_t ppid, std::string exe, std::vector<std::string> arguments) {
    FakeProcess process;
    process.pid = pid;
    process.ppid = ppid;
    process.start_ticks = static_cast<std::uint64_t>(pid) * 10;
    process.comm = std::string(processes::file_name(exe)).substr(0, 15);
    process.exe = std::move(exe);
    process.arguments = std::move(arguments);
    made.push_back(std::move(process));
    return made.back();
  }
  [[nodiscard]] Pids pids() {
    for (const FakeProcess& process : made) host.processes().add(process);
    Pids found;
    for (const auto& agent :
         find_agents(atm::Processes(host.c()),
                     processes::AgentTable(processes::known_agents(atm::test::installed_agents())))
             .agents)
      found.push_back(agent.process.pid);
    return found;
  }

  atm::testing::FakeHost host;
  std::deque<FakeProcess> made;
};

}  // namespace

TEST_CASE("two agents in one directory are two, and so are an agent and the agent that it runs",
          "[processes]") {
  Table table;
  table.add(10, 1, "/bin/bash", {"bash"});
  table.add(11, 10, "/opt/claude", {"claude"});
  table.add(12, 10, "/opt/claude", {"claude"});
  SECTION("through a shell") {
    table.add(13, 11, "/bin/sh", {"sh", "-c", "claude -p hi"});
    table.add(14, 13, "/opt/claude", {"claude", "-p", "hi"});
    CHECK(table.pids() == Pids{11, 12, 14});
  }
  SECTION("directly") {
    table.add(14, 11, "/opt/claude", {"claude", "-p", "hi"});
    CHECK(table.pids() == Pids{11, 12, 14});
  }
  SECTION("of another kind") {
    table.add(14, 11, "/opt/codex", {"codex"});
    CHECK(table.pids() == Pids{11, 12, 14});
  }
}

TEST_CASE("a forked copy of an agent that has not called exec is not another agent", "[processes]") {
  Table table;
  table.add(11, 1, "/opt/claude", {"claude", "--resume"});
  table.add(12, 11, "/opt/claude", {"claude", "--resume"});
  CHECK(table.pids() == Pids{11});
}

TEST_CASE("a tool in an agent's own file is not another agent", "[processes]") {
  Table table;
  table.add(11, 1, "/opt/claude", {"claude"});
  table.add(12, 11, "/opt/claude", {"rg", "--json", "x"}).comm = "claude";
  CHECK(table.pids() == Pids{11});
}

TEST_CASE("the program of an agent in a sandbox that it has made is not another agent", "[processes]") {
  Table table;
  const std::string codex = "/lib/node_modules/@openai/codex/vendor/codex";
  table.add(11, 1, codex, {codex, "resume"});
  table.add(12, 11, codex, {"codex-linux-sandbox", "--sandbox-policy-cwd", "/w"});
  table.add(13, 12, "/usr/bin/bwrap", {"bwrap", "--as-pid-1"});
  table.add(14, 13, codex, {"codex-linux-sandbox", "--command-cwd", "/w"});
  // One that the user starts in a shell of the agent is.
  table.add(15, 11, "/bin/sh", {"sh", "-c", "codex"});
  table.add(16, 15, codex, {"codex"});
  CHECK(table.pids() == Pids{11, 16});
}

TEST_CASE("the program of an agent in a sandbox of its server is not another agent", "[processes]") {
  // The processes of Codex 0.169.0 while its shared server runs a command.
  Table table;
  const std::string codex = "/home/u/.codex/packages/app-server-daemon/releases/0.169.0/bin/codex";
  table.add(11, 1, "/lib/node_modules/@openai/codex/vendor/codex", {"codex"});
  table.add(12, 11, codex, {codex, "app-server", "--listen", "unix://"});
  table.add(13, 12, codex, {"codex-linux-sandbox", "--sandbox-policy-cwd", "/w"});
  table.add(14, 13, "/usr/bin/bwrap", {"bwrap", "--as-pid-1"});
  table.add(15, 14, codex, {"codex-linux-sandbox", "--sandbox-policy-cwd", "/w"});
  CHECK(table.pids() == Pids{11});
}

TEST_CASE("of a launcher and its program, the program has the session", "[processes]") {
  Table table;
  SECTION("codex of npm: a script starts the program") {
    table.add(11, 1, "/usr/bin/node", {"node", "/usr/bin/codex", "resume"});
    table.add(12, 11, "/lib/node_modules/@openai/codex/vendor/codex", {"/lib/vendor/codex", "resume"});
    CHECK(table.pids() == Pids{12});
  }
  SECTION("gemini, qwen: restart with more memory, once or twice") {
    table.add(11, 1, "/usr/bin/node", {"node", "/usr/bin/qwen"});
    table.add(12, 11, "/usr/bin/node", {"node", "--max-old-space-size=8192", "/usr/bin/qwen"});
    table.add(13, 12, "/usr/bin/node", {"/usr/bin/node", "--max-old-space-size=8192", "/usr/bin/qwen"});
    CHECK(table.pids() == Pids{13});
  }
  SECTION("a background session: a service, its pty host, the agent process") {
    table.add(11, 1, "/opt/claude", {"claude", "daemon", "run"});
    table.add(12, 11, "/opt/claude", {"claude", "--some-host"});
    table.add(13, 12, "/opt/claude", {"claude", "--session-id", "x"}).tty = "/dev/pts/3";
    CHECK(table.pids() == Pids{13});
  }
}
