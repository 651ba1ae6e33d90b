// SPDX-License-Identifier: MIT
// Tests of atm doctor with the real daemon in faulty states.
#include <atm/json.hpp>
#include <filesystem>

#include "cli_program.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"
#include "wire_client.hpp"

namespace atm::test {
namespace {

using Words = std::vector<std::string>;

// A private user: home directory, working directory, environment.
class SetupUser final {
 public:
  explicit SetupUser(const std::string& socket) {
    home_.directory("work");
    set("ATM_SOCKET", socket);
    set("HOME", home_.path().string());
    set("PATH", "/usr/bin:/bin");
    set("XDG_RUNTIME_DIR", (home_.path() / "run").string());
  }

  [[nodiscard]] const TempDir& home() const { return home_; }
  void set(const std::string& name, const std::string& value) { environment_.push_back(name + "=" + value); }
  void forget_all() { environment_.clear(); }

  /// Configures every event of Claude Code to run `command`.
  void hooks(const std::string& command, const std::string& more = "") const {
    std::string text = "{ // by hand\n\"hooks\":{";
    for (const char* event : {"SessionStart", "SessionEnd", "UserPromptSubmit", "PreToolUse", "PostToolUse",
                              "PostToolUseFailure", "PermissionRequest", "Notification", "Stop",
                              "StopFailure", "SubagentStart", "SubagentStop", "PreCompact", "PostCompact"}) {
      text +=
          std::string("\"") + event + R"(":[{"hooks":[{"type":"command","command":")" + command + R"("}]}],)";
    }
    home_.file(".claude/settings.json", text + "}" + more + "}");
  }
  void own_hooks(const std::string& more = "") const {
    hooks("[ -x " ATM_TEST_HOOK " ] && " ATM_TEST_HOOK " --agent claude_code || true", more);
  }

  /// The findings, by `id severity: found → remedy`; `code` is the exit code.
  std::string doctor() {
    Words command{
        "/bin/sh", "-c",    "cd \"$0\" && exec \"$@\"", (home_.path() / "work").string(), ATM_TEST_ATM,
        "doctor",  "--json"};
    Program program(std::move(command), environment_);
    code = program.wait();
    json::Reader reader;
    const std::string out = program.out();
    const json::Value* root = reader.parse(out);
    if (root == nullptr) return "no JSON: " + out + program.err();
    std::string text;
    for (const json::Value& one : json::get_array(*root, "findings")->GetArray()) {
      const auto part = [&one](const char* key) {
        return std::string(json::get_string(one, key).value_or(""));
      };
      if (contains(part("found"), "the hooks of Claude Code (pid ")) {
        sees_other_agents = true;
        continue;
      }
      const std::string agent = part("agent").empty() ? "" : " (" + part("agent") + ")";
      text +=
          part("id") + " " + part("severity") + agent + ": " + part("found") + " → " + part("remedy") + "\n";
    }
    return text;
  }

  int code = -1;
  bool sees_other_agents = false;  // agents of the machine or of other tests, which doctor() leaves out

 private:
  TempDir home_;
  Words environment_;
};

constexpr const char* kStatusLine =
    R"(,"statusLine":{"type":"command","command":")" ATM_TEST_HOOK R"( --agent claude_code --status-line"})";

TEST_CASE("without a daemon the doctor names the sockets it tried, and ends with 3", "[doctor]") {
  SetupUser user("/nowhere/atm.sock");
  const std::string text = user.doctor();
  INFO(text);
  CHECK(user.code == 3);
  CHECK(contains(text,
                 "daemon error: no daemon answers at /nowhere/atm.sock (not found) → run atm setup "
                 "--autostart, or atmd"));
  CHECK(contains(text, "spool ok: "));
}

TEST_CASE("agents that are not in use cause no finding, others name their agent",
          "[doctor][socket][agents]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  user.home().file(".qwen/settings.json", "{ broken");
  const std::string unused = user.doctor();
  INFO(unused);
  CHECK_FALSE(contains(unused, "qwen"));
  CHECK_FALSE(contains(unused, "Qwen"));
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(R"({"type":"ingest","channel":"qwen/hook","payload":{"session_id":"one",)"
            R"("hook_event_name":"SessionStart","source":"startup","cwd":"/home/dev"}})");
  wire.sync();
  const std::string used = user.doctor();
  INFO(used);
  CHECK(user.code == 1);
  CHECK(contains(used, "settings error (qwen): Qwen Code: " + user.home().path(".qwen/settings.json") +
                           ": invalid JSON in line 1"));
  CHECK(contains(used, "agents ok (qwen): Qwen Code: 1 session shown, 1 record since atmd started"));
}

TEST_CASE("with an empty environment the doctor still answers", "[doctor]") {
  SetupUser user("");
  user.forget_all();
  const std::string text = user.doctor();
  INFO(text);
  CHECK((user.code == 3 || user.code == 1 || user.code == 0));  // a daemon of the machine may run
  CHECK(contains(text, "daemon "));
}

TEST_CASE("a working daemon, hooks and a status line cause no finding", "[doctor][socket]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("one", "SessionStart", R"("source":"startup")"));
  wire.sync();
  SetupUser user(daemon.socket().string());
  user.own_hooks(kStatusLine);
  const std::string text = user.doctor();
  INFO(text);
  CHECK(user.code == (user.sees_other_agents ? 1 : 0));
  CHECK(contains(text, "daemon ok: atmd "));
  CHECK(contains(text, "answers at " + daemon.socket().string()));
  CHECK(contains(text, "hooks ok (claude_code): 14 events of Claude Code run atm-hook"));
  CHECK(contains(text, "hook_program ok (claude_code): " ATM_TEST_HOOK " is atm-hook "));
  CHECK(contains(text, "status_line ok (claude_code): "));
  CHECK(contains(text, "events ok (claude_code): 1 hook event and 0 status lines"));
  CHECK(contains(text, "drift ok: "));
  CHECK(contains(text, "clock ok: "));
  CHECK(contains(text, "config ok: "));
  CHECK_FALSE(contains(text, " error: "));
}

TEST_CASE("doctor ends although the daemon is stopped, and distinguishes it from a missing one",
          "[doctor][socket]") {
  ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  daemon.process().signal(SIGSTOP);
  const std::string text = user.doctor();
  daemon.process().signal(SIGCONT);
  INFO(text);
  CHECK(user.code == 3);
  CHECK(contains(text, "daemon error: a process (pid " + std::to_string(daemon.process().pid()) +
                           ") listens at " + daemon.socket().string() + " and does not answer"));
}

TEST_CASE("hooks that run a missing program are an error", "[doctor][socket]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  user.hooks("[ -x /gone/atm-hook ] && /gone/atm-hook --agent claude_code || true");
  const std::string text = user.doctor();
  INFO(text);
  CHECK(user.code == 1);
  CHECK(contains(
      text,
      "hook_program error (claude_code): the settings call /gone/atm-hook, which is not an executable file"));
}

TEST_CASE("settings that Claude Code cannot read are an error, and their text is not repeated",
          "[doctor][socket]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  user.set("ANTHROPIC_API_KEY", "sk-of-the-environment");
  user.home().file(".claude/settings.json", R"({"env":{"ANTHROPIC_API_KEY":"sk-of-the-file"},)");
  const std::string text = user.doctor();
  INFO(text);
  CHECK(contains(text, "settings error (claude_code): " +
                           (user.home().path() / ".claude/settings.json").string() + ": invalid JSON"));
  CHECK_FALSE(contains(text, "sk-of-the"));
}

TEST_CASE("a project's status line that overrides ATM's is found", "[doctor][socket]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  user.own_hooks(kStatusLine);
  user.home().file("work/.claude/settings.json",
                   R"({"statusLine":{"type":"command","command":"secret-tool"}})");
  const std::string text = user.doctor();
  INFO(text);
  CHECK(user.code == 1);
  CHECK(contains(text, "status_line warning (claude_code): " +
                           (user.home().path() / "work/.claude/settings.json").string() +
                           " has a status line, which replaces the one in "));
  CHECK_FALSE(contains(text, "secret-tool"));
}

TEST_CASE("hooks that the directory's settings disable are found", "[doctor][socket]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  user.own_hooks();
  user.home().file("work/.claude/settings.local.json", R"({"disableAllHooks":true})");
  const std::string text = user.doctor();
  CHECK(user.code == 1);
  CHECK(contains(text, "hooks_off error (claude_code): "));
}

TEST_CASE("records that hooks stored for a daemon, and dropped ones, are counted", "[doctor][socket]") {
  const TempDir dir;
  const std::string socket = (dir.path() / "atm.sock").string();
  SetupUser user(socket);
  const auto stored_bytes = [&] {
    std::error_code missing;
    std::uintmax_t size = 0;
    for (const auto& file : std::filesystem::directory_iterator(socket + ".spool", missing))
      size += file.file_size();
    return size;
  };
  // A hook gives up after 25 ms, which is too short on a busy machine.
  const auto report = [&](const std::string& limit) {
    const std::uintmax_t before = stored_bytes();
    return becomes_true([&] {
      Program hook({"/bin/sh", "-c",
                    R"(echo '{"session_id":"one","hook_event_name":"Stop","cwd":"/w"}' | ")" ATM_TEST_HOOK
                    R"(" --agent claude_code)"},
                   {"PATH=/usr/bin:/bin", "ATM_SOCKET=" + socket, "ATM_SPOOL_MAX=" + limit});
      return hook.wait() == 0 && stored_bytes() != before;
    });
  };
  REQUIRE(report("100000"));
  REQUIRE(report("100000"));
  REQUIRE(report("1"));
  const std::string text = user.doctor();
  INFO(text);
  CHECK(user.code == 3);
  CHECK(contains(text, "spool note: 2 records ("));
  CHECK(contains(text, "spool warning: 1 record did not fit into " + socket + ".spool and is lost → "));
}

TEST_CASE("an unknown event is drift and harmless", "[doctor][socket]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("one", "EventOfTheFuture"));
  wire.sync();
  SetupUser user(daemon.socket().string());
  const std::string text = user.doctor();
  INFO(text);
  CHECK(contains(text,
                 "drift note: events that this version does not know: claude_code.event_of_the_future (1)"));
}

TEST_CASE("the socket of a killed daemon is distinguished from a daemon", "[doctor][socket]") {
  ServedDaemon daemon;
  static_cast<void>(daemon.process().stop(SIGKILL));
  SetupUser user(daemon.socket().string());
  const std::string text = user.doctor();
  CHECK(user.code == 3);
  CHECK(contains(text, daemon.socket().string() + " (a socket without a listener)"));
}

TEST_CASE("an invalid configuration is reported", "[doctor]") {
  SetupUser user("/nowhere/atm.sock");
  user.home().file(".config/atm/atm.toml", "[limits]\nsesions = 5\n");
  const std::string text = user.doctor();
  INFO(text);
  CHECK(contains(text, "config warning: "));
  CHECK(contains(text, "sesions"));
}

}  // namespace
}  // namespace atm::test
