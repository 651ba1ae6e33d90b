// SPDX-License-Identifier: MIT
// Agents without a plugin of their own: by a manifest, and by observations on a stream.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atm/posix/file_descriptor.hpp>
#include <string>

#include "cli_program.hpp"
#include "event_recorder.hpp"
#include "support/catch.hpp"
#include "support/wait.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using atm::protocol::Session;
using atm::protocol::WireError;
using Kind = EventRecorder::Event::Kind;

namespace {

std::string ingest(const std::string& channel, const std::string& payload) {
  return R"({"type":"ingest","ack":true,"channel":")" + channel + R"(","payload":)" + payload + "}";
}

std::string answer(Wire& wire, const std::string& line) {
  wire.send(line);
  return wire.line().value_or("closed");
}

bool is_ok(const std::string& line) {
  return line.find(R"("type":"ok")") != std::string::npos;
}

/// Runs the extension of an agent with recorded events, and checks the types of the observations of one session.
/// `is_done`: whether its last turn has ended by itself.
void check_replay(const std::string& agent, const std::string& recording, const std::string& session,
                  const std::string& wanted, std::optional<bool> is_done = {}) {
  ServedDaemon daemon;
  EventRecorder events(daemon);
  const std::string release = (daemon.home().dir().path() / "release").string();
  REQUIRE(::mkfifo(release.c_str(), 0600) == 0);
  // The extension ends when its input ends.
  const atm::posix::FileDescriptor input(::open(release.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(input.get() >= 0);
  Program extension(
      {"/bin/sh", "-c",
       "exec '" ATM_TEST_NODE "' '" ATM_TEST_RECORDINGS "/replay_extension.mjs' '" ATM_TEST_AGENTS "/" +
           agent + "/atm.ts' '" ATM_TEST_RECORDINGS "/testdata/" + recording + ".jsonl' < '" + release + "'"},
      {"ATM_SOCKET=" + daemon.socket().string(), "PATH=/usr/bin:/bin", "HOME=/"});
  std::string types;
  const bool has_all = becomes_true([&] {
    types.clear();
    static_cast<void>(events.count([&](const EventRecorder::Event& e) {
      if (e.kind == Kind::kActivity && e.session == session && e.word != "status.reported" &&
          e.word != "process.bound" && !e.word.starts_with("attention."))
        types += e.word + '\n';
      return false;
    }));
    return types.size() >= wanted.size();
  });
  CHECK(has_all);
  CHECK(types == wanted);
  CHECK(daemon.session(session)->domain.agent == agent);
  CHECK(daemon.session(session)->runtime.pid == extension.pid());
  if (is_done) CHECK(daemon.session(session)->domain.finished == *is_done);
  CHECK(daemon.stat({"plugins", "unix", "records_refused"}) == 0);
  extension.signal(SIGKILL);
  static_cast<void>(events.await(event(Kind::kUpdated, session, "ended")));
}

}  // namespace

TEST_CASE("the hooks of an agent with a manifest make its sessions", "[agents]") {
  ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  const auto hook = [&](const std::string& event, const std::string& more = "") {
    return answer(wire, ingest("codex/hook", R"({"session_id":"c1","cwd":"/w","hook_event_name":")" + event +
                                                 '"' + more + "}"));
  };
  CHECK(is_ok(hook("SessionStart", R"(,"source":"startup","model":"gpt-5.5")")));
  CHECK(is_ok(hook("UserPromptSubmit", R"(,"prompt":"x")")));
  CHECK(is_ok(hook("PreToolUse", R"(,"tool_name":"Bash","tool_use_id":"1")")));
  CHECK(is_ok(hook("PermissionRequest", R"(,"tool_name":"Bash")")));
  const auto session = daemon.session("c1");
  REQUIRE(session.has_value());
  CHECK(session->domain.agent == "codex");
  CHECK(session->domain.status.kind() == atm::StatusKind::kWaitingForPermission);
  const std::string refused = answer(wire, ingest("codex/hook", R"({"hook_event_name":"Stop"})"));
  CHECK(refused.find("codex/hook: found nothing at /session_id, expected text of 1 to 256 bytes") !=
        std::string::npos);
  const std::string unknown = answer(wire, ingest("nobody/hook", "{}"));
  CHECK(unknown.find(R"("code":"not_found")") != std::string::npos);
}

TEST_CASE("a manifest that the user adds or breaks needs no restart", "[agents]") {
  ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  const std::string hook = ingest("mine/hook", R"({"id":"m1","event":"Go"})");
  CHECK_FALSE(is_ok(answer(wire, hook)));
  const auto write = [&](const std::string& text) {
    ::chmod(daemon.home().dir().file("config/atm/agents/mine/agent.toml", text).c_str(), 0644);
  };
  const std::string good =
      "[agent]\nid = \"mine\"\nname = \"Mine\"\nmanifest = 1\n[hook]\nsession = \"/id\"\nevent = "
      "\"/event\"\n[hook.on]\n"
      "Go = { emit = \"prompt.submitted\" }\n";
  write(good);
  REQUIRE(becomes_true([&] { return is_ok(answer(wire, hook)); }));
  CHECK(daemon.session("m1")->domain.status.kind() == atm::StatusKind::kThinking);
  write(good + "Stop = { emit = \"turn.ended\" }\n");
  REQUIRE(becomes_true([&] {
    return daemon.process().output().find(
               "agent.toml:10: hook.on.Stop.emit is \"turn.ended\", expected a type of") != std::string::npos;
  }));
  CHECK(is_ok(answer(wire, hook)));  // the last good one stays
}

TEST_CASE("a manifest of the user that names files works while the user trusts its content",
          "[agents][trust]") {
  ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  const std::string hook = ingest("mine/hook", R"({"id":"m1","event":"Go"})");
  const auto write = [&](const std::string& name) {
    return daemon.home().dir().file(
        "config/atm/agents/mine/agent.toml",
        "[agent]\nid = \"mine\"\nname = \"" + name +
            "\"\nmanifest = 1\n[hook]\nsession = \"/id\"\nevent = \"/event\"\n[hook.on]\nGo = { emit = "
            "\"prompt.submitted\" }\n[[setup]]\nfile = \"~/.mine/a.json\"\nshape = \"hooks_json\"\nevents = "
            "[\"Go\"]\n");
  };
  const auto trust = [&](const std::vector<std::string>& words) {
    const std::string root = daemon.home().dir().path().string();
    std::vector<std::string> command{ATM_TEST_ATM, "plugin", "trust"};
    command.insert(command.end(), words.begin(), words.end());
    Program atm(command,
                {"HOME=" + root, "XDG_CONFIG_HOME=" + root + "/config", "XDG_STATE_HOME=" + root + "/state"});
    CHECK(atm.wait() == 0);
    return atm.out();
  };
  const std::string file = write("One").string();
  REQUIRE(becomes_true(
      [&] { return daemon.process().output().find("run atm plugin trust mine") != std::string::npos; }));
  CHECK_FALSE(is_ok(answer(wire, hook)));
  CHECK(trust({}).find("needs trust  " + file) != std::string::npos);
  CHECK(trust({"mine"}).find("setup writes ~/.mine/a.json") != std::string::npos);
  REQUIRE(becomes_true([&] { return is_ok(answer(wire, hook)); }));
  static_cast<void>(write("Two"));
  REQUIRE(becomes_true([&] { return !is_ok(answer(wire, hook)); }));
  CHECK(trust({file}).find("trusted") == 0);
  REQUIRE(becomes_true([&] { return is_ok(answer(wire, hook)); }));
  CHECK(trust({"--remove", "mine"}).find("not trusted") == 0);
  REQUIRE(becomes_true([&] { return !is_ok(answer(wire, hook)); }));
}

TEST_CASE("the program notify of an agent ends the turn of a known session and makes no session",
          "[agents]") {
  ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  const auto notify = [&](const std::string& thread) {
    Program hook({ATM_TEST_HOOK, "--agent", "codex", "--argv",
                  R"({"type":"agent-turn-complete","thread-id":")" + thread +
                      R"(","turn-id":"t1","cwd":"/w","client":"codex_exec","input-messages":["x"],)"
                      R"("last-assistant-message":"Done."})"},
                 {"ATM_SOCKET=" + daemon.socket().string(), "PATH=/usr/bin:/bin"});
    CHECK(hook.wait() == 0);
  };
  CHECK(is_ok(answer(
      wire, ingest("codex/hook",
                   R"({"session_id":"c1","cwd":"/w","hook_event_name":"UserPromptSubmit","prompt":"x"})"))));
  CHECK(daemon.session("c1")->domain.status.kind() == atm::StatusKind::kThinking);
  notify("c2");
  notify("c1");
  CHECK(becomes_true([&] { return daemon.session("c1")->domain.status.kind() == atm::StatusKind::kIdle; }));
  CHECK_FALSE(daemon.session("c2").has_value());
}

TEST_CASE("WIRE-O7: an agent in Python reports its turns, and the end of its connection is its end",
          "[agents]") {
  ServedDaemon daemon;
  EventRecorder events(daemon);
  // Runs one command, waits for the release, and ends.
  const std::string release = (daemon.home().dir().path() / "release").string();
  REQUIRE(::mkfifo(release.c_str(), 0600) == 0);
  Program agent({"/bin/sh", "-c",
                 "{ echo false; cat '" + release +
                     "'; } | exec '" ATM_TEST_PYTHON "' '" ATM_TEST_EXAMPLES "/shell_agent.py'"},
                {"ATM_SOCKET=" + daemon.socket().string(), "PATH=/usr/bin:/bin", "STY=42.work", "WINDOW=2"});
  const auto& finished = events.await([](const EventRecorder::Event& e) {
    return e.kind == Kind::kActivity && e.session.starts_with("shell-") && e.word == "turn.finished";
  });
  const std::string id = finished.session;
  auto session = daemon.session(id);
  CHECK(becomes_true([&] {
    session = daemon.session(id);
    return session && session->domain.finished;
  }));
  REQUIRE(session.has_value());
  CHECK(session->domain.agent == "shell_agent");
  CHECK(session->runtime.pid.has_value());
  // The source of processes reads the terminal, which the agent does not report.
  CHECK(becomes_true([&] { return daemon.session(id)->runtime.terminal_program == "screen"; }));
  session = daemon.session(id);
  CHECK(session->runtime.terminal_pane == "2");
  CHECK(session->runtime.terminal_socket == "42.work");
  {
    Program writer({"/bin/sh", "-c", ": > '" + release + "'"}, {});
    CHECK(writer.wait() == 0);
  }
  CHECK(agent.wait() == 0);
  static_cast<void>(events.await(event(Kind::kUpdated, id, "ended")));
}

TEST_CASE("WIRE-O2: a false observation changes nothing, is answered with the reason, and is counted",
          "[agents]") {
  ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  CHECK(is_ok(answer(wire, ingest("mine/observation", R"({"type":"session.started","session_id":"s"})"))));
  const auto lie = [&](const std::string& channel, const std::string& payload) {
    std::string line = answer(wire, ingest(channel, payload));
    CAPTURE(line);
    CHECK_FALSE(is_ok(line));
    return line;
  };
  CHECK(lie("mine/observation",
            R"([{"type":"prompt.submitted","session_id":"t"},{"type":"attention.raised","session_id":"s"}])")
            .find("found type") != std::string::npos);
  CHECK_FALSE(daemon.session("t").has_value());  // all observations of a record, or none
  static_cast<void>(lie("claude_code/observation", R"({"type":"session.started","session_id":"x"})"));
  static_cast<void>(lie("Mine/observation", R"({"type":"session.started","session_id":"x"})"));
  static_cast<void>(lie("mine/observation",
                        R"({"type":"status.reported","session_id":"s","attrs":{"context.window":"big"}})"));
  CHECK(daemon.sessions().size() == 1);
  CHECK(daemon.stat({"plugins", "unix", "records_refused"}) == 4);
  CHECK(daemon.stat({"ingest", "channels", "mine/observation", "invalid"}) == 2);
}

TEST_CASE("the extension of OpenCode reports a turn, a permission and an interruption", "[agents]") {
  check_replay(
      "opencode", "opencode_tui", "ses_dfcd1b5beffeZ5Wg6PPHP71jeG",
      "session.started\nprompt.submitted\ntool.started\ninput.needed\ninput.resolved\ntool.finished\n"
      "usage.reported\nusage.reported\nturn.finished\n"
      "prompt.submitted\ntool.started\nturn.finished\ntool.finished\n");
}

TEST_CASE("a turn of OpenCode that a refusal ends is not done, and one with a permission is", "[agents]") {
  check_replay("opencode", "opencode_serve", "ses_dfcd2a9a3ffeLo8D1ef7XdYIdE",
               "session.started\nprompt.submitted\ninput.needed\ntool.started\ninput.resolved\n"
               "tool.finished\nturn.finished\n",
               false);
  check_replay("opencode", "opencode_serve", "ses_dfcd2a3e5ffewR7QX9HK5LKwsU",
               "session.started\nprompt.submitted\ntool.started\ninput.needed\ninput.resolved\n"
               "tool.finished\nturn.finished\n",
               true);
}

TEST_CASE("the extension of OpenCode reports the retries of a request and the title", "[agents]") {
  check_replay("opencode", "opencode_retry", "ses_dfcbdee6bffenbWdzJSAHEqq0F",
               "session.started\nrequest.failed\nrequest.failed\nrequest.failed\n");
}

TEST_CASE("the extension of pi reports turns, a refusal and an interruption", "[agents]") {
  check_replay(
      "pi", "pi_tui", "01a20330-6e1d-7435-aedd-f9e88396d499",
      "session.started\nprompt.submitted\ntool.started\ninput.needed\ninput.resolved\ntool.finished\nturn."
      "finished\n"
      "prompt.submitted\ntool.started\ninput.needed\ninput.resolved\ntool.finished\nturn.finished\n"
      "prompt.submitted\ntool.started\ntool.finished\nturn.finished\n");
}
