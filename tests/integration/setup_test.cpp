// SPDX-License-Identifier: MIT
// Runs atm setup like a user, and its command lines like Claude Code.
#include <atm/json.hpp>
#include <fstream>
#include <sstream>

#include "cli_program.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "wire_client.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string as_text(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  return std::string(json::text_of(buffer));
}

// A user with installed programs and a fake Claude Code with a version.
class SetupUser final {
 public:
  explicit SetupUser(std::string socket = "/nowhere/atm.sock", const std::string& prefix = "opt")
      : prefix_(prefix) {
    home_.directory(prefix_ + "/bin");
    fs::copy_file(ATM_TEST_ATM, atm());
    fs::copy_file(ATM_TEST_HOOK, home_.path() / prefix_ / "bin/atm-hook");
    home_.file("tools/claude", "#!/bin/sh\nread line && echo input\necho '2.1.330 (Claude Code)'\n", 0755);
    home_.directory("home/.claude");
    environment_ = {"HOME=" + (home_.path() / "home").string(),
                    "PATH=" + (home_.path() / "tools").string() + ":/usr/bin:/bin",
                    "XDG_STATE_HOME=" + (home_.path() / "state").string(),
                    "XDG_CONFIG_HOME=" + (home_.path() / "config").string(),
                    "ATM_SOCKET=" + std::move(socket)};
  }

  [[nodiscard]] const TempDir& home() const { return home_; }
  [[nodiscard]] fs::path atm() const { return home_.path() / prefix_ / "bin/atm"; }
  [[nodiscard]] fs::path settings() const { return home_.path() / "home/.claude/settings.json"; }

  /// Runs `atm setup` with these arguments and keeps the exit code.
  std::string setup(const Words& words) {
    Words command{atm().string(), "setup", "--managed", (home_.path() / "managed.json").string()};
    command.insert(command.end(), words.begin(), words.end());
    Program program(std::move(command), environment_);
    code = program.wait();
    return program.out() + program.err();
  }
  /// Runs a command line of the settings like Claude Code.
  std::string run(const std::string& command, const std::string& input) {
    const std::string file = home_.file("input", input).string();
    Program program({"/bin/sh", "-c", "exec /bin/sh -c \"$0\" < \"$1\"", command, file}, environment_);
    code = program.wait();
    return program.out() + program.err();
  }
  [[nodiscard]] std::vector<std::string> commands_of(std::string_view event) const {
    std::vector<std::string> commands;
    json::Reader reader;
    const std::string text = content(settings());
    const json::Value* root = reader.parse(text);
    REQUIRE(root != nullptr);
    const json::Value* groups = json::get_array(*json::get_object(*root, "hooks"), event);
    if (groups == nullptr) return commands;
    for (const json::Value& group : groups->GetArray()) {
      for (const json::Value& handler : json::get_array(group, "hooks")->GetArray())
        commands.emplace_back(json::get_string(handler, "command").value_or(""));
    }
    return commands;
  }
  [[nodiscard]] std::string status_line() const {
    json::Reader reader;
    const std::string text = content(settings());
    const json::Value* root = reader.parse(text);
    REQUIRE(root != nullptr);
    return std::string(json::get_string(*json::get_object(*root, "statusLine"), "command").value_or(""));
  }

  int code = -1;

 private:
  TempDir home_;
  std::string prefix_;
  Words environment_;
};

TEST_CASE("the command lines of setup report recorded sessions", "[setup][socket]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string(), GENERATE(as<std::string>{}, "opt", "it's my opt"));
  INFO(user.setup({"claude"}));
  REQUIRE(user.code == 0);
  std::ifstream lines(ATM_TEST_RECORDINGS "/2.1.330/permission.jsonl");
  std::string id;
  json::Reader reader;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    const json::Value* root = reader.parse(line);
    REQUIRE(root != nullptr);
    const json::Value* input = json::get_object(*root, "stdin");
    const std::string kind(json::get_string(*root, "kind").value_or(""));
    if (input == nullptr || (kind != "hook" && kind != "statusline")) continue;
    id = json::get_string(*input, "session_id").value_or("");
    const std::string payload = as_text(*input);
    if (kind == "statusline") {
      CHECK_FALSE(user.run(user.status_line(), payload).empty());
      CHECK(user.code == 0);
      continue;
    }
    for (const std::string& command : user.commands_of(json::get_string(*root, "event").value_or(""))) {
      CHECK(user.run(command, payload).empty());
      CHECK(user.code == 0);
      ++count;
    }
  }
  REQUIRE(count > 4);
  CHECK(daemon.stat_reaches({"ingest", "channels", "claude_code/hook", "records"},
                            static_cast<std::int64_t>(count)));
  CHECK(daemon.session(id));
}

TEST_CASE("a former status line prints the same as before, with the same input", "[setup][socket]") {
  const ServedDaemon daemon;
  SetupUser user(daemon.socket().string());
  const std::string former =
      R"({"statusLine": {"type": "command", "command": "printf '[%s]' \"$(cat)\"; exit 3"}})";
  user.home().file("home/.claude/settings.json", former);
  INFO(user.setup({"claude"}));
  REQUIRE(user.code == 0);
  const std::string payload = R"({"session_id":"s1","cwd":"/w","model":{"id":"m","display_name":"M"}})";
  CHECK(user.run(user.status_line(), payload) == "[" + payload + "]");
  CHECK(user.code == 3);
  CHECK(daemon.stat_reaches({"ingest", "channels", "claude_code/status_line", "records"}, 1));
  INFO(user.setup({"--remove", "claude"}));
  CHECK(content(user.settings()) == former);
}

TEST_CASE(
    "after the programs are uninstalled the command lines do nothing, and the former status line remains",
    "[setup]") {
  SetupUser user;
  user.home().file("home/.claude/settings.json",
                   R"({"statusLine": {"type": "command", "command": "echo mine"}})");
  INFO(user.setup({"claude"}));
  REQUIRE(user.code == 0);
  fs::remove_all(user.home().path() / "opt");
  for (const std::string& command : user.commands_of("PreToolUse")) {
    CHECK(user.run(command, "{}").empty());
    CHECK(user.code == 0);
  }
  CHECK(user.run(user.status_line(), "{}") == "mine\n");
}

TEST_CASE("setup prints its changes, the current state, and how to undo it", "[setup]") {
  SetupUser user;
  const std::string output = user.setup({"claude"});
  INFO(output);
  CHECK(user.code == 0);
  for (const char* part : {"changed      ", "settings.json", "Claude Code 2.1.330", "19 connected",
                           "PostModelSwitch", "undo         atm setup --remove claude", "within a second"})
    CHECK(contains(output, part));
  CHECK(contains(user.setup({"claude"}), "nothing to change"));
  const std::string status = user.setup({"status", "--json"});
  json::Reader reader;
  const json::Value* root = reader.parse(status);
  REQUIRE(root != nullptr);
  const json::Value& file = json::get_array(*root, "files")->GetArray()[0];
  CHECK(json::get_array(file, "events")->Size() == 19);
  CHECK(json::get_array(file, "missing")->Empty());
  CHECK(json::get_string(file, "status_line") == "own");
  CHECK(json::get_bool(file, "unedited") == true);
  CHECK(contains(user.setup({"status"}), "restores the file byte for byte"));
  CHECK(contains(user.setup({"claude", "--remove"}), "it did not exist before"));
  CHECK_FALSE(fs::exists(user.settings()));
}

TEST_CASE("setup ends although claude does not answer", "[setup]") {
  SetupUser user;
  user.home().file("tools/claude", "#!/bin/sh\nexec sleep 60\n", 0755);
  CHECK(contains(user.setup({"claude", "--dry-run"}), "version unknown"));
  CHECK_FALSE(fs::exists(user.settings()));
}

TEST_CASE("atm setup alone lists the agents that are here and connected, and what to type", "[setup]") {
  SetupUser user;
  const std::string before = user.setup({});
  CHECK(user.code == 0);
  CHECK(contains(before, (user.home().path() / "tools/claude").string() + "  no\n"));
  CHECK(contains(before, "autostart: off\n\nnext:\n  atm setup claude\n  atm setup --autostart\n"));
  static_cast<void>(user.setup({"claude"}));
  const std::string after = user.setup({});
  CHECK(contains(after, " events\n"));
  CHECK_FALSE(contains(after, "  atm setup claude\n"));
  user.home().file("home/.claude/settings.json", "{ broken");
  CHECK(contains(user.setup({}), "unknown, see below\nclaude: "));
}

TEST_CASE("an invalid command line is distinguished from a file that cannot be changed", "[setup]") {
  SetupUser user;
  for (const Words& words :
       {Words{"nonsense"}, Words{"--remove"}, Words{"--dry-run"}, Words{"status", "--remove"},
        Words{"status", "--http"}, Words{"claude", "--json"}, Words{"status", "--autostart"}}) {
    static_cast<void>(user.setup(words));
    CHECK(user.code == 2);
  }
  user.home().file("home/.claude/settings.json", "{ broken");
  CHECK(contains(user.setup({"claude"}), "settings.json:1:3: "));
  CHECK(user.code == 1);
}

TEST_CASE("autostart is written for atm-hook or enabled in systemd, and undone", "[setup]") {
  SetupUser user;
  user.home().file("tools/systemctl", "#!/bin/sh\nexit 1\n", 0755);
  CHECK(contains(user.setup({"--autostart"}), "no atmd beside"));
  user.home().file("opt/bin/atmd", "#!/bin/sh\n", 0755);
  const fs::path file = user.home().path() / "state/atm/autostart";
  CHECK(contains(user.setup({"--autostart"}), "written " + file.string()));
  CHECK(content(file) == (user.home().path() / "opt/bin/atmd").string() + "\n");
  CHECK(fs::status(file).permissions() == fs::perms(0600));
  CHECK(contains(user.setup({"--remove", "autostart"}), "removed " + file.string()));
  CHECK_FALSE(fs::exists(file));
  const std::string both = user.setup({"claude", "--autostart"});
  CHECK(contains(both, "written " + file.string()));
  CHECK(contains(content(user.settings()), "atm-hook"));
  CHECK(contains(user.setup({"--remove", "claude", "--autostart"}), "removed " + file.string()));
  CHECK_FALSE(fs::exists(file));
  CHECK_FALSE(fs::exists(user.settings()));
  user.home().file("tools/systemctl", "#!/bin/sh\necho \"$*\" >> \"$HOME/asked\"\n", 0755);
  CHECK(contains(user.setup({"autostart"}), "enabled atmd.socket"));
  CHECK(contains(user.setup({"--remove", "autostart"}), "disabled atmd.socket"));
  CHECK(content(user.home().path() / "home/asked") ==
        "--user cat atmd.socket\n--user enable --now atmd.socket\n--user is-enabled atmd.socket\n"
        "--user disable --now atmd.socket\n");
}

}  // namespace
}  // namespace atm::test
