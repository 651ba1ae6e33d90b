// SPDX-License-Identifier: MIT
// Tests of failures while setup edits Claude Code's settings.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "content_id.hpp"
#include "journal.hpp"
#include "json_string.hpp"
#include "jsonc_tree.hpp"
#include "settings_file.hpp"
#include "setup_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::cli::setup {
namespace {

using atm::test::contains;

namespace fs = std::filesystem;

// Returns true if `after` contains all lines of `before`, in order.
bool keeps_lines(const std::string& before, const std::string& after) {
  std::istringstream old(before);
  std::istringstream now(after);
  std::string wanted;
  while (std::getline(old, wanted)) {
    std::string line;
    while (std::getline(now, line) && line != wanted) {
    }
    if (line != wanted) return false;
  }
  return true;
}

constexpr const char* kMine =
    "{\r\n\t// what I like\r\n\t\"model\": \"opus\", // best\r\n\t\"hooks\": {\r\n\t\t\"Stop\": [\r\n\t\t\t"
    "{\"hooks\": [{\"type\": \"command\", \"command\": \"notify\"}]},\r\n\t\t],\r\n\t\t\"Other\": "
    "[]\r\n\t},\r\n\t"
    "\"permissions\": {\"deny\": [\"Bash\"], \"allow\": []}\r\n}\r\n";

TEST_CASE("SETUP-I1: only lines of ATM differ, and comments, order, indentation and line ends stay") {
  SetupFixture fixture;
  fixture.has_settings(kMine);
  CHECK(contains(fixture.connect(), "18 connected"));
  CHECK(keeps_lines(kMine, fixture.now()));
  CHECK(contains(fixture.now(), "\r\n\t\t\"SessionStart\": [{\"hooks\""));
  CHECK_FALSE(contains(fixture.now(), "}]}],\n"));
  CHECK(contains(fixture.remove(), "byte for byte"));
  CHECK(fixture.now() == kMine);
}

TEST_CASE(
    "SETUP-I1: after an edit, removal deletes exactly ATM's entries, and foreign hooks in the same arrays "
    "stay") {
  SetupFixture fixture;
  fixture.has_settings(kMine);
  static_cast<void>(fixture.connect());
  std::string edited = fixture.now();
  edited.insert(edited.find("\t\"permissions\""), "\t\"theme\": \"dark\",\r\n");
  fixture.has_settings(edited);
  CHECK(contains(fixture.remove(), "the file was edited since"));
  std::string wanted = kMine;
  wanted.insert(wanted.find("\t\"permissions\""), "\t\"theme\": \"dark\",\r\n");
  CHECK(fixture.now() == wanted);
}

TEST_CASE("SETUP-I1: malformed settings are not changed, and the error names the position") {
  SetupFixture fixture;
  for (const auto& [text, place] : std::vector<std::pair<std::string, std::string>>{
           {"{\n  \"a\": 1\n  \"b\": 2\n}", ":3:3: "},
           {"{\"hooks\": []}", ":1:11: \"hooks\" is not an object"},
           {"{\"hooks\": {\"Stop\": {}}}", ":1:20: \"hooks\".Stop is not an array"},
           {"{\"statusLine\": \"x\"}", ":1:16: \"statusLine\" is not an object"},
           {"[]", ":1:1: the file is not an object"}}) {
    fixture.has_settings(text);
    const std::string message = fixture.connect();
    INFO(message);
    CHECK(message[0] == '!');
    CHECK(contains(message, fixture.settings() + place));
    CHECK(contains(message, "nothing was changed"));
    CHECK(fixture.now() == text);
  }
}

TEST_CASE("SETUP-I2: the former status line runs inside ATM's, with its other keys, and is restored") {
  SetupFixture fixture;
  const std::string line =
      R"({"type": "command", "padding": 0, "command": "it's \"mine\"", "refreshInterval": 5})";
  fixture.has_settings("{\n  \"statusLine\": " + line + "\n}\n");
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.now(), R"("padding": 0, "command": "[ -x )"));
  CHECK(contains(fixture.now(), R"(--then 'it'\\''s \"mine\"'; it's \"mine\"", "refreshInterval": 5})"));
  fixture.has_settings(fixture.now() + "\n");
  static_cast<void>(fixture.remove());
  CHECK(fixture.now() == "{\n  \"statusLine\": " + line + "\n}\n\n");
}

TEST_CASE("SETUP-I2: without a status line atm's own is set, and with --no-status-line none") {
  SetupFixture fixture;
  fixture.has_settings("{}\n");
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.now(), "'\\\\''" + fixture.path("opt/atm") + "'\\\\'' status-line'; true"));
  fixture.options.no_status_line = true;
  static_cast<void>(fixture.connect());
  CHECK_FALSE(contains(fixture.now(), "statusLine"));
  static_cast<void>(fixture.remove());
  CHECK(fixture.now() == "{}\n");
}

TEST_CASE("SETUP-I2: ATM's status line is refreshed every ten seconds, another one as its owner set it") {
  SetupFixture fixture;
  fixture.has_settings("{}\n");
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.now(), "\"refreshInterval\": 10"));
  CHECK(contains(fixture.connect(), "nothing to change"));
  CHECK(contains(fixture.remove(), "byte for byte"));
  CHECK(fixture.now() == "{}\n");

  fixture.has_settings(R"({"statusLine": {"type": "command", "command": "mine"}})");
  static_cast<void>(fixture.connect());
  CHECK_FALSE(contains(fixture.now(), "refreshInterval"));
}

TEST_CASE("SETUP-I2: a refresh interval of the user for ATM's status line stays") {
  SetupFixture fixture;
  fixture.has_settings("{}\n");
  static_cast<void>(fixture.connect());
  std::string text = fixture.now();
  const std::string ours = "\"refreshInterval\": 10";
  if (const std::size_t at = text.find(ours); at != text.npos) {
    text.replace(at, ours.size(), "\"refreshInterval\": 60");
  } else {
    text.insert(text.find("\"type\": \"command\", \"command\": \"[ -x " + fixture.path("opt/atm-hook") +
                          " ] && exec"),
                "\"refreshInterval\": 60, ");
  }
  REQUIRE(contains(text, "\"refreshInterval\": 60"));
  fixture.has_settings(text);
  CHECK(contains(fixture.connect(), "nothing to change"));
  CHECK(fixture.now() == text);
}

TEST_CASE("SETUP-I2: an installation without a refresh interval gets one, and is removed byte for byte") {
  SetupFixture fixture;
  fixture.has_settings(kMine);
  static_cast<void>(fixture.connect());
  // The output of a setup without the interval, and the journal of that run.
  std::string text = fixture.now();
  const std::size_t at = text.find(", \"refreshInterval\": 10");
  if (at != text.npos) text.erase(at, std::string(", \"refreshInterval\": 10").size());
  fixture.has_settings(text);
  const JournalDirectory directory(fixture.state());
  auto journal = directory.read(fixture.settings());
  REQUIRE(journal);
  journal->written = {content_id(text)};
  REQUIRE(directory.write(*journal));

  CHECK(contains(fixture.connect(), "status line  atm status-line\n"));
  CHECK(contains(fixture.now(), "\"refreshInterval\": 10"));
  CHECK(contains(fixture.connect(), "nothing to change"));
  CHECK(contains(fixture.remove(), "byte for byte"));
  CHECK(fixture.now() == kMine);
}

TEST_CASE("SETUP-I2: a project's status line does not override the existing one") {
  SetupFixture fixture;
  fixture.has_settings(R"({"statusLine": {"type": "command", "command": "mine", "padding": 2}})");
  static_cast<void>(fixture.home().directory("project"));
  fixture.options.project = fixture.path("project");
  static_cast<void>(fixture.connect());
  const std::string local = fixture.path("project/.claude/settings.local.json");
  CHECK(contains(fixture.read(local), "\"padding\": 2"));
  CHECK(contains(fixture.read(local), "--then mine; mine") == false);
  CHECK(contains(fixture.read(local), "--then 'mine'; mine"));
  CHECK(contains(fixture.remove(), "it did not exist before"));
  CHECK_FALSE(fs::exists(local));
}

TEST_CASE(
    "SETUP-I2: a status line that the user puts in place of a copied one is the user's and is restored") {
  SetupFixture fixture;
  fixture.has_settings(R"({"statusLine": {"type": "command", "command": "mine"}})");
  static_cast<void>(fixture.home().directory("project"));
  fixture.options.project = fixture.path("project");
  static_cast<void>(fixture.connect());
  const std::string local = fixture.path("project/.claude/settings.local.json");
  std::string text = fixture.read(local);
  const std::size_t at = text.find("\"statusLine\"");
  REQUIRE(at != text.npos);
  const std::size_t begin = text.find('{', at);
  text.replace(begin, text.find('}', begin) + 1 - begin,
               R"({"type": "command", "command": "theirs", "padding": 1})");
  static_cast<void>(fixture.home().file("project/.claude/settings.local.json", text, 0600));
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.read(local), "theirs"));
  CHECK(contains(fixture.read(local), "--then"));
  // Another edit makes the removal delete ATM's entries instead of restoring the old bytes.
  std::string edited = fixture.read(local);
  edited.insert(edited.find('{') + 1, R"("permissions": {"allow": []},)");
  static_cast<void>(fixture.home().file("project/.claude/settings.local.json", edited, 0600));
  static_cast<void>(fixture.remove());
  CHECK(contains(fixture.read(local), R"({"type": "command", "command": "theirs", "padding": 1})"));
  CHECK_FALSE(contains(fixture.read(local), "--then"));
}

TEST_CASE("SETUP-I2: beside a linked file of local settings the project's own status line keeps running") {
  SetupFixture fixture;
  fixture.has_settings("{}");
  static_cast<void>(fixture.home().file("project/.claude/settings.json",
                                        R"({"statusLine": {"type": "command", "command": "ours"}})"));
  static_cast<void>(fixture.home().file("dotfiles/p.json", "{}", 0600));
  static_cast<void>(fixture.home().file("dotfiles/settings.json",
                                        R"({"statusLine": {"type": "command", "command": "another"}})"));
  fs::create_symlink(fixture.path("dotfiles/p.json"), fixture.path("project/.claude/settings.local.json"));
  fixture.options.project = fixture.path("project");
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.read(fixture.path("dotfiles/p.json")), "--then 'ours'"));
}

TEST_CASE("SETUP-I3: the command is an absolute path without a version, and not in a build directory") {
  SetupFixture fixture;
  fixture.has_settings("{}");
  static_cast<void>(fixture.home().file("build/CMakeCache.txt", ""));
  const std::string installed = fixture.options.hook;
  fixture.options.hook = fixture.home().file("build/bin/atm-hook", fixture.read(installed), 0755).string();
  CHECK(contains(fixture.connect(), "is in a build directory"));
  fixture.options.hook = fixture.path("nowhere/atm-hook");
  CHECK(contains(fixture.connect(), "install it with scripts/install"));
  fixture.options.hook = "/bin/true";
  CHECK(contains(fixture.connect(), "/bin/true is not atm-hook"));
  CHECK(fixture.now() == "{}");
  fixture.options.hook = installed;
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.now(), "[ -x " + installed + " ] && " + installed + " --agent claude_code || true"));
}

TEST_CASE("SETUP-I3: a second run changes nothing, and a moved atm-hook changes only ATM's entries") {
  SetupFixture fixture;
  fixture.has_settings(kMine);
  static_cast<void>(fixture.connect());
  const std::string first = fixture.now();
  CHECK(contains(fixture.connect(), "nothing to change"));
  CHECK(fixture.now() == first);
  fixture.options.hook =
      fixture.home().file("my tools/atm-hook", fixture.read(fixture.options.hook), 0755).string();
  CHECK(contains(fixture.connect(), "updated"));
  CHECK_FALSE(contains(fixture.now(), fixture.path("opt/atm-hook")));
  CHECK(contains(fixture.now(), "[ -x '" + fixture.options.hook + "' ]"));
  CHECK(contains(fixture.remove(), "byte for byte"));
  CHECK(fixture.now() == kMine);
}

TEST_CASE("SETUP-I3: the events depend on the installed version of Claude Code") {
  SetupFixture fixture;
  fixture.has_settings("{}");
  fixture.has_client("2.1.330");
  CHECK(contains(fixture.connect(), "19 connected"));
  CHECK(contains(fixture.now(), "PostModelSwitch"));
  fixture.has_client("2.1.197");
  CHECK(contains(fixture.connect(), "removed    PostModelSwitch"));
  CHECK_FALSE(contains(fixture.now(), "PostModelSwitch"));
}

TEST_CASE("SETUP-I3: an unknown version of Claude Code removes no event") {
  SetupFixture fixture;
  fixture.has_settings("{}");
  fixture.has_client("2.1.330");
  static_cast<void>(fixture.connect());
  fixture.has_client("busy");
  CHECK(contains(fixture.connect(), "nothing to change"));
  CHECK(contains(fixture.now(), "PostModelSwitch"));
}

TEST_CASE("SETUP-I4: each handler is one program with a time limit; HTTP only if Claude Code supports it") {
  SetupFixture fixture;
  fixture.has_settings("{}", 0600);
  fixture.options.http = true;
  CHECK(contains(fixture.connect(), "!an unknown version of Claude Code is not known to support HTTP hooks"));
  fixture.has_client("2.1.330");
  static_cast<void>(fixture.connect());
  const std::string token = fixture.read(fixture.path("config/atm/http-token")).substr(0, 64);
  REQUIRE(token.size() == 64);
  CHECK(contains(fixture.now(), R"("SessionStart": [{"hooks": [{"type": "command")"));
  CHECK(contains(fixture.now(),
                 R"("Stop": [{"hooks": [{"type": "http", "url": "http://127.0.0.1:7641/v1/ingest/)"));
  CHECK(contains(fixture.now(), "\"Authorization\": \"Bearer " + token + "\""));
  CHECK(contains(fixture.connect(), "nothing to change"));
  fixture.options.http = false;
  static_cast<void>(fixture.connect());
  CHECK_FALSE(contains(fixture.now(), token));
  static_cast<void>(fixture.remove());
  CHECK(fixture.now() == "{}");
  fixture.options.http = true;
  fixture.has_settings("{}", 0644);
  CHECK(contains(fixture.connect(), "readable by other users"));
}

TEST_CASE("SETUP-I4: HTTP hooks use the port of the configuration of atmd") {
  SetupFixture fixture;
  fixture.options.http = true;
  fixture.has_client("2.1.330");
  fixture.has_settings("{}", 0600);
  static_cast<void>(fixture.home().file("config/atm/atm.toml", "[plugins.http]\nport = 7700\n"));
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.now(), "http://127.0.0.1:7700/v1/ingest/claude_code/hook"));
  CHECK_FALSE(contains(fixture.now(), ":7641"));
  static_cast<void>(fixture.home().file("config/atm/atm.toml", "[plugins.http]\nport = 7701\n"));
  static_cast<void>(fixture.connect());
  CHECK(contains(fixture.now(), "http://127.0.0.1:7701/v1/ingest/claude_code/hook"));
  CHECK_FALSE(contains(fixture.now(), ":7700"));

  const std::string before = fixture.now();
  static_cast<void>(fixture.home().file("config/atm/atm.toml", "[plugins.http]\nport = 0\n"));
  CHECK(contains(fixture.connect(), "atm.toml:2: plugins.http.port is no fixed port"));
  static_cast<void>(fixture.home().file("config/atm/atm.toml", "[plugins.http\n"));
  CHECK(contains(fixture.connect(), "atm.toml:1: "));
  CHECK(fixture.now() == before);
}

TEST_CASE("SETUP-I5: a link stays a link, and its target keeps its mode") {
  SetupFixture fixture;
  const auto target = fixture.home().file("dotfiles/claude.json", "{}\n", 0640);
  fs::create_symlink("../../dotfiles/claude.json", fixture.settings());
  static_cast<void>(fixture.connect());
  CHECK(fs::is_symlink(fixture.settings()));
  CHECK(contains(fixture.read(target.string()), "atm-hook"));
  CHECK(fs::status(target).permissions() == fs::perms(0640));
  static_cast<void>(fixture.remove());
  CHECK(fixture.read(target.string()) == "{}\n");
  CHECK(fs::is_symlink(fixture.settings()));
  fs::remove(target);
  CHECK(contains(fixture.connect(), "a file that does not exist"));
}

TEST_CASE("SETUP-I5: removal deletes the directories that setup created, unless they contain other files") {
  SetupFixture fixture;
  REQUIRE(::setenv("CLAUDE_CONFIG_DIR", fixture.path("home/new/claude").c_str(), 1) == 0);
  static_cast<void>(fixture.connect());
  REQUIRE(fs::exists(fixture.path("home/new/claude/settings.json")));
  CHECK(contains(fixture.remove(), "deleted"));
  CHECK_FALSE(fs::exists(fixture.path("home/new")));
  CHECK(fs::exists(fixture.path("home")));
  static_cast<void>(fixture.connect());
  static_cast<void>(fixture.home().file("home/new/claude/mine", "", 0600));
  CHECK(contains(fixture.remove(), "deleted"));
  CHECK(fs::exists(fixture.path("home/new/claude/mine")));
}

TEST_CASE("SETUP-I5: a dry run shows a diff and writes nothing") {
  SetupFixture fixture;
  fixture.has_settings("{\n  \"a\": 1\n}\n");
  fixture.options.dry_run = true;
  const std::string message = fixture.connect();
  CHECK(contains(message, "@@ -1,3 +1,"));
  CHECK(contains(message, "\n+  \"hooks\": {\n+    \"SessionStart\": "));
  CHECK(contains(message, "nothing was written"));
  CHECK(fixture.now() == "{\n  \"a\": 1\n}\n");
  CHECK_FALSE(fs::exists(fixture.path("state")));
}

TEST_CASE(
    "SETUP-I5: backup and journal are private to their owner, and a file that did not exist is removed") {
  SetupFixture fixture;
  CHECK(contains(fixture.connect(), "changed"));
  CHECK(fs::status(fixture.settings()).permissions() == fs::perms(0600));
  CHECK(fs::status(fixture.state()).permissions() == fs::perms(0700));
  for (const auto& entry : fs::directory_iterator(fixture.state()))
    CHECK(entry.status().permissions() == fs::perms(0600));
  CHECK(contains(fixture.remove(), "it did not exist before"));
  CHECK_FALSE(fs::exists(fixture.settings()));
}

TEST_CASE("SETUP-I5: the first, the last five and the journal's backups are kept") {
  SetupFixture fixture;
  fixture.has_settings("{\"first\": 1}\n");
  const auto backups = [&fixture] {
    std::set<std::string> texts;
    for (const auto& entry : fs::directory_iterator(fixture.state()))
      if (entry.path().extension() == ".backup") texts.insert(fixture.read(entry.path().string()));
    return texts;
  };
  for (int i = 0; i < 12; ++i) {
    // Each manual edit starts a new history: the next run keeps the text it finds.
    if (i > 0) fixture.has_settings("{\"edit\": " + std::to_string(i) + "}\n");
    static_cast<void>(fixture.connect());
  }
  const std::set<std::string> wanted{"{\"first\": 1}\n", "{\"edit\": 7}\n",  "{\"edit\": 8}\n",
                                     "{\"edit\": 9}\n",  "{\"edit\": 10}\n", "{\"edit\": 11}\n"};
  CHECK(backups() == wanted);
  CHECK(contains(fixture.remove(), "byte for byte"));
  CHECK(fixture.now() == "{\"edit\": 11}\n");
  CHECK(backups().size() == 6);
  CHECK(backups().count("{\"first\": 1}\n") == 1);
}

TEST_CASE("SETUP-I5: the text that a removal restores is kept after any number of backups") {
  SetupFixture fixture;
  fixture.has_settings(kMine);
  static_cast<void>(fixture.connect());
  for (int i = 0; i < 9; ++i) {
    fixture.options.no_status_line = i % 2 == 0;
    CHECK(contains(fixture.connect(), "changed"));
  }
  CHECK(contains(fixture.remove(), "byte for byte"));
  CHECK(fixture.now() == kMine);
}

TEST_CASE(
    "SETUP-I5: a managed, read-only, foreign or irregular file is not changed, and the error has a remedy") {
  SetupFixture fixture;
  const auto refused = [&fixture](const std::string& why) {
    const std::string before = fixture.now();
    const std::string message = fixture.connect();
    INFO(message);
    CHECK(message[0] == '!');
    CHECK(contains(message, why));
    CHECK(contains(message, "nothing was changed"));
    CHECK(fixture.now() == before);
  };
  fixture.has_settings("{}", 0444);
  refused("is read-only, expected a writable file; run chmod u+w");
  fixture.has_settings("{\"disableAllHooks\": true}");
  refused("sets disableAllHooks");
  fixture.has_settings("{}");
  static_cast<void>(fixture.home().file("managed.json", "{\"allowManagedHooksOnly\": true} // policy"));
  refused("ask the administrator");
  fs::remove(fixture.path("managed.json"));
  static_cast<void>(fixture.home().file("managed-settings.d/10.json", "{\"disableAllHooks\": true}"));
  refused("managed-settings.d/10.json sets disableAllHooks");
  fs::remove(fixture.path("managed-settings.d/10.json"));
  fs::create_hard_link(fixture.settings(), fixture.path("second"));
  refused("has 2 hard links");
  fs::remove(fixture.path("second"));
  ::chmod(fixture.path("home/.claude").c_str(), 0500);
  refused("is read-only, expected a writable directory");
  ::chmod(fixture.path("home/.claude").c_str(), 0700);
  if (::geteuid() == 0) {
    REQUIRE(::chown(fixture.settings().c_str(), 12345, 12345) == 0);
    refused("belongs to uid 12345");
    // Setup also creates nothing that its owner could not use.
    REQUIRE(::chown(fixture.path("home/.claude").c_str(), 12345, 12345) == 0);
    fs::remove(fixture.settings());
    refused("run this command as its owner");
    REQUIRE(::chown(fixture.path("home/.claude").c_str(), 0, 0) == 0);
    fixture.has_settings("{}");
  }
  fs::remove(fixture.settings());
  fs::create_directory(fixture.settings());
  refused("is a directory, expected a file");
}

TEST_CASE("SETUP-I5: on a full disk the old file stays complete") {
  SetupFixture fixture;
  fixture.has_settings("old");
  const auto file = open_settings(fixture.settings());
  REQUIRE(file);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{1000, 1000};
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto done = replace_settings(*file, std::string(100'000, 'x'));
    ::_exit(!done && contains(done.error().message, "which is unchanged") ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(fixture.now() == "old");
  CHECK(std::distance(fs::directory_iterator(fixture.path("home/.claude")), {}) == 1);
}

TEST_CASE("SETUP-I5: concurrent changes of Claude Code are not overwritten") {
  SetupFixture fixture;
  fixture.has_settings("{}");
  const auto file = open_settings(fixture.settings());
  REQUIRE(file);
  fixture.has_settings("{\"model\": \"opus\"}");
  CHECK_FALSE(replace_settings(*file, "{}"));
  CHECK(fixture.now() == "{\"model\": \"opus\"}");
}

}  // namespace
}  // namespace atm::cli::setup
