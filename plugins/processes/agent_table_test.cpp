// SPDX-License-Identifier: MIT
#include "agent_table.hpp"

#include "support/catch.hpp"
#include "support/installed_agents.hpp"

using processes::AgentTable;

namespace {

using Words = std::vector<std::string>;

atm::Process process(std::string comm, std::string exe) {
  atm::Process made{atm_process{}};
  made.comm = std::move(comm);
  made.exe = std::move(exe);
  return made;
}

std::string agent(const AgentTable& table, const atm::Process& of, const Words& arguments) {
  const auto candidate = table.identify(of, arguments);
  CHECK((!candidate || table.may_be_agent(of)));
  return candidate && candidate->role == processes::Role::kSession ? candidate->agent : "";
}

AgentTable installed(std::vector<processes::AgentProgram> own = {}) {
  return AgentTable(processes::known_agents(atm::test::installed_agents()), std::move(own));
}

std::string agent(const atm::Process& of, const Words& arguments) {
  return agent(installed(), of, arguments);
}

const atm::Process kNode = process("node", "/usr/bin/node");
const atm::Process kPython = process("python3", "/usr/bin/python3.11");

}  // namespace

TEST_CASE("an agent is identified by its program", "[processes]") {
  CHECK(agent(process("claude", "/home/u/.local/share/claude/versions/2.1.330"), {"claude"}) ==
        "claude_code");
  CHECK(agent(process("codex", "/opt/codex"), {"codex", "exec", "do it"}) == "codex");
  CHECK(agent(process("sh-like-name", "/opt/bin/opencode"), {"opencode"}) == "opencode");
  CHECK(agent(process("pi", "/usr/bin/node"), {"pi"}) == "pi");
  CHECK(agent(process("cursor-agent", "/x"), {}) == "cursor");
  CHECK(agent(process("bash", "/bin/bash"), {"bash"}).empty());
  CHECK(agent(process("claudette", "/bin/claudette"), {"claudette"}).empty());
}

TEST_CASE("an agent whose process name is its version is identified by its directory", "[processes]") {
  const std::string file = "/home/u/.local/share/claude/versions/2.1.330";
  CHECK(agent(process("2.1.330", file), {file, "--resume"}) == "claude_code");
  CHECK(
      agent(process("rg", "/lib/node_modules/@anthropic-ai/claude-code/vendor/ripgrep/rg"), {"rg"}).empty());
}

TEST_CASE("an agent that an interpreter runs is identified by its script", "[processes]") {
  CHECK(agent(kNode, {"node", "/usr/local/bin/claude", "-c"}) == "claude_code");
  CHECK(agent(kNode, {"node", "/lib/node_modules/@anthropic-ai/claude-code/cli.js"}) == "claude_code");
  CHECK(agent(kNode, {"node", "--max-old-space-size=8192",
                      "/lib/node_modules/@google/gemini-cli/dist/index.js"}) == "gemini");
  CHECK(agent(kNode, {"node", "-r", "/x/preload.js", "/usr/bin/codex.js"}) == "codex");
  CHECK(agent(kNode, {"node", "/home/u/.local/share/cursor-agent/versions/7/index.js"}) == "cursor");
  CHECK(agent(kPython, {"python3", "-X", "dev", "/venv/bin/aider"}) == "aider");
  CHECK(agent(kPython, {"python3", "-m", "aider", "--yes"}) == "aider");
  CHECK(agent(process("bun", "/usr/bin/bun"), {"bun", "run", "/x/qwen.mjs"}) == "qwen");
  CHECK(agent(process("aider", "/usr/bin/python3.11"), {"/usr/bin/python3", "/venv/bin/aider"}) == "aider");
}

TEST_CASE("other scripts of an interpreter are not agents", "[processes]") {
  CHECK(agent(kNode, {"node"}).empty());
  CHECK(agent(kNode, {"node", "server.js", "claude"}).empty());
  CHECK(agent(kNode, {"node", "-e", "claude"}).empty());
  CHECK(agent(kNode, {"node", "-r", "claude"}).empty());
  CHECK(agent(kNode, {"node", "/x/node_modules/@google/gemini-cli/node_modules/tool/index.js"}).empty());
  CHECK(agent(kPython, {"python3", "-c", "aider"}).empty());
  CHECK(agent(kPython, {"python3", "-m"}).empty());
}

TEST_CASE("a shell script with an agent's name is not the agent", "[processes]") {
  CHECK(agent(process("claude", "/usr/bin/bash"), {"/bin/bash", "/usr/local/bin/claude"}).empty());
}

TEST_CASE("a command without a session is not an agent", "[processes]") {
  const atm::Process claude = process("claude", "/usr/bin/claude");
  for (const char* word :
       {"daemon", "mcp", "update", "doctor", "config", "plugin", "agents", "setup-token"}) {
    CHECK(agent(claude, {"claude", word, "more"}).empty());
  }
  CHECK(agent(claude, {"claude bg-pty-host", "--bg-pty-host", "/t/s", "200", "50", "--", "/usr/bin/claude"})
            .empty());
  CHECK(agent(claude, {"/usr/bin/claude", "--bg-spare", "/t/claim"}).empty());
  CHECK(agent(claude, {"claude bg-spare"}).empty());
  CHECK(agent(claude, {"claude bg-work"}) == "claude_code");
  CHECK(agent(claude, {"claude", ""}) == "claude_code");
  CHECK(agent(claude, {"claude", "-p", "update the README"}) == "claude_code");
  CHECK(agent(claude, {"claude", "fix the update"}) == "claude_code");
  CHECK(agent(kNode, {"node", "/usr/bin/claude", "mcp", "serve"}).empty());
  CHECK(agent(process("codex", "/usr/bin/codex"), {"codex", "app-server", "--listen"}).empty());
  CHECK(agent(process("codex", "/usr/bin/codex"), {"codex", "mcp-server"}).empty());
  CHECK(agent(process("opencode", "/usr/bin/opencode"), {"opencode", "serve"}).empty());
}

TEST_CASE("a command of an agent that runs the sessions of other processes is its server", "[processes]") {
  const auto role = [](const Words& arguments) {
    return installed().identify(process("codex", "/usr/bin/codex"), arguments).value().role;
  };
  CHECK(role({"codex", "app-server", "--listen"}) == processes::Role::kServer);
  CHECK(role({"codex", "login"}) == processes::Role::kNone);
  CHECK(role({"codex"}) == processes::Role::kSession);
}

TEST_CASE("configured programs precede the table", "[processes]") {
  const AgentTable table = installed({{"mine", "codex"}, {"pi", ""}, {"claude", "claude_fork"}});
  CHECK(agent(table, process("mine", "/x/mine"), {"mine"}) == "codex");
  CHECK(agent(table, kNode, {"node", "/x/mine.js"}) == "codex");
  CHECK(agent(table, process("pi", "/x/pi"), {"pi"}).empty());
  CHECK(agent(table, process("claude", "/x/claude"), {"claude"}) == "claude_fork");
}

TEST_CASE("the words are the arguments of the agent", "[processes]") {
  const auto words = [](const atm::Process& of, const Words& arguments) {
    return installed().identify(of, arguments).value().words;
  };
  CHECK(words(kNode, {"node", "--x=1", "/usr/bin/gemini", "-p", "hi"}) == Words{"-p", "hi"});
  CHECK(words(process("gemini", "/usr/bin/gemini"), {"gemini", "-p", "hi"}) == Words{"-p", "hi"});
  CHECK(words(process("claude", "/x"), {}).empty());
}
