// SPDX-License-Identifier: MIT
// Runs atm-hook as an agent does: with a process, a pipe and a socket.
#include <rapidjson/document.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "peer_test_support.hpp"
#include "process.h"
#include "run_test_support.hpp"
#include "scan_test_support.hpp"
#include "support/catch.hpp"

namespace {

using rapidjson::Document;
using rapidjson::Value;

struct Delivery {
  HookResult result;
  std::string hello;
  std::string ingest;
  Document message;
  const Value& payload() const { return message["payload"]; }
  const Value& context() const { return message["context"]; }
};

// A message that arrived at a socket of this test.
std::string received_from(HookRun run, HookResult& result) {
  const TempDir directory;
  Listener listener(directory.path("atm.sock"));
  run.environment.push_back("ATM_SOCKET=" + directory.path("atm.sock"));
  result = run_hook(run);
  return listener.received();
}

enum class Expected { kJson, kText };

// Runs the hook and parses its two lines.
Delivery deliver(HookRun run, Expected expected = Expected::kJson) {
  run.has_time_limit = !run.closes_stdin || run.trickles;
  Delivery delivery;
  REQUIRE(succeeds_in_time([&] {
    const std::string received = received_from(run, delivery.result);
    CHECK(delivery.result.exit_code == 0);
    CHECK(delivery.result.printed.empty());
    const std::size_t end = received.find('\n');
    delivery.hello = received.substr(0, end);
    delivery.ingest = end == std::string::npos ? "" : received.substr(end + 1);
    delivery.message.Parse(delivery.ingest.c_str());
    return !delivery.message.HasParseError() &&
           delivery.payload().IsString() == (expected == Expected::kText);
  }));
  REQUIRE(delivery.ingest.find('\n') == delivery.ingest.size() - 1);
  REQUIRE(delivery.ingest.size() <= 1048576);
  return delivery;
}

HookRun with_payload(std::string payload) {
  HookRun run;
  run.payload = std::move(payload);
  return run;
}

hook_process self() {
  const std::string stat = read_file("/proc/self/stat");
  hook_process process{};
  REQUIRE(hook_process_parse(stat.data(), stat.size(), &process));
  return process;
}

void check_ends_without_output(const HookRun& run) {
  const HookResult result = run_hook(run);
  CHECK(result.exit_code == 0);
  CHECK(result.printed.empty());
}

std::string text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

}  // namespace

TEST_CASE("recorded payloads arrive whole, in a hello and an ingest line") {
  const auto name =
      GENERATE(values<std::string>({"session_start", "pre_tool_use", "post_tool_use", "status_line"}));
  CAPTURE(name);
  const std::string payload = read_file(ATM_HOOK_TESTDATA "/" + name + ".json");
  HookRun run = with_payload(payload);
  if (name == "status_line") run.arguments.emplace_back("--status-line");
  const Delivery delivery = deliver(run);
  CHECK(delivery.hello ==
        R"({"type":"hello","protocol_version":{"major":1,"minor":0},"client_type":"session"})");
  CHECK(text_of(delivery.message["type"]) == "ingest");
  CHECK(text_of(delivery.message["channel"]) ==
        (name == "status_line" ? "claude_code/status_line" : "claude_code/hook"));
  Document sent;
  sent.Parse(payload.c_str());
  CHECK(delivery.payload() == sent);
  CHECK_FALSE(delivery.context().HasMember("cut"));
}

TEST_CASE("a recorded payload in the last argument arrives whole, and standard input stays unread") {
  std::string payload = read_file(ATM_HOOK_TESTDATA "/codex_notify.json");
  HookRun run = with_payload("not read");
  run.arguments = {"--agent", "codex", "--argv", payload};
  const Delivery delivery = deliver(run);
  CHECK(text_of(delivery.message["channel"]) == "codex/notify");
  Document sent;
  sent.Parse(payload.c_str());
  CHECK(delivery.payload() == sent);
  CHECK(delivery.context()["pid"].GetInt() == getpid());
  // The longest argument that the system passes.
  payload = "{\"a\":\"" + std::string((128U << 10U) - 9, 'x') + "\"}";
  run.arguments.back() = payload;
  const Delivery long_one = deliver(run);
  CHECK(text_of(long_one.payload()["a"]) == std::string(1024, 'x'));
  run.arguments.pop_back();
  const Delivery empty = deliver(run, Expected::kText);
  CHECK(text_of(empty.payload()).empty());
}

TEST_CASE("the context contains time, location and process of the agent") {
  HookRun run;
  run.arguments = {"--agent", "claude_code", "--event", "Stop"};
  run.environment = {"TMUX=/tmp/tmux-0/default,12,0", "TMUX_PANE=%3", "TERM=xterm",
                     "CLAUDE_PID=" + std::to_string(getpid()), "CLAUDE_CODE_SESSION_ID=abc"};
  const auto before = std::chrono::system_clock::now().time_since_epoch();
  const Delivery delivery = deliver(run);
  const auto after = std::chrono::system_clock::now().time_since_epoch();
  const Value& context = delivery.context();
  const std::chrono::nanoseconds time{context["time_ns"].GetInt64()};
  CHECK(time >= before);
  CHECK(time <= after);
  CHECK(text_of(context["event"]) == "Stop");
  CHECK(context["pid"].GetInt() == getpid());
  CHECK(context["start_ticks"].GetUint64() == self().start_ticks);
  CHECK("pid:[" + std::to_string(context["pid_ns"].GetUint64()) + "]" ==
        std::filesystem::read_symlink("/proc/self/ns/pid").string());
  CHECK(context["ppids"][0]["pid"].GetInt() == getpid());
  CHECK(context["ppids"][0]["start_ticks"].GetUint64() == self().start_ticks);
  CHECK(context["ppids"][1]["pid"].GetInt() == getppid());
  CHECK(context["ppids"].Size() <= 16);
  CHECK(text_of(context["tmux_pane"]) == "%3");
  CHECK(text_of(context["tmux_socket"]) == "/tmp/tmux-0/default");
  CHECK(text_of(context["cwd"]) == std::filesystem::current_path().string());
  char host[256] = "";
  gethostname(host, sizeof host);
  CHECK(text_of(context["host"]) == host);
  CHECK(context["env"].MemberCount() == 3);
  CHECK(text_of(context["env"]["CLAUDE_CODE_SESSION_ID"]) == "abc");
  char tty[24];
  hook_process_tty(self().tty, tty);
  CHECK(context.HasMember("tty") == (tty[0] != 0));
}

TEST_CASE("a shell between agent and hook is in the chain but is not the agent process") {
  HookRun run;
  run.shell_command = "\"$0\" \"$@\"; exit 0";
  const Delivery delivery = deliver(run);
  CHECK(text_of(delivery.context()["ppids"][0]["comm"]) == "sh");
  CHECK(delivery.context()["ppids"][1]["pid"].GetInt() == getpid());
  CHECK(delivery.context()["pid"].GetInt() == getpid());
}

TEST_CASE("a process name of any bytes arrives as valid JSON") {
  char name[16] = "";
  prctl(PR_GET_NAME, name);
  prctl(PR_SET_NAME, "a) S 1 \"\\\xFF\n(");
  const Delivery delivery = deliver({});
  prctl(PR_SET_NAME, name);
  CHECK(text_of(delivery.context()["ppids"][0]["comm"]) == "a) S 1 \"\\\xEF\xBF\xBD\n(");
  CHECK(is_valid_json(delivery.ingest));
}

TEST_CASE("secrets of the environment are not sent") {
  HookRun run;
  run.environment = {"CLAUDE_CODE_MESSAGING_TOKEN=secret-1",
                     "CLAUDE_CODE_MESSAGING_SOCKET=secret-2",
                     "ANTHROPIC_API_KEY=secret-3",
                     "SSH_CONNECTION=secret-4",
                     "CLAUDE_CODE_SESSION_IDS=secret-5",
                     "TERMCAP=secret-6",
                     "TMUX=/tmp/t,secret-7",
                     "CLAUDE_EFFORT=high"};
  const Delivery delivery = deliver(run);
  CHECK(delivery.ingest.find("secret") == std::string::npos);
  CHECK(text_of(delivery.context()["env"]["CLAUDE_EFFORT"]) == "high");
}

TEST_CASE("a value of the environment is cut at 256 bytes, between characters") {
  HookRun run;
  run.environment = {"CLAUDE_JOB_DIR=x" + [] {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "\xE2\x82\xAC";
    return text;
  }()};
  const Delivery delivery = deliver(run);
  CHECK(delivery.context()["env"]["CLAUDE_JOB_DIR"].GetStringLength() == 256);
  CHECK(is_valid_json(delivery.ingest));
}

TEST_CASE("megabytes arrive as kilobytes, with the original lengths") {
  const auto size = GENERATE(as<std::size_t>(), 180 << 10, 360 << 10, 4 << 20);
  std::string content;
  while (content.size() < size) content += "line of \\\"code\\\" \xE2\x82\xAC\\n";
  const Delivery delivery = deliver(with_payload(
      R"({"hook_event_name":"PostToolUse","tool_input":{"file_path":"/f","content":")" + content +
      R"("},"tool_response":{"originalFile":")" + content + R"("},"session_id":"s"})"));
  CHECK(text_of(delivery.payload()["session_id"]) == "s");
  CHECK(text_of(delivery.payload()["tool_input"]["file_path"]) == "/f");
  CHECK(delivery.context()["cut"]["/tool_input/content"].GetUint64() == content.size());
  CHECK(delivery.context()["cut"]["/tool_response/originalFile"].GetUint64() == content.size());
  CHECK(delivery.context()["cut_count"].GetInt() == 2);
  CHECK(delivery.ingest.size() < 8192);
}

TEST_CASE("input that is not JSON arrives as text with its length") {
  const Delivery empty = deliver(with_payload(""), Expected::kText);
  CHECK(empty.payload().GetStringLength() == 0);
  const Delivery torn = deliver(with_payload("{\"session_id\":\"s\",\n\xFF"), Expected::kText);
  CHECK(text_of(torn.payload()) == "{\"session_id\":\"s\",\n\xEF\xBF\xBD");
  CHECK_FALSE(torn.context().HasMember("cut"));
  const Delivery large = deliver(with_payload("x" + std::string(100000, '\n')), Expected::kText);
  CHECK(large.payload().GetStringLength() == 512);
  CHECK(large.context()["cut"][""].GetInt() == 100001);
}

TEST_CASE("a document nested 10,000 deep arrives without its deep levels") {
  const Delivery delivery = deliver(
      with_payload("{\"a\":" + std::string(10000, '[') + std::string(10000, ']') + ",\"session_id\":\"s\"}"));
  CHECK(text_of(delivery.payload()["session_id"]) == "s");
  CHECK(delivery.context()["elided_count"].GetInt() == 1);
}

TEST_CASE("a large message arrives whole over several writes") {
  const Delivery delivery = deliver(with_payload(large_message()));
  CHECK(delivery.payload().MemberCount() == 701);
}

TEST_CASE("a whole document is sent soon, even if the pipe stays open") {
  HookRun run = with_payload("{\"session_id\":\"s\"}\n");
  run.closes_stdin = false;
  const Delivery delivery = deliver(run);
  CHECK(text_of(delivery.payload()["session_id"]) == "s");
  check_ends_without_output(run);
}

TEST_CASE("slow or missing standard input delays the hook only up to the time limit") {
  HookRun run = with_payload("");
  SECTION("no input") {
    run.closes_stdin = false;
  }
  SECTION("a byte each millisecond") {
    run.payload = "{\"a\":\"" + std::string(100000, 'x');
    run.trickles = true;
  }
  SECTION("half a document") {
    run.payload = "{\"a\":";
    run.closes_stdin = false;
  }
  check_ends_without_output(run);
  CHECK(deliver(run, Expected::kText).payload().GetStringLength() <= 1024);
}

TEST_CASE("the hook does not block the agent if no daemon receives the message") {
  const TempDir directory;
  const std::string path = directory.path("atm.sock");
  HookRun run = with_payload(large_message());
  run.environment = {"ATM_SOCKET=" + path};
  SECTION("in each state of the daemon") {
    const PeerState state = GENERATE(from_range(std::begin(kPeerStates), std::end(kPeerStates)));
    CAPTURE(name_of(state));
    const Peer peer(state, path);
    check_ends_without_output(run);
  }
  SECTION("the socket is a file") {
    std::ofstream(path) << "x";
    check_ends_without_output(run);
  }
  SECTION("the path is too long") {
    run.environment = {"ATM_SOCKET=/" + std::string(200, 'x')};
    check_ends_without_output(run);
  }
}

TEST_CASE("invalid arguments cause no error in the agent") {
  HookRun run;
  run.arguments = GENERATE(values<std::vector<std::string>>({{},
                                                             {"--agent"},
                                                             {"--agent", ""},
                                                             {"--agent", "../x"},
                                                             {"--what"},
                                                             {"--event", "Stop"},
                                                             {"-h", "--"}}));
  check_ends_without_output(run);
}

TEST_CASE("the payload is read to its end even if it cannot be sent") {
  // A writer whose reader exits early is killed by SIGPIPE: here dd, whose exit status would show it.
  HookRun run;
  run.arguments.clear();
  run.shell_command = "(dd if=/dev/zero bs=65536 count=32 2>/dev/null || echo broken) | \"$0\" " +
                      std::string(GENERATE("--agent claude_code", "--agent ../x"));
  run.has_time_limit = false;
  CHECK(succeeds_in_time([&] { return run_hook(run).printed.empty(); }));
}

TEST_CASE("version and help are printed on request") {
  HookRun run;
  run.arguments = {"--version"};
  CHECK(run_hook(run).printed.rfind("atm-hook ", 0) == 0);
  run.arguments = {"--help"};
  CHECK(run_hook(run).printed.rfind("usage: atm-hook", 0) == 0);
  CHECK(run_hook(run).exit_code == 0);
}

TEST_CASE("another user's socket receives nothing") {
  if (geteuid() != 0) {
    WARN("skipped: only root can listen as another user");
    return;
  }
  const TempDir directory;
  const std::string path = directory.path("atm.sock");
  const int listening = listen_on(path, 16);
  REQUIRE(chmod(directory.path("").c_str(), 0755) == 0);
  // A connecting process sees the credentials of the last process that called listen().
  const pid_t child = fork();
  if (child == 0) _exit(setuid(65534) == 0 && listen(listening, 16) == 0 ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  REQUIRE(status == 0);
  HookRun run;
  run.environment = {"ATM_SOCKET=" + path};
  run.has_time_limit = false;
  int connection = -1;
  REQUIRE(succeeds_in_time([&] {
    CHECK(run_hook(run).exit_code == 0);
    connection = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return connection >= 0;
  }));
  char byte = 0;
  CHECK(read(connection, &byte, 1) == 0);
  close(connection);
  close(listening);
}
