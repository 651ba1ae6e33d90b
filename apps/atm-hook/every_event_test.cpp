// SPDX-License-Identifier: MIT
// For all events and all states of the daemon: the hook prints nothing, does not fail and sends no secrets.
#include <filesystem>
#include <string>

#include "peer_test_support.hpp"
#include "run_test_support.hpp"
#include "support/catch.hpp"

namespace {

constexpr const char* kEvents[] = {
    "PreToolUse",         "PostToolUse",    "PostToolUseFailure",  "PostToolBatch", "Notification",
    "UserPromptSubmit",   "SessionStart",   "UserPromptExpansion", "SessionEnd",    "Stop",
    "StopFailure",        "SubagentStart",  "SubagentStop",        "PreCompact",    "PostCompact",
    "PermissionRequest",  "Setup",          "PermissionDenied",    "TeammateIdle",  "TaskCreated",
    "TaskCompleted",      "Elicitation",    "ElicitationResult",   "ConfigChange",  "WorktreeCreate",
    "InstructionsLoaded", "CwdChanged",     "WorktreeRemove",      "FileChanged",   "MessageDisplay",
    "PreModelSwitch",     "DirectoryAdded", "PostModelSwitch"};
static_assert(std::size(kEvents) == 33);

HookRun run_of(const std::string& event, const TempDir& directory) {
  HookRun run;
  run.environment = {"ATM_SOCKET=" + directory.path("atm.sock"), "HOME=" + directory.path("home")};
  run.payload = R"({"session_id":"s","hook_event_name":")" + event +
                R"(","tool_name":"Bash","tool_input":{"command":"ls"},"permission_mode":"default"})";
  return run;
}

}  // namespace

TEST_CASE("no event gets an answer or an error in any state of the daemon") {
  const PeerState state = GENERATE(from_range(std::begin(kPeerStates), std::end(kPeerStates)));
  CAPTURE(name_of(state));
  const TempDir directory;
  const Peer peer(state, directory.path("atm.sock"));
  for (const std::string event : kEvents) {
    CAPTURE(event);
    HookRun run = run_of(event, directory);
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
    // Only a status line runs the command of --then.
    run.arguments.insert(run.arguments.end(), {"--then", "echo printed"});
    CHECK(run_hook(run).printed.empty());
  }
}

TEST_CASE("no event is answered through the shell line of the settings") {
  const TempDir directory;
  for (const std::string event : kEvents) {
    CAPTURE(event);
    HookRun run = run_of(event, directory);
    run.shell_command = "[ -x \"$0\" ] && \"$0\" --agent claude_code || true";
    run.arguments.clear();
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
  }
}

TEST_CASE("an agent's secrets reach neither the daemon nor the spool") {
  const PeerState state = GENERATE(PeerState::kReads, PeerState::kIsAbsent, PeerState::kHasFullBacklog);
  CAPTURE(name_of(state));
  const TempDir directory;
  Peer peer(state, directory.path("atm.sock"));
  HookRun run = run_of("PreToolUse", directory);
  run.environment.insert(run.environment.end(),
                         {"ANTHROPIC_API_KEY=sk-ant-secret", "CLAUDE_CODE_MESSAGING_TOKEN=token-secret",
                          "CLAUDE_CODE_MESSAGING_SOCKET=/secret", "CLAUDE_CODE_SESSION_ID=shown"});
  run.has_time_limit = false;
  std::string text;
  REQUIRE(succeeds_in_time([&] {
    run_hook(run);
    text = state == PeerState::kReads ? peer.received() : read_file(directory.path("atm.sock.spool/records"));
    return !text.empty();
  }));
  CHECK(text.find("shown") != std::string::npos);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(text.find("ANTHROPIC") == std::string::npos);
  CHECK(text.find("MESSAGING") == std::string::npos);
}
