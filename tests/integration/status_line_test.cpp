// SPDX-License-Identifier: MIT
// Runs atm status-line like Claude Code.
#include <chrono>
#include <random>

#include "cli_program.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "wire_client.hpp"

namespace atm::test {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kPayload =
    R"({"session_id":"own","cwd":"/w","model":{"display_name":"Sonnet 4.6"},"cost":{"total_cost_usd":0.5},)"
    R"("context_window":{"used_percentage":42}})";
constexpr const char* kBar = "████░░░░▒▒";

// A private home directory.
class Client final {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  [[nodiscard]] const TempDir& home() const { return home_; }
  void set(std::string variable) { more_.push_back(std::move(variable)); }

  /// The line for this input, through `sh -c` as Claude Code runs it; the exit code must be 0.
  std::string line(std::string_view input, const std::string& arguments = "") {
    Program program = run(input, arguments);
    CHECK(program.wait() == 0);
    err_ = program.err();
    return program.out();
  }
  [[nodiscard]] Program run(std::string_view input, const std::string& arguments = "") const {
    home_.file("input", input);
    Words environment{"PATH=/usr/bin:/bin", "HOME=" + home_.path().string(), "TERM=xterm-256color",
                      "CLAUDECODE=1", "ATM_SOCKET=" + socket_.string()};
    environment.insert(environment.end(), more_.begin(), more_.end());
    const std::string command = ATM_TEST_ATM " status-line " + arguments + " < \"$HOME/input\"";
    return Program({"/bin/sh", "-c", command}, environment);
  }
  [[nodiscard]] const std::string& err() const { return err_; }

 private:
  TempDir home_;
  std::filesystem::path socket_;
  Words more_;
  std::string err_;
};

std::string plain(const std::string& arguments = "") {
  return "--color never " + arguments;
}

TEST_CASE("without a daemon the line is printed", "[status_line]") {
  Client client("/nowhere/atm.sock");
  CHECK(client.line(kPayload, plain()) == std::string("Sonnet 4.6 | ") + kBar + " 42% | $0.50\n");
  CHECK(client.err().empty());
}

TEST_CASE("the attention of another session is shown, but not a session's own", "[status_line][socket]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("other", "SessionStart", R"("source":"startup")"));
  wire.send(hook("other", "PermissionRequest", R"("tool_name":"Bash","tool_input":{"command":"ls"})"));
  wire.send(hook("other", "Notification", R"("notification_type":"permission_prompt","message":"may I")"));
  wire.sync();
  Client client(daemon.socket());
  std::string line;
  const auto until = std::chrono::steady_clock::now() + kTimeout;
  do {
    line = client.line(kPayload, plain());
  } while (!contains(line, "needs you") && std::chrono::steady_clock::now() < until);
  CHECK(contains(line, " | $0.50 | w needs you (permission)\n"));
  CHECK_FALSE(
      contains(client.line(R"({"session_id":"other","model":{"display_name":"X"}})", plain()), "needs you"));
}

TEST_CASE("behind atm-hook the line is the same, and the daemon receives the status",
          "[status_line][socket]") {
  const ServedDaemon daemon;
  const TempDir home;
  home.file("input", kPayload);
  const std::string own = "'" ATM_TEST_ATM "' status-line --color never";
  std::string quoted = own;
  for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 4)
    quoted.replace(at, 1, "'\\''");
  const std::string command = "[ -x " ATM_TEST_HOOK " ] && exec " ATM_TEST_HOOK
                              " --agent claude_code --status-line --then '" +
                              quoted + "'; true";
  // The hook gives up a delivery at its time limit, which it can reach on a busy machine.
  const auto until = std::chrono::steady_clock::now() + kTimeout;
  bool is_delivered = false;
  while (!is_delivered && std::chrono::steady_clock::now() < until) {
    Program program({"/bin/sh", "-c", "exec < \"$HOME/input\"; " + command},
                    {"PATH=/usr/bin:/bin", "HOME=" + home.path().string(), "CLAUDECODE=1",
                     "ATM_SOCKET=" + daemon.socket().string()});
    CHECK(program.wait() == 0);
    CHECK(program.out() == std::string("Sonnet 4.6 | ") + kBar + " 42% | $0.50\n");
    is_delivered = daemon.stat_reaches({"ingest", "channels", "claude_code/status_line", "records"}, 1,
                                       std::chrono::seconds(2));
  }
  CHECK(is_delivered);
}

TEST_CASE("the line is printed although the daemon is stopped", "[status_line][socket]") {
  ServedDaemon daemon;
  daemon.process().signal(SIGSTOP);
  Client client(daemon.socket());
  CHECK(client.line(kPayload, plain()) == std::string("Sonnet 4.6 | ") + kBar + " 42% | $0.50\n");
  daemon.process().signal(SIGCONT);
}

TEST_CASE("the format is that of the option, else of the file, else the default", "[status_line]") {
  Client client("/nowhere/atm.sock");
  client.home().file(".config/atm/status-line", "{cost}\n{model}\n");
  CHECK(client.line(kPayload, plain()) == "$0.50\nSonnet 4.6\n");
  CHECK(client.line(kPayload, plain("--format '{percent}'")) == "42%\n");
  client.home().file("xdg/atm/status-line", "of xdg: {cost}");
  client.set("XDG_CONFIG_HOME=" + (client.home().path() / "xdg").string());
  CHECK(client.line(kPayload, plain()) == "of xdg: $0.50\n");
  client.home().file("xdg/atm/status-line", "  \n");
  CHECK(contains(client.line(kPayload, plain()), "Sonnet 4.6 | "));
  client.home().file("xdg/atm/status-line", std::string(5000, 'x'));
  CHECK(contains(client.line(kPayload, plain()), "Sonnet 4.6 | "));
  CHECK(contains(client.err(), "atm/status-line: longer than 4096 bytes"));
}

TEST_CASE("an invalid format is reported, and a line is still printed", "[status_line]") {
  Client client("/nowhere/atm.sock");
  CHECK(client.line(kPayload, plain("--format '{modle} {cost}'")) == "{modle} $0.50\n");
  CHECK(contains(client.err(), "--format: unknown placeholder '{modle}'"));
  Program check = client.run("", "--check --format '{modle} {cost}'");
  CHECK(check.wait() == 1);
  CHECK(contains(check.out(), "{modle} $1.23"));
  Program good = client.run("", "--check");
  CHECK(good.wait() == 0);
  CHECK(good.err().empty());
}

TEST_CASE("colours are used for Claude Code, unless they are disabled", "[status_line]") {
  const auto coloured = [](const Words& variables, const std::string& arguments) {
    Client client("/nowhere/atm.sock");
    for (const std::string& variable : variables) client.set(variable);
    return contains(client.line(kPayload, arguments), "\x1b[");
  };
  CHECK(coloured({}, ""));
  CHECK(coloured({}, "--color auto"));
  CHECK_FALSE(coloured({}, "--color never"));
  CHECK_FALSE(coloured({"NO_COLOR=1"}, ""));
  CHECK(coloured({"NO_COLOR=1"}, "--color always"));
}

TEST_CASE("a narrow terminal gets a line that fits", "[status_line]") {
  Client client("/nowhere/atm.sock");
  client.set("COLUMNS=20");
  CHECK(client.line(kPayload, plain()) == "Sonnet 4.6 | ██…\n");  // 16: Claude Code reserves four columns
}

TEST_CASE("input that is no status gives no line and no failure", "[status_line]") {
  Client client("/nowhere/atm.sock");
  std::string noise(100'000, '\0');
  std::mt19937 random(5);
  for (char& byte : noise) byte = static_cast<char>(random());
  for (const std::string& input : {std::string(), std::string("{"), std::string("[]"), noise,
                                   "{\"cwd\":\"" + std::string(2 * 1024 * 1024, 'x') + "\"}"}) {
    CHECK(client.line(input).empty());
    CHECK(contains(client.err(), "expected the status JSON of Claude Code"));
  }
  CHECK(client.line("{}", plain()).empty());
  CHECK(client.line("{}", plain("--format 'always'")) == "always\n");
}

TEST_CASE("run manually it explains its input", "[status_line]") {
  Program program({ATM_TEST_ATM, "status-line"}, {"TERM=xterm"}, Program::Terminal::kPseudo);
  CHECK(program.wait() == 2);
  CHECK(contains(program.out(), "atm status-line --check"));
}

}  // namespace
}  // namespace atm::test
