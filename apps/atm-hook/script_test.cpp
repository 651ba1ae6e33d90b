// SPDX-License-Identifier: MIT
// Tests of the shell scripts that replace atm-hook where it cannot be installed.
#include <rapidjson/document.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "peer_test_support.hpp"
#include "run_test_support.hpp"
#include "scan_test_support.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

constexpr const char* kHookScript = ATM_HOOK_SCRIPTS "/atm-hook.sh";
constexpr const char* kStatusScript = ATM_HOOK_SCRIPTS "/atm-status.sh";

// A directory with the named programs that exist: the PATH of a system without others.
class Programs {
 public:
  explicit Programs(const std::vector<std::string>& names) {
    for (const std::string& name : names)
      for (const char* directory : {"/usr/bin/", "/bin/"})
        if (fs::exists(directory + name) && !fs::exists(directory_.path(name)))
          fs::create_symlink(directory + name, directory_.path(name));
  }
  bool has(const std::string& name) const { return fs::exists(directory_.path(name)); }
  std::string variable() const { return "PATH=" + directory_.path(""); }

 private:
  TempDir directory_;
};

const Programs& all_programs() {
  static const Programs programs({"cat", "id", "nc", "sh", "socat", "timeout", "tr", "wc", "printf"});
  return programs;
}

HookRun run_of(const char* script, const TempDir& directory, std::string payload) {
  HookRun run;
  run.program = script;
  run.arguments.clear();
  run.environment = {all_programs().variable(), "ATM_SOCKET=" + directory.path("atm.sock")};
  run.payload = std::move(payload);
  return run;
}

// Both lines that a daemon at this socket receives from the script. The script gives each tool one second, which can be
// too short on a busy machine: then the test retries.
std::string received_from(const HookRun& run, const std::string& socket) {
  std::string received;
  REQUIRE(succeeds_in_time([&] {
    fs::remove(socket);
    Peer peer(PeerState::kReads, socket);
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
    received = peer.received();
    return std::count(received.begin(), received.end(), '\n') >= 2;
  }));
  return received;
}

rapidjson::Document message_of(const std::string& received) {
  const std::size_t end = received.find('\n');
  REQUIRE(end != std::string::npos);
  CHECK(received.substr(0, end) ==
        R"({"type":"hello","protocol_version":{"major":1,"minor":0},"client_type":"session"})");
  CHECK(std::count(received.begin(), received.end(), '\n') == 2);
  rapidjson::Document message;
  message.Parse(received.data() + end + 1, received.size() - end - 1);
  REQUIRE_FALSE(message.HasParseError());
  return message;
}

bool can_send() {
  if (all_programs().has("socat") || all_programs().has("nc")) return true;
  WARN("skipped: neither socat nor nc is there");
  return false;
}

}  // namespace

TEST_CASE("the script sends recorded payloads to the daemon, with either tool") {
  const std::string tool = GENERATE("socat", "nc");
  const std::string bound = GENERATE("timeout", "sleep");
  const std::string name = GENERATE("session_start", "pre_tool_use", "post_tool_use", "status_line");
  CAPTURE(tool, bound, name);
  const Programs programs({"id", "sh", bound, "tr", tool});
  if (!programs.has(tool)) {
    WARN("skipped: there is no " << tool);
    return;
  }
  const TempDir directory;
  const std::string payload = read_file(std::string(ATM_HOOK_TESTDATA "/") + name + ".json");
  HookRun run = run_of(kHookScript, directory, payload);
  if (name == "status_line") run.arguments = {"--agent", "claude_code", "--status-line"};
  run.environment = {programs.variable(),
                     "ATM_SOCKET=" + directory.path("atm.sock"),
                     "CLAUDE_PID=" + std::to_string(getpid()),
                     "TMUX=/tmp/tmux-0/default,1,2",
                     "TMUX_PANE=%3",
                     "CLAUDE_CONFIG_DIR=/a \"b\"",
                     "CLAUDE_CODE_ENTRYPOINT=cli",
                     "ANTHROPIC_API_KEY=secret"};
  const std::string received = received_from(run, directory.path("atm.sock"));
  CHECK(received.find("secret") == std::string::npos);
  const rapidjson::Document message = message_of(received);
  CHECK(std::string(message["channel"].GetString()) ==
        (name == "status_line" ? "claude_code/status_line" : "claude_code/hook"));
  rapidjson::Document sent;
  sent.Parse(payload.data(), payload.size());
  CHECK(message["payload"] == sent);
  const auto& context = message["context"];
  CHECK(context["pid"].GetInt() == getpid());
  CHECK(context["start_ticks"].GetUint64() > 0);
  CHECK(std::string(context["tmux_pane"].GetString()) == "%3");
  CHECK(std::string(context["tmux_socket"].GetString()) == "/tmp/tmux-0/default");
  CHECK(context["env"].MemberCount() == 1);
}

TEST_CASE("a payload over several lines arrives as one line") {
  if (!can_send()) return;
  const TempDir directory;
  const HookRun run =
      run_of(kHookScript, directory, "{\n  \"a\": \"1\\n%s$(id)\\\\\",\n  \"b\": [\n1]\n}\n\n");
  const rapidjson::Document message = message_of(received_from(run, directory.path("atm.sock")));
  CHECK(std::string(message["payload"]["a"].GetString()) == "1\n%s$(id)\\");
  CHECK(message["payload"]["b"].Size() == 1);
}

TEST_CASE("the script prints nothing and ends, in every state of the daemon and with missing tools") {
  const TempDir directory;
  HookRun run = run_of(kHookScript, directory, R"({"hook_event_name":"PreToolUse"})");
  SECTION("in each state of the daemon") {
    const PeerState state = GENERATE(from_range(std::begin(kPeerStates), std::end(kPeerStates)));
    CAPTURE(name_of(state));
    const Peer peer(state, directory.path("atm.sock"));
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
  }
  SECTION("without tools, arguments or input") {
    const Peer peer(PeerState::kIsStopped, directory.path("atm.sock"));
    if (GENERATE(true, false)) run.environment[0] = "PATH=/nonexistent";
    run.arguments = GENERATE(values<std::vector<std::string>>(
        {{}, {"--agent"}, {"--agent", "../x"}, {"--agent="}, {"--what", "-x", "stray"}}));
    run.payload = GENERATE("{}", "", "\n");
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
  }
  SECTION("with input that never ends, with timeout(1) and without") {
    const std::string bound = GENERATE("timeout", "sleep");
    CAPTURE(bound);
    const Programs programs({"id", "nc", "sh", "socat", bound, "tr"});
    run.environment[0] = programs.variable();
    run.closes_stdin = false;
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
  }
  SECTION("with a stopped daemon and a message larger than its buffer, without timeout(1)") {
    const Programs programs({"id", "nc", "sh", "sleep", "socat", "tr"});
    run.environment[0] = programs.variable();
    run.payload = large_message();
    const Peer peer(PeerState::kIsStopped, directory.path("atm.sock"));
    const HookResult result = run_hook(run);
    CHECK(result.exit_code == 0);
  }
}

TEST_CASE("the script tries the sockets of atm-hook and skips those without a listener") {
  if (!can_send()) return;
  const TempDir directory;
  fs::create_directories(directory.path("run/atm"));
  fs::create_directories(directory.path("state/atm/run"));
  if (fs::exists("/run/user/" + std::to_string(geteuid()) + "/atm/atm.sock")) {
    WARN("skipped: this user has a socket that no variable names");
    return;
  }
  const Peer dead(PeerState::kIsDead, directory.path("run/atm/atm.sock"));
  HookRun run = run_of(kHookScript, directory, "{}");
  run.environment = {all_programs().variable(), "ATM_SOCKET=", "XDG_RUNTIME_DIR=" + directory.path("run"),
                     "XDG_STATE_HOME=" + directory.path("state")};
  const std::string received = received_from(run, directory.path("state/atm/run/atm.sock"));
  CHECK(std::string(message_of(received)["type"].GetString()) == "ingest");
}

TEST_CASE("the status script prints the line of its command") {
  const TempDir directory;
  HookRun run = run_of(kStatusScript, directory, read_file(ATM_HOOK_TESTDATA "/status_line.json"));
  SECTION("as a shell command") {
    run.arguments = {"--agent", "claude_code", "--then", "cat; printf 'two\\nlines'; exit 3"};
    const HookResult result = run_hook(run);
    CHECK(result.printed == run.payload + "two\nlines");
    CHECK(result.exit_code == 3);
  }
  SECTION("as a program with arguments") {
    run.arguments = {"--", "printf", "%s|", "a b", "--then"};
    CHECK(run_hook(run).printed == "a b|--then|");
  }
  SECTION("with much input, read in part") {
    run.payload = R"({"text":")" + std::string(200 << 10, 'x') + "\"}\n";
    run.arguments = {"--then", "wc -c"};
    CHECK(std::stoul(run_hook(run).printed) == run.payload.size());
    run.arguments = {"--then", "echo line"};
    CHECK(run_hook(run).printed == "line\n");
  }
}

TEST_CASE("the status script informs the daemon without a delay of the line") {
  if (!can_send()) return;
  const TempDir directory;
  const std::string payload = read_file(ATM_HOOK_TESTDATA "/status_line.json");
  HookRun run = run_of(kStatusScript, directory, payload);
  std::string received;
  REQUIRE(succeeds_in_time([&] {
    fs::remove(directory.path("atm.sock"));
    Peer peer(PeerState::kReads, directory.path("atm.sock"));
    CHECK(run_hook(run).exit_code == 0);
    const bool is_complete = peer.comes_to_hold(2);
    received = peer.received();
    return is_complete;
  }));
  const rapidjson::Document message = message_of(received);
  CHECK(std::string(message["channel"].GetString()) == "claude_code/status_line");
  CHECK(message["payload"].HasMember("model"));
}

TEST_CASE("without a command the status script prints a plain line") {
  const TempDir directory;
  const auto line_of = [&](const std::string& payload) {
    return run_hook(run_of(kStatusScript, directory, payload)).printed;
  };
  CHECK(line_of(read_file(ATM_HOOK_TESTDATA "/status_line.json")) == "Sonnet 4.6  5%  $0.17\n");
  CHECK(line_of(R"({"model":{"display_name":"Model 1"},"context_window":{"used_percentage":null}})") ==
        "Model 1\n");
  CHECK(line_of(R"({"cost":{"total_cost_usd":0},"rate_limits":{"five_hour":{"used_percentage":9}}})") ==
        "$0.00\n");
  CHECK(line_of(R"({"cost": {"total_cost_usd": 12.5}})") == "$12.50\n");
  CHECK(line_of(R"({"model":{"display_name":"\u001b[31mred"}})").empty());
  CHECK(line_of("").empty());
  CHECK(line_of("not JSON").empty());
}
