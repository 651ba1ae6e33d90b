// SPDX-License-Identifier: MIT
// Tests of the message context: processes, environment, socket paths, command line, text.
#include <rapidcheck.h>
#include <rapidjson/document.h>

#include <cstring>
#include <string>
#include <vector>

#include "endpoint.h"
#include "environment.h"
#include "message.h"
#include "options.h"
#include "process.h"
#include "scan_test_support.hpp"
#include "support/catch.hpp"

namespace {

hook_process parsed(const std::string& stat) {
  hook_process process{};
  REQUIRE(hook_process_parse(stat.data(), stat.size(), &process));
  return process;
}

std::string stat_line(const std::string& comm) {
  return "4711 (" + comm +
         ") S 42 4711 4711 34819 4711 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200 "
         "18446744073709551615\n";
}

std::string comm_of(const hook_process& process) {
  return {process.comm, process.comm_size};
}

hook_process named(int pid, const std::string& comm) {
  hook_process process{};
  process.pid = pid;
  process.comm_size = comm.size();
  std::memcpy(process.comm, comm.data(), comm.size());
  return process;
}

int client_pid(const std::vector<hook_process>& chain, const char* agent, const char* claude_pid) {
  const hook_process* client = hook_process_client(chain.data(), chain.size(), agent, claude_pid);
  return client == nullptr ? 0 : client->pid;
}

std::string tty_of(unsigned number) {
  char path[24];
  hook_process_tty(number, path);
  return path;
}

class Environment {
 public:
  explicit Environment(std::vector<std::string> entries) : entries_(std::move(entries)) {
    list_.reserve(entries_.size() + 1);
    for (auto& entry : entries_) list_.push_back(entry.data());
    list_.push_back(nullptr);
    hook_environment_read(&environment_, list_.data());
  }
  const hook_environment* get() const { return &environment_; }

  std::vector<std::string> candidates() const {
    std::vector<std::string> paths;
    for (unsigned i = 0; i < HOOK_CANDIDATES; ++i) {
      char path[HOOK_PATH_MAX];
      if (hook_endpoint_path(&environment_, 1000, i, path)) paths.emplace_back(path);
    }
    return paths;
  }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> list_;
  hook_environment environment_{};
};

hook_options options_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "atm-hook");
  static std::vector<std::string> kept;
  kept = std::move(arguments);
  std::vector<char*> list;
  list.reserve(kept.size());
  for (auto& argument : kept) list.push_back(argument.data());
  hook_options options;
  hook_options_read(&options, static_cast<int>(list.size()), list.data());
  return options;
}

std::string put_string(const std::string& text, std::size_t limit) {
  std::vector<char> buffer(text.size() * 6 + 2);
  hook_text out{buffer.data(), 0, buffer.size(), false};
  hook_put_string(&out, text.data(), text.size(), limit);
  REQUIRE_FALSE(out.overflow);
  return {out.data, out.size};
}

}  // namespace

TEST_CASE("a line of /proc/PID/stat is parsed with any process name") {
  const auto comm = GENERATE(values<std::string>(
      {"claude", "tmux: server", "a) S 1 (b", "))((", "", " ", "new\nline", "\xFF\xFE", "memfd:sealed-91"}));
  CAPTURE(comm);
  const hook_process process = parsed(stat_line(comm));
  CHECK(process.pid == 4711);
  CHECK(process.parent == 42);
  CHECK(process.tty == 34819);
  CHECK(process.start_ticks == 987654);
  CHECK(comm_of(process) == comm);
}

TEST_CASE("an incomplete line of stat is refused") {
  const std::string line = stat_line("claude");
  const std::size_t needed = line.find("987654") + 1;
  for (std::size_t size = 0; size < needed; ++size) {
    hook_process process{};
    CAPTURE(size);
    CHECK_FALSE(hook_process_parse(line.data(), size, &process));
  }
}

TEST_CASE("law: any bytes in place of a stat line are safe to parse") {
  CHECK(rc::check([](const std::string& bytes) {
    hook_process process{};
    const std::vector<char> exact(bytes.begin(), bytes.end());
    hook_process_parse(exact.data(), exact.size(), &process);
    RC_ASSERT(process.comm_size <= std::size_t{HOOK_COMM_MAX});
  }));
}

TEST_CASE("the agent process is CLAUDE_PID if it is an ancestor") {
  const std::vector<hook_process> chain{named(9, "sh"), named(8, "claude"), named(7, "bash"),
                                        named(6, "claude")};
  CHECK(client_pid(chain, "claude_code", "8") == 8);
  CHECK(client_pid(chain, "claude_code", "6") == 6);
  CHECK(client_pid(chain, "claude_code", "5") == 8);
  CHECK(client_pid(chain, "claude_code", "") == 8);
  CHECK(client_pid(chain, "claude_code", "x") == 8);
  CHECK(client_pid(chain, "claude_code", nullptr) == 8);
}

TEST_CASE("CLAUDE_PID does not make an outer claude the process of another agent") {
  const std::vector<hook_process> chain{named(9, "sh"), named(8, "codex"), named(7, "bash"),
                                        named(6, "claude")};
  CHECK(client_pid(chain, "codex", "6") == 8);
}

TEST_CASE("without CLAUDE_PID the agent process is the nearest ancestor that is no shell") {
  CHECK(client_pid({named(9, "bash"), named(8, "env"), named(7, "agent"), named(6, "tmux")}, "other",
                   nullptr) == 7);
  CHECK(client_pid({named(9, "wrapper"), named(8, "node")}, "claude_code", nullptr) == 8);
  CHECK(client_pid({named(9, "wrapper"), named(8, "node")}, "gemini", nullptr) == 9);
  CHECK(client_pid({named(9, "sh"), named(8, "zsh")}, "other", nullptr) == 9);
  CHECK(client_pid({}, "other", nullptr) == 0);
}

TEST_CASE("the path of a terminal is derived from its device number") {
  CHECK(tty_of(34816) == "/dev/pts/0");
  CHECK(tty_of(34819) == "/dev/pts/3");
  CHECK(tty_of(0x108823) == "/dev/pts/291");
  CHECK(tty_of(0x401) == "/dev/tty1");
  CHECK(tty_of(0x440) == "/dev/ttyS0");
  CHECK(tty_of(0).empty());
  CHECK(tty_of(0x501).empty());
  CHECK(tty_of(0xFFFFFFFF).size() < 24);
}

TEST_CASE("only the listed variables are read, by their full name") {
  const Environment environment(
      {"TERMINFO=x", "TERM=first", "TERM=second", "LINES", "COLUMNS=", "TMUX=a,b,c"});
  CHECK(std::string(environment.get()->value[HOOK_ENV_TERM]) == "first");
  CHECK(environment.get()->value[HOOK_ENV_LINES] == nullptr);
  CHECK(std::string(environment.get()->value[HOOK_ENV_COLUMNS]).empty());
  CHECK(environment.get()->value[HOOK_ENV_TERM_PROGRAM] == nullptr);
}

TEST_CASE("no reported variable is a secret of the agent") {
  for (unsigned i = 0; i < HOOK_ENV_REPORTED; ++i) {
    const std::string name = hook_environment_name(static_cast<hook_variable>(i));
    CAPTURE(name);
    CHECK(name.find("TOKEN") == std::string::npos);
    CHECK(name.find("KEY") == std::string::npos);
    CHECK(name.find("MESSAGING") == std::string::npos);
    CHECK(name.find("SSH_CONNECTION") == std::string::npos);
  }
}

TEST_CASE("the socket is ATM_SOCKET alone if it is set, else one of three places in order") {
  using Paths = std::vector<std::string>;
  CHECK(Environment({"ATM_SOCKET=/s", "XDG_RUNTIME_DIR=/r", "HOME=/h"}).candidates() == Paths{"/s"});
  CHECK(Environment({"XDG_RUNTIME_DIR=/r", "XDG_STATE_HOME=/x", "HOME=/h"}).candidates() ==
        Paths{"/r/atm/atm.sock", "/run/user/1000/atm/atm.sock", "/x/atm/run/atm.sock"});
  CHECK(Environment({"ATM_SOCKET=", "XDG_STATE_HOME=relative", "HOME=/h"}).candidates() ==
        Paths{"/run/user/1000/atm/atm.sock", "/h/.local/state/atm/run/atm.sock"});
  CHECK(Environment(Paths{}).candidates() == Paths{"/run/user/1000/atm/atm.sock"});
}

TEST_CASE("a path that is too long for a socket is ignored") {
  CHECK(Environment({"ATM_SOCKET=/" + std::string(106, 'x')}).candidates().size() == 1);
  CHECK(Environment({"ATM_SOCKET=/" + std::string(107, 'x')}).candidates().empty());
  CHECK(Environment({"XDG_RUNTIME_DIR=/" + std::string(5000, 'x')}).candidates().size() == 1);
}

TEST_CASE("options are read in both spellings, and unknown ones are ignored") {
  const hook_options options =
      options_of({"--agent", "claude_code", "--later", "--event=Stop", "--status-line", "stray"});
  CHECK(std::string(options.agent) == "claude_code");
  CHECK(std::string(options.event) == "Stop");
  CHECK(options.is_status_line);
  CHECK_FALSE(options.wants_version);
  CHECK(options_of({"--agent"}).agent == nullptr);
  CHECK(options_of({}).agent == nullptr);
}

TEST_CASE("after --argv the last argument is the payload, and nothing else counts") {
  const hook_options options =
      options_of({"--agent", "codex", "--status-line", "--then", "id", "--argv", "--start", "--version"});
  CHECK(std::string(options.payload) == "--version");
  CHECK_FALSE(options.wants_version);
  CHECK_FALSE(options.wants_start);
  CHECK_FALSE(options.is_status_line);
  CHECK(options.then == nullptr);
  CHECK(std::string(options_of({"--agent", "codex", "--argv"}).payload).empty());
  CHECK(options_of({"--agent", "codex"}).payload == nullptr);
}

TEST_CASE("an agent's name cannot produce an invalid channel") {
  const auto bad =
      GENERATE(values<std::string>({"", "a/b", "a\"b", "a b", "\xC3\xA9", std::string(65, 'a')}));
  CHECK(options_of({"--agent", bad}).agent == nullptr);
  CHECK(hook_is_agent(std::string(64, 'a').c_str()));
  CHECK(hook_is_agent("my-agent_2.0"));
}

TEST_CASE("law: any text becomes a JSON string within its limit") {
  CHECK(rc::check([](const std::string& text, std::uint8_t limit) {
    const std::string written = put_string(text, limit);
    RC_ASSERT(is_valid_json(written));
    RC_ASSERT(written.size() <= limit + 2U);
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
    if (is_ascii && text.size() * 6 <= limit) {
      rapidjson::Document document;
      document.Parse(written.c_str());
      RC_ASSERT(std::string(document.GetString(), document.GetStringLength()) == text);
    }
  }));
}

TEST_CASE("the largest possible message fits in a line of the protocol") {
  std::vector<std::string> entries;
  entries.reserve(HOOK_ENV_COUNT);
  for (unsigned i = 0; i < HOOK_ENV_COUNT; ++i)
    entries.push_back(hook_environment_name(static_cast<hook_variable>(i)) +
                      ("=" + std::string(4000, '\x01')));
  const Environment environment(entries);
  std::vector<hook_process> chain(HOOK_CHAIN_MAX, named(2147483647, std::string(HOOK_COMM_MAX, '\x01')));
  for (auto& process : chain) process.start_ticks = UINT64_MAX;
  const std::string endless(9000, '\x01');

  std::string payload = "{";
  const std::string big = ":\"" + std::string(1100, 'x') + "\"";
  for (int i = 0; i < 20; ++i)
    payload += "\"" + std::string(380 - 20, 'k') + std::to_string(i) + "\"" + big + ",";
  while (payload.size() < 3 << 20) payload += "\"k\"" + big + ",";
  payload += "\"end\":1}";

  std::vector<char> buffer(HOOK_MESSAGE_CAPACITY);
  hook_text out{buffer.data(), 0, buffer.size(), false};
  hook_message_start(&out, std::string(64, 'a').c_str(), "status_line");
  auto scan = std::make_unique<hook_scan>();
  hook_scan_start(scan.get(), &out);
  hook_scan_feed(scan.get(), payload.data(), payload.size());
  REQUIRE(hook_scan_finish(scan.get()));
  hook_context context{};
  context.time_ns = context.pid_namespace = UINT64_MAX;
  context.event = context.cwd = context.host = endless.c_str();
  context.client = chain.data();
  context.chain = chain.data();
  context.chain_count = chain.size();
  context.environment = environment.get();
  hook_message_finish(&out, &context, scan.get(), 0);

  REQUIRE_FALSE(out.overflow);
  const std::string text(out.data, out.size);
  const std::size_t hello = text.find('\n') + 1;
  CHECK(is_valid_json(text.substr(0, hello - 1)));
  CHECK(text.find('\n', hello) == text.size() - 1);
  CHECK(text.size() - hello <= HOOK_LINE_MAX);
  CHECK(is_valid_json(text.substr(hello)));
  CHECK(scan->note_count == HOOK_NOTES_MAX);
}
