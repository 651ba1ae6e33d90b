// SPDX-License-Identifier: MIT
// The command that the hook replaces in a status line behaves as without the hook.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "peer_test_support.hpp"
#include "run_test_support.hpp"
#include "support/catch.hpp"

namespace {

using Clock = std::chrono::steady_clock;

HookRun run_of(const std::string& command, std::string payload) {
  HookRun run;
  run.arguments = {"--agent", "claude_code", "--status-line", "--then", command};
  run.environment = {"PATH=/usr/bin:/bin", "HOME=/", "COLUMNS=80", "X=a b"};
  run.payload = std::move(payload);
  return run;
}

// The same run as the agent process would do it without the hook.
HookRun alone(const HookRun& run) {
  HookRun plain = run;
  plain.program = "/bin/sh";
  plain.arguments = {"-c", run.arguments.back()};
  return plain;
}

void check_is_unchanged(const HookRun& run) {
  const HookResult expected = run_hook(alone(run));
  const HookResult result = run_hook(run);
  CHECK(result.printed == expected.printed);
  CHECK(result.exit_code == expected.exit_code);
}

// A status line whose input is the output of a shell command.
HookResult run_fed_by(const std::string& writer) {
  HookRun run;
  run.shell_command = "{ " + writer + "; } | \"$0\" --agent claude_code --status-line --then 'cat; exit 4'";
  run.arguments.clear();
  run.environment = {"PATH=/usr/bin:/bin"};
  return run_hook(run);
}

std::string status_payload(std::size_t size) {
  return R"({"session_id":"s","model":{"id":"m"},"text":")" + std::string(size, 'x') + "\"}\n";
}

// A status line in its own process group, as the agent process starts it.
class Running {
 public:
  Running(const std::string& command, const std::string& output) {
    const std::string program = ATM_HOOK_PROGRAM;
    std::vector<std::string> texts{program, "--agent", "claude_code", "--status-line", "--then", command};
    std::vector<char*> arguments;
    arguments.reserve(texts.size() + 1);
    for (auto& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    std::array<std::string, 2> variables{"ATM_SOCKET=/dev/null/none", "PATH=/usr/bin:/bin"};
    char* environment[] = {variables[0].data(), variables[1].data(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    is_started_ =
        posix_spawn(&pid_, program.c_str(), &files, &attributes, arguments.data(), environment) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }
  ~Running() {
    if (!is_started_ || has_ended_) return;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  bool is_started() const { return is_started_; }
  pid_t pid() const { return pid_; }
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    has_ended_ = true;
    return status;
  }

 private:
  pid_t pid_ = 0;
  bool is_started_ = false;
  bool has_ended_ = false;
};

template <typename Condition>
bool comes_true(Condition condition) {
  const auto end = Clock::now() + kTimeout;
  while (!condition() && Clock::now() < end) poll(nullptr, 0, 2);
  return condition();
}

}  // namespace

TEST_CASE("the output of the user's own status line is unchanged") {
  const std::string command = GENERATE(values<std::string>({
      "cat",
      "printf 'no newline'",
      "printf '\\033[1;32mgreen\\033[0m\\n'",
      "printf 'one\\ntwo\\nthree\\n'",
      "echo out; echo err >&2",
      "true",
      "echo failed; exit 3",
      "no-such-command-anywhere",
      "syntax error ((",
      "head -c 7",
      "read -r line; echo \"$line\" | wc -c",
      "sleep 0.2; echo slow; cat | wc -c",
      "exec 0<&-; echo closed",
      "kill -TERM $$",
      "echo before; kill -KILL $$",
      "env | sort | grep -v ^_=",
      "pwd; umask; ulimit -a",
      "yes | head -n 1; echo \"$?\"",
      "trap '' PIPE; trap; grep -E 'Sig(Blk|Cgt|Ign)' /proc/self/status",
      "ls /proc/self/fd; readlink /proc/self/fd/0 | cut -c 1-5",
  }));
  CAPTURE(command);
  check_is_unchanged(run_of(command, status_payload(300)));
}

TEST_CASE("input of any size reaches the command whole") {
  const auto size = GENERATE(as<std::size_t>(), 0, 1, 65535, 65536, 70000, 200 << 10, 2 << 20, 20 << 20);
  CAPTURE(size);
  check_is_unchanged(run_of("cksum", std::string(size, 'x')));
  check_is_unchanged(run_of("head -c 100000 | cksum", status_payload(size)));
}

TEST_CASE("a limit on the size of files does not truncate the command's input") {
  HookRun run = run_of("cksum; grep SigIgn /proc/self/status", status_payload(2 << 20));
  const std::string limited = "ulimit -f 1; exec ";
  HookRun plain = alone(run);
  plain.arguments.back() = limited + "/bin/sh -c '" + plain.arguments.back() + "'";
  run.shell_command = limited + "\"$0\" \"$@\"";
  const HookResult result = run_hook(run);
  CHECK(result.printed == run_hook(plain).printed);
  CHECK(result.exit_code == 0);
}

TEST_CASE("the command gets its input and the daemon its record in every state of the daemon") {
  const PeerState state = GENERATE(from_range(std::begin(kPeerStates), std::end(kPeerStates)));
  CAPTURE(name_of(state));
  const TempDir directory;
  Peer peer(state, directory.path("atm.sock"));
  HookRun run = run_of("cat; exit 5", large_message());
  run.environment.push_back("ATM_SOCKET=" + directory.path("atm.sock"));
  run.has_time_limit = false;
  CHECK(succeeds_in_time([&] {
    const HookResult result = run_hook(run);
    CHECK(result.printed == large_message());
    CHECK(result.exit_code == 5);
    std::string records = read_file(directory.path("atm.sock.spool/records"));
    if (state == PeerState::kReads) records += peer.received();
    return state == PeerState::kCloses || records.find("claude_code/status_line") != std::string::npos;
  }));
}

TEST_CASE("late input, also after the time limit, reaches the command") {
  const HookResult result = run_fed_by(R"(printf '{"a":'; sleep 0.3; printf '1}')");
  CHECK(result.printed == "{\"a\":1}");
  CHECK(result.exit_code == 4);
}

TEST_CASE("a command that needs no input does not wait for it") {
  HookRun run = run_of("echo line", "{\"a\":");
  run.closes_stdin = false;
  CHECK(run_hook(run).printed == "line\n");
}

TEST_CASE("a whole document reaches the command at once, even if the pipe stays open") {
  HookRun run = run_of("read -r line; echo \"$line\"; echo end", status_payload(10));
  run.closes_stdin = false;
  CHECK(run_hook(run).printed == status_payload(10) + "end\n");
}

TEST_CASE("input that follows a whole document after a pause reaches the command too") {
  const HookResult result =
      run_fed_by(R"(printf '{"a":1}'; sleep 0.05; printf '\n{"b":2}'; sleep 0.2; printf ' end')");
  CHECK(result.printed == "{\"a\":1}\n{\"b\":2} end");
  CHECK(result.exit_code == 4);
}

TEST_CASE("slow input reaches the command as it arrives") {
  HookRun run = run_of("head -c 500", "{\"a\":\"" + std::string(100000, 'x'));
  run.trickles = true;
  CHECK(run_hook(run).printed == run.payload.substr(0, 500));
}

TEST_CASE("the hook executes the command: no process is between it and the agent process") {
  HookRun run = run_of("echo $$ $PPID", "{}");
  const HookResult result = run_hook(run);
  CHECK(result.printed == std::to_string(result.pid) + " " + std::to_string(getpid()) + "\n");
}

TEST_CASE("a signal that ends the hook ends the command") {
  const TempDir directory;
  const std::string output = directory.path("output");
  SECTION("to its process group, as the agent process does") {
    Running line("sleep 1000 & echo $!; wait", output);
    REQUIRE(line.is_started());
    REQUIRE(comes_true([&] { return read_file(output).find('\n') != std::string::npos; }));
    const pid_t child = std::stoi(read_file(output));
    REQUIRE(kill(-line.pid(), SIGTERM) == 0);
    CHECK(WTERMSIG(line.wait()) == SIGTERM);
    CHECK(comes_true([&] {
      const std::string stat = read_file("/proc/" + std::to_string(child) + "/stat");
      return stat.empty() || stat.find(") Z ") != std::string::npos;
    }));
  }
  SECTION("to the process alone, and the command may handle it") {
    Running line("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done", output);
    REQUIRE(line.is_started());
    REQUIRE(comes_true([&] { return read_file(output) == "ready\n"; }));
    REQUIRE(kill(line.pid(), SIGTERM) == 0);
    CHECK(WEXITSTATUS(line.wait()) == 7);
    CHECK(read_file(output) == "ready\nbye\n");
  }
}

TEST_CASE("the command inherits ignored and blocked signals") {
  HookRun run = run_of("grep -E 'Sig(Ign|Blk)' /proc/self/status", "{}");
  const std::string prepared = "trap '' PIPE ALRM XFSZ; exec ";
  const std::string hooked = [&] {
    HookRun shell = run;
    shell.shell_command = prepared + "\"$0\" \"$@\"";
    return run_hook(shell).printed;
  }();
  HookRun plain = alone(run);
  plain.arguments.back() = prepared + plain.arguments.back();
  CHECK(hooked == run_hook(plain).printed);
}

TEST_CASE("closed standard descriptors cause no failure") {
  HookRun run = run_of("cat | wc -c", "{}");
  const std::string closing = GENERATE("<&-", "2>&-", "<&- 2>&-");
  run.shell_command = "\"$0\" \"$@\" " + closing;
  CHECK(run_hook(run).printed == (closing[0] == '<' ? "0\n" : "2\n"));
}

TEST_CASE("a missing command or an invalid agent name does not break the status line") {
  HookRun run;
  run.arguments = {"--agent", "claude_code", "--status-line", "--then"};
  CHECK(run_hook(run).printed.empty());
  run.arguments = {"--agent", "../x", "--status-line", "--then=cat"};
  CHECK(run_hook(run).printed == run.payload);
  run.arguments = {"--then", "cat --version --help", "--status-line"};
  CHECK(run_hook(run).printed.find("usage: atm-hook") == std::string::npos);
}
