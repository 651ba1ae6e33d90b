// SPDX-License-Identifier: MIT
// The dashboard on a pseudo-terminal, with the real daemon.
#include <sys/wait.h>

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli_fixture.hpp"
#include "support/catch.hpp"
#include "support/emulator.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

/// The dashboard and the screen that it draws, 100 columns wide and 24 rows high.
class Shown final {
 public:
  explicit Shown(const CliFixture& cli, const CliFixture::Words& arguments = {})
      : program_(cli.start(arguments, Program::Terminal::kPseudo)) {}
  /// With another environment.
  explicit Shown(CliFixture::Words environment)
      : program_(std::make_unique<Program>(CliFixture::Words{ATM_TEST_ATM}, std::move(environment),
                                           Program::Terminal::kPseudo)) {}

  /// Waits until the screen contains a text.
  [[nodiscard]] bool has(const std::string& text) {
    const bool is_shown = program_->wait_for([&](const std::string&) { return contains(screen(), text); });
    if (!is_shown) UNSCOPED_INFO(screen());
    return is_shown;
  }
  [[nodiscard]] bool has_not(const std::string& text) {
    return program_->wait_for([&](const std::string&) { return !contains(screen(), text); });
  }
  [[nodiscard]] std::string screen() {
    const std::string all = program_->out();
    emulator_.feed(std::string_view(all).substr(fed_));
    fed_ = all.size();
    return emulator_.text();
  }
  /// Changes the screen behind the back of the program.
  void disturb(std::string_view bytes) { emulator_.feed(bytes); }
  void resize(unsigned short width, unsigned short height) {
    emulator_.resize(width, height);
    program_->resize(width, height);
  }
  [[nodiscard]] Program& program() { return *program_; }

 private:
  std::unique_ptr<Program> program_;
  Emulator emulator_{100, 24};
  std::size_t fed_ = 0;
};

/// The environment of the programs with other values.
CliFixture::Words environment_with(const CliFixture& cli, const CliFixture::Words& changes) {
  CliFixture::Words environment;
  for (const std::string& variable : cli.environment()) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    const bool is_changed = std::any_of(changes.begin(), changes.end(),
                                        [&](const std::string& change) { return change.starts_with(name); });
    if (!is_changed) environment.push_back(variable);
  }
  environment.insert(environment.end(), changes.begin(), changes.end());
  return environment;
}

/// A time at which the history shows a session that needs the user; empty: none was found. The daemon writes its inputs
/// a moment later.
std::string time_of_need(const CliFixture& cli) {
  std::string time;
  std::string shown;
  const bool is_found = becomes_true([&] {
    time = to_rfc3339(std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now()));
    const auto list = cli.start({"list", "--at", time});
    const int code = list->wait();
    shown = list->out() + list->err();
    return code == 0 && contains(list->out(), "needs you (Bash)");
  });
  if (!is_found) UNSCOPED_INFO(shown);
  return is_found ? time : "";
}

bool is_same(const termios& a, const termios& b) {
  return a.c_lflag == b.c_lflag && a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag;
}

TEST_CASE("the dashboard shows sessions and details, filters, and restores the terminal",
          "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli);
  const termios before = Program({"/bin/cat"}, cli.environment(), Program::Terminal::kPseudo).modes();
  REQUIRE(shown.has("no sessions yet"));
  CHECK_FALSE(is_same(shown.program().modes(), before));
  const auto player = cli.play_and_hold({"2.1.330/permission.jsonl@63", "2.1.197/tools.jsonl@42"});
  // A later record of the same wait may raise acknowledged attention again.
  REQUIRE(cli.is_handled(*player));
  REQUIRE(shown.has("permission: Bash"));
  REQUIRE(shown.has("running"));
  CHECK(shown.has("1 needs you, 1 working"));
  shown.program().type(" ");
  // The dashboard may still show an earlier wait of the recording, which ends.
  REQUIRE(becomes_true([&shown] {
    shown.program().type("n");
    return contains(shown.screen(), "0bb3f80d-a738-4ce2-9838-732658516426");
  }));
  shown.program().type("JJJJ");
  REQUIRE(shown.has("what would change it"));
  shown.program().type(" /needs\r");
  REQUIRE(shown.has("1 match /needs"));
  REQUIRE(shown.has_not("f0bb38ae"));
  shown.program().type("\x1b");
  REQUIRE(shown.has("f0bb38ae"));
  shown.program().type("c");
  REQUIRE(shown.has("waiting"));
  CHECK(shown.has("0 need you"));
  shown.program().type("?");
  REQUIRE(shown.has("next session that needs you"));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
  CHECK(is_same(shown.program().modes(), before));
  CHECK(contains(shown.program().out(), "\x1b[?25h\x1b[?1049l"));
  CHECK_FALSE(contains(shown.screen(), "needs you"));  // the former screen is back
}

TEST_CASE("the dashboard shows the loss of the daemon and heals", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli, {"watch"});
  REQUIRE(cli.report_session(
      "aaaa", R"({"hook_event_name":"SessionStart","session_id":"aaaa","source":"startup","cwd":"/x/one"})"));
  REQUIRE(shown.has("aaaa"));
  CHECK(cli.stop_daemon() == 0);
  REQUIRE(shown.has("trying again"));
  CHECK(contains(shown.screen(), "aaaa"));
  cli.start_daemon();
  REQUIRE(cli.report_session(
      "bbbb", R"({"hook_event_name":"SessionStart","session_id":"bbbb","source":"startup","cwd":"/x/two"})"));
  REQUIRE(shown.has("bbbb"));
  CHECK_FALSE(contains(shown.screen(), "trying again"));
  shown.program().signal(SIGTERM);
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("the pages of reports show the history, the cost and the state of the daemon", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  shown.program().type("5");
  REQUIRE(shown.has("LIST PRICE"));
  CHECK(contains(shown.screen(), "cost and limits"));
  shown.program().type("4");
  REQUIRE(shown.has("start atmd, which keeps one from then on"));
  shown.program().type("\t\t");
  REQUIRE(shown.has("claude_code"));
  CHECK(contains(shown.screen(), "PLUGIN"));
  REQUIRE(shown.has("j: more"));
  shown.program().type("G");
  REQUIRE(shown.has_not("PLUGIN"));
  shown.program().type("\x1b");
  REQUIRE(shown.has("no sessions yet"));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("without a daemon the dashboard states how to start one, and connects to it", "[cli][dashboard]") {
  CliFixture cli;
  Shown shown(cli);
  REQUIRE(shown.has("atm setup --autostart"));
  cli.start_daemon();
  REQUIRE(shown.has("no sessions yet"));
  shown.program().type("\x03");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("a crash and every signal restore the terminal", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  const termios before = Program({"/bin/cat"}, cli.environment(), Program::Terminal::kPseudo).modes();
  for (const int signal : {SIGSEGV, SIGABRT, SIGTERM, SIGHUP}) {
    Shown shown(cli);
    REQUIRE(shown.has("no sessions yet"));
    shown.program().signal(signal);
    static_cast<void>(shown.program().wait());
    INFO(signal);
    CHECK(is_same(shown.program().modes(), before));
    CHECK(contains(shown.program().out(), "\x1b[?1049l"));
  }
}

TEST_CASE("a storm of new sizes ends with a frame of the last one", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  for (unsigned short i = 1; i < 60; ++i) shown.resize(i, static_cast<unsigned short>(61 - i));
  shown.resize(70, 20);
  REQUIRE(shown.program().wait_for([&](const std::string&) {
    const std::string screen = shown.screen();
    return screen.find("quit") > screen.rfind('\n', screen.size() - 2) && contains(screen, "no sessions yet");
  }));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("a terminal that stops reading delays neither the daemon, nor the keys, nor the end",
          "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  const auto fill = [&shown] {
    std::size_t unread = 0;
    int same = 0;
    return becomes_true([&] {
      shown.program().type("\x0c");
      const std::size_t before = std::exchange(unread, shown.program().unread());
      same = before == unread ? same + 1 : 0;
      return unread > 4000 && same > 200;
    });
  };
  REQUIRE(fill());
  // More keys than fit between the terminal and a program that does not read them.
  for (int i = 0; i < 100; ++i) shown.program().type(std::string(100, 'j'));
  REQUIRE(cli.report_session(
      "aaaa", R"({"hook_event_name":"SessionStart","session_id":"aaaa","source":"startup","cwd":"/x/one"})"));
  REQUIRE(shown.has("aaaa"));
  REQUIRE(fill());
  shown.program().signal(SIGTERM);
  // wait() would read.
  siginfo_t end{};
  CHECK(becomes_true([&] {
    const auto pid = static_cast<id_t>(shown.program().pid());
    return ::waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0;
  }));
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("Ctrl-L draws a disturbed screen again, and m releases the mouse", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  const std::string before = shown.screen();
  shown.disturb("\x1b[2J\x1b[1;1Hgarbage\x1b[12;40H\x1b[7mmore of it");
  REQUIRE(contains(shown.screen(), "garbage"));
  shown.program().type("\x0c");
  CHECK(shown.program().wait_for([&](const std::string&) { return shown.screen() == before; }));
  shown.program().type("m");
  REQUIRE(shown.has("mouse off"));
  CHECK(contains(shown.program().out(), "\x1b[?1000l"));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("the dashboard shows its signs and colours as the terminal can", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  REQUIRE(cli.report_session(
      "aaaa", R"({"hook_event_name":"SessionStart","session_id":"aaaa","source":"startup","cwd":"/x/one"})"));
  for (const char* term : {"xterm", "linux", "screen", "tmux-256color", "xterm-kitty"}) {
    for (const char* locale : {"C.UTF-8", "C"}) {
      for (const char* no_color : {"", "1"}) {
        INFO(term << ' ' << locale << ' ' << no_color);
        Shown shown(environment_with(cli, {std::string("TERM=") + term, std::string("LANG=") + locale,
                                           std::string("NO_COLOR=") + no_color}));
        REQUIRE(shown.has("1 session,"));
        REQUIRE(shown.has("aaaa"));
        const std::string out = shown.program().out();
        const bool is_ascii = std::none_of(out.begin(), out.end(), [](char c) { return (c & 0x80) != 0; });
        CHECK(is_ascii == (std::string_view(term) == "linux" || std::string_view(locale) == "C"));
        CHECK(contains(out, "35m") == (*no_color == '\0'));
        shown.program().type("q");
        CHECK(shown.program().wait() == 0);
      }
    }
  }
  Shown plain(environment_with(cli, {"TERM=dumb"}));
  REQUIRE(plain.has("type help for the commands"));
  CHECK_FALSE(contains(plain.program().out(), "\x1b"));
}

TEST_CASE("a frame is synchronized if the terminal can do so and ATM_SYNC allows it", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  for (const char* choice : {"ATM_SYNC=", "ATM_SYNC=off"}) {
    INFO(choice);
    Shown shown(environment_with(cli, {choice}));
    REQUIRE(shown.has("no sessions yet"));
    CHECK_FALSE(contains(shown.program().out(), "\x1b[?2026h"));
    shown.program().type("\x1b[?2026;2$y?");
    REQUIRE(shown.has("next session that needs you"));
    CHECK(contains(shown.program().out(), "\x1b[?2026h") == (std::string_view(choice) == "ATM_SYNC="));
    shown.program().type("q");
    CHECK(shown.program().wait() == 0);
  }
}

TEST_CASE("a frame as text has the size that the user asks for", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  const auto dump = cli.start({"--dump", "80x24"});
  REQUIRE(dump->wait() == 0);
  const std::string text = dump->out();
  CHECK(std::count(text.begin(), text.end(), '\n') == 24);
  CHECK(contains(text, "no sessions yet"));
  for (const char* wrong : {"80", "0x5", "x", "80x24x", "2000x10"}) {
    const auto refused = cli.start({"--dump", wrong});
    CHECK(refused->wait() == 2);
    CHECK(contains(refused->err(), "expected a size"));
  }
}

TEST_CASE("the command line, saved filters and the board act on the sessions", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  const auto player = cli.play_and_hold({"2.1.330/permission.jsonl@63", "2.1.197/tools.jsonl@42"});
  REQUIRE(shown.has("f0bb38ae"));
  shown.program().type(":filter needs\r");
  REQUIRE(shown.has("1 match /needs"));
  shown.program().type(":save urgent\r");
  REQUIRE(shown.has("saved the filter as urgent"));
  shown.program().type("\x1b");
  REQUIRE(shown.has("f0bb38ae"));
  shown.program().type("\\");
  REQUIRE(shown.has("1 urgent"));
  shown.program().type("1");
  REQUIRE(shown.has("1 match /needs"));
  shown.program().type(":use urg\t\r:filter\r");
  REQUIRE(shown.has_not("1 match /needs"));
  shown.program().type(":boa\t\r");
  REQUIRE(shown.has("needs you 1"));
  REQUIRE(shown.has("working 1"));
  shown.program().type(":exp\t f0bb\t\r");
  REQUIRE(shown.has("what would change it"));
  shown.program().type(":bord\r");
  REQUIRE(shown.has("'bord' is no command, expected one such as board"));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("the dashboard shows the sessions of an earlier time, on which no key acts", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon_with_history();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  const auto player = cli.play_and_hold({"2.1.330/permission.jsonl@63"});
  REQUIRE(cli.is_handled(*player));
  REQUIRE(shown.has("permission: Bash"));
  const std::string then = time_of_need(cli);
  REQUIRE_FALSE(then.empty());
  const std::string time = then.substr(0, 10) + ' ' + then.substr(11, 8);
  CHECK(cli.start({"ack", "0bb3f80d"})->wait() == 0);
  REQUIRE(shown.has("0 need you"));

  shown.program().type(":at " + then + "\r");
  REQUIRE(shown.has(time + "  1 needs you"));
  CHECK(contains(shown.screen(), "permission: Bash"));
  for (const char* keys : {"nc", "\r", ":ack 0bb3f80d\r", ":jump 0bb3f80d\r"}) {
    shown.program().type("T");
    REQUIRE(shown.has("theme "));
    shown.program().type(keys);
    CHECK(shown.has("these are sessions of an earlier time"));
  }
  shown.program().type(":explain 0bb3f80d\r");
  REQUIRE(shown.has("what would change it"));
  CHECK(contains(shown.screen(), "permission"));
  shown.program().type("4");
  REQUIRE(shown.has("waiting for you"));
  shown.program().type("1<");
  REQUIRE(shown.has("and the history begins at"));
  CHECK(contains(shown.screen(), time));
  shown.program().type(">");
  REQUIRE(shown.has("this is the present"));
  REQUIRE(shown.has("0 need you"));
  CHECK_FALSE(contains(shown.screen(), time));
  shown.program().type(":at " + then + "\r");
  REQUIRE(shown.has(time));
  shown.program().type(":at now\r");
  REQUIRE(shown.has("0 need you"));
  shown.program().type(":at tomorrow\r");
  REQUIRE(shown.has("time is 'tomorrow', expected"));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("at an earlier time the dashboard steps, finds the times that needed the user, and plays",
          "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon_with_history();
  Shown shown(cli);
  REQUIRE(shown.has("no sessions yet"));
  shown.program().type(":step\r");
  REQUIRE(shown.has("this is the present"));
  const auto player = cli.play_and_hold({"2.1.330/permission.jsonl@63"});
  REQUIRE(cli.is_handled(*player));
  REQUIRE(shown.has("permission: Bash"));
  const std::string then = time_of_need(cli);
  REQUIRE_FALSE(then.empty());
  shown.program().type(":at " + then + "\r");
  REQUIRE(shown.has(":at now returns to the present"));
  CHECK(contains(shown.screen(), "1 needs you"));
  const auto press = [&shown](const char* key, const std::string& notice) {
    INFO(key);
    shown.program().type("T");
    REQUIRE(shown.has("theme "));
    shown.program().type(key);
    CHECK(shown.has(notice));
  };
  const std::string moved = ":at now returns to the present";
  press("{", moved);
  CHECK(contains(shown.screen(), "1 needs you"));
  press(",", moved);
  CHECK(contains(shown.screen(), "0 need you"));
  press(".", moved);
  CHECK(contains(shown.screen(), "1 needs you"));
  press(",", moved);
  CHECK(contains(shown.screen(), "0 need you"));
  shown.program().type("p");
  CHECK(shown.has("1 needs you"));
  // The end of the play gives a message of its own at any time.
  shown.program().type("}");
  CHECK(shown.has("no later time is known"));
  shown.program().type("q");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("tui.toml changes the keys and the colours, and its error is shown", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  const auto write = [&cli](const std::string& text) {
    std::filesystem::create_directories(cli.home() / ".config/atm");
    std::ofstream(cli.home() / ".config/atm/tui.toml", std::ios::binary) << text;
  };
  write("theme = \"dark\"\n[keys]\nquit = \"x\"\n");
  Shown shown(cli);
  REQUIRE(shown.has("x quit"));
  write("theme = \"drak\"\n");
  shown.program().type("\x0c");
  REQUIRE(shown.has("tui.toml:1: theme is unknown"));
  shown.program().type("q");
  shown.program().type("x");
  CHECK(shown.program().wait() == 0);
}

TEST_CASE("the plain mode writes lines, answers words and writes no sequence", "[cli][dashboard]") {
  CliFixture cli;
  cli.start_daemon();
  const auto plain = cli.start({"--plain"}, Program::Terminal::kPseudo);
  const auto says = [&plain](const std::string& text) {
    return plain->wait_for([&](const std::string& out) { return contains(out, text); });
  };
  REQUIRE(says("type help for the commands"));
  REQUIRE(cli.report_session(
      "aaaa", R"({"hook_event_name":"SessionStart","session_id":"aaaa","source":"startup","cwd":"/x/one"})"));
  REQUIRE(says(": one"));
  plain->type("list\n");
  REQUIRE(says("1. "));
  plain->type("explain 1\n");
  REQUIRE(says("what would change it"));
  plain->type("lst\n");
  REQUIRE(says("'lst' is no command"));
  plain->type("quit\n");
  CHECK(plain->wait() == 0);
  CHECK_FALSE(contains(plain->out(), "\x1b"));
}

}  // namespace
}  // namespace atm::test
