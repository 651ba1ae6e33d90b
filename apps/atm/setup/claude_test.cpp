// SPDX-License-Identifier: MIT
// What may go wrong with the most precious file of somebody's day.
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

// The lines of `after` without those that `before` has not, in order.
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

TEST_CASE("SETUP-I1: only our own lines differ, and comments, order, indentation and line ends stay") {
  SetupFixture person;
  person.has_settings(kMine);
  CHECK(contains(person.connect(), "18 connected"));
  CHECK(keeps_lines(kMine, person.now()));
  CHECK(contains(person.now(), "\r\n\t\t\"SessionStart\": [{\"hooks\""));
  CHECK_FALSE(contains(person.now(), "}]}],\n"));
  CHECK(contains(person.remove(), "byte for byte"));
  CHECK(person.now() == kMine);
}

TEST_CASE("SETUP-I1: after an edit exactly our entries go, and foreign hooks in the same arrays stay") {
  SetupFixture person;
  person.has_settings(kMine);
  static_cast<void>(person.connect());
  std::string edited = person.now();
  edited.insert(edited.find("\t\"permissions\""), "\t\"theme\": \"dark\",\r\n");
  person.has_settings(edited);
  CHECK(contains(person.remove(), "the file was edited since"));
  std::string wanted = kMine;
  wanted.insert(wanted.find("\t\"permissions\""), "\t\"theme\": \"dark\",\r\n");
  CHECK(person.now() == wanted);
}

TEST_CASE("SETUP-I1: malformed settings are not touched, and the place is said") {
  SetupFixture person;
  for (const auto& [text, place] : std::vector<std::pair<std::string, std::string>>{
           {"{\n  \"a\": 1\n  \"b\": 2\n}", ":3:3: "},
           {"{\"hooks\": []}", ":1:11: \"hooks\" is not an object"},
           {"{\"hooks\": {\"Stop\": {}}}", ":1:20: \"hooks\".Stop is not an array"},
           {"{\"statusLine\": \"x\"}", ":1:16: \"statusLine\" is not an object"},
           {"[]", ":1:1: the file is not an object"}}) {
    person.has_settings(text);
    const std::string said = person.connect();
    INFO(said);
    CHECK(said[0] == '!');
    CHECK(contains(said, person.settings() + place));
    CHECK(contains(said, "nothing was changed"));
    CHECK(person.now() == text);
  }
}

TEST_CASE("SETUP-I2: the former status line goes on within ours, with its other keys, and comes back") {
  SetupFixture person;
  const std::string line =
      R"({"type": "command", "padding": 0, "command": "it's \"mine\"", "refreshInterval": 5})";
  person.has_settings("{\n  \"statusLine\": " + line + "\n}\n");
  static_cast<void>(person.connect());
  CHECK(contains(person.now(), R"("padding": 0, "command": "[ -x )"));
  CHECK(contains(person.now(), R"(--then 'it'\\''s \"mine\"'; it's \"mine\"", "refreshInterval": 5})"));
  person.has_settings(person.now() + "\n");
  static_cast<void>(person.remove());
  CHECK(person.now() == "{\n  \"statusLine\": " + line + "\n}\n\n");
}

TEST_CASE("SETUP-I2: without a status line atm's own is set, and with --no-status-line none") {
  SetupFixture person;
  person.has_settings("{}\n");
  static_cast<void>(person.connect());
  CHECK(contains(person.now(), "'\\\\''" + person.path("opt/atm") + "'\\\\'' status-line'; true"));
  person.options.no_status_line = true;
  static_cast<void>(person.connect());
  CHECK_FALSE(contains(person.now(), "statusLine"));
  static_cast<void>(person.remove());
  CHECK(person.now() == "{}\n");
}

TEST_CASE("SETUP-I2: our own status line is refreshed every ten seconds, another one as its owner set it") {
  SetupFixture person;
  person.has_settings("{}\n");
  static_cast<void>(person.connect());
  CHECK(contains(person.now(), "\"refreshInterval\": 10"));
  CHECK(contains(person.connect(), "nothing to change"));
  CHECK(contains(person.remove(), "byte for byte"));
  CHECK(person.now() == "{}\n");

  person.has_settings(R"({"statusLine": {"type": "command", "command": "mine"}})");
  static_cast<void>(person.connect());
  CHECK_FALSE(contains(person.now(), "refreshInterval"));
}

TEST_CASE("SETUP-I2: a refresh interval that is set for our own status line stays") {
  SetupFixture person;
  person.has_settings("{}\n");
  static_cast<void>(person.connect());
  std::string text = person.now();
  const std::string ours = "\"refreshInterval\": 10";
  if (const std::size_t at = text.find(ours); at != text.npos) {
    text.replace(at, ours.size(), "\"refreshInterval\": 60");
  } else {
    text.insert(
        text.find("\"type\": \"command\", \"command\": \"[ -x " + person.path("opt/atm-hook") + " ] && exec"),
        "\"refreshInterval\": 60, ");
  }
  REQUIRE(contains(text, "\"refreshInterval\": 60"));
  person.has_settings(text);
  CHECK(contains(person.connect(), "nothing to change"));
  CHECK(person.now() == text);
}

TEST_CASE("SETUP-I2: an installation without a refresh interval gets it, and is removed byte for byte") {
  SetupFixture person;
  person.has_settings(kMine);
  static_cast<void>(person.connect());
  // What setup wrote before it knew the interval, and the journal of that run.
  std::string text = person.now();
  const std::size_t at = text.find(", \"refreshInterval\": 10");
  if (at != text.npos) text.erase(at, std::string(", \"refreshInterval\": 10").size());
  person.has_settings(text);
  const JournalDirectory directory(person.state());
  auto journal = directory.read(person.settings());
  REQUIRE(journal);
  journal->written = {content_id(text)};
  REQUIRE(directory.write(*journal));

  CHECK(contains(person.connect(), "status line  atm status-line\n"));
  CHECK(contains(person.now(), "\"refreshInterval\": 10"));
  CHECK(contains(person.connect(), "nothing to change"));
  CHECK(contains(person.remove(), "byte for byte"));
  CHECK(person.now() == kMine);
}

TEST_CASE("SETUP-I2: a project's status line does not silence the one that was there") {
  SetupFixture person;
  person.has_settings(R"({"statusLine": {"type": "command", "command": "mine", "padding": 2}})");
  static_cast<void>(person.home().directory("project"));
  person.options.project = person.path("project");
  static_cast<void>(person.connect());
  const std::string local = person.path("project/.claude/settings.local.json");
  CHECK(contains(person.read(local), "\"padding\": 2"));
  CHECK(contains(person.read(local), "--then mine; mine") == false);
  CHECK(contains(person.read(local), "--then 'mine'; mine"));
  CHECK(contains(person.remove(), "it did not exist before"));
  CHECK_FALSE(fs::exists(local));
}

TEST_CASE(
    "SETUP-I2: a status line that a person put in the place of a copied one is theirs, and comes back") {
  SetupFixture person;
  person.has_settings(R"({"statusLine": {"type": "command", "command": "mine"}})");
  static_cast<void>(person.home().directory("project"));
  person.options.project = person.path("project");
  static_cast<void>(person.connect());
  const std::string local = person.path("project/.claude/settings.local.json");
  std::string text = person.read(local);
  const std::size_t at = text.find("\"statusLine\"");
  REQUIRE(at != text.npos);
  const std::size_t begin = text.find('{', at);
  text.replace(begin, text.find('}', begin) + 1 - begin,
               R"({"type": "command", "command": "theirs", "padding": 1})");
  static_cast<void>(person.home().file("project/.claude/settings.local.json", text, 0600));
  static_cast<void>(person.connect());
  CHECK(contains(person.read(local), "theirs"));
  CHECK(contains(person.read(local), "--then"));
  // Another's edit, so that not the old bytes are put back but ours taken out.
  std::string edited = person.read(local);
  edited.insert(edited.find('{') + 1, R"("permissions": {"allow": []},)");
  static_cast<void>(person.home().file("project/.claude/settings.local.json", edited, 0600));
  static_cast<void>(person.remove());
  CHECK(contains(person.read(local), R"({"type": "command", "command": "theirs", "padding": 1})"));
  CHECK_FALSE(contains(person.read(local), "--then"));
}

TEST_CASE("SETUP-I2: beside a linked file of local settings the project's own line is the one that goes on") {
  SetupFixture person;
  person.has_settings("{}");
  static_cast<void>(person.home().file("project/.claude/settings.json",
                                       R"({"statusLine": {"type": "command", "command": "ours"}})"));
  static_cast<void>(person.home().file("dotfiles/p.json", "{}", 0600));
  static_cast<void>(person.home().file("dotfiles/settings.json",
                                       R"({"statusLine": {"type": "command", "command": "another"}})"));
  fs::create_symlink(person.path("dotfiles/p.json"), person.path("project/.claude/settings.local.json"));
  person.options.project = person.path("project");
  static_cast<void>(person.connect());
  CHECK(contains(person.read(person.path("dotfiles/p.json")), "--then 'ours'"));
}

TEST_CASE("SETUP-I3: the command is an absolute path without a version, never a build directory's") {
  SetupFixture person;
  person.has_settings("{}");
  static_cast<void>(person.home().file("build/CMakeCache.txt", ""));
  const std::string installed = person.options.hook;
  person.options.hook = person.home().file("build/bin/atm-hook", "", 0755).string();
  CHECK(contains(person.connect(), "is in a build directory"));
  person.options.hook = person.path("nowhere/atm-hook");
  CHECK(contains(person.connect(), "install it with scripts/install"));
  CHECK(person.now() == "{}");
  person.options.hook = installed;
  static_cast<void>(person.connect());
  CHECK(contains(person.now(), "[ -x " + installed + " ] && " + installed + " --agent claude_code || true"));
}

TEST_CASE("SETUP-I3: a second run changes nothing, another place of atm-hook only our entries") {
  SetupFixture person;
  person.has_settings(kMine);
  static_cast<void>(person.connect());
  const std::string first = person.now();
  CHECK(contains(person.connect(), "nothing to change"));
  CHECK(person.now() == first);
  person.options.hook = person.home().file("my tools/atm-hook", "", 0755).string();
  CHECK(contains(person.connect(), "updated"));
  CHECK_FALSE(contains(person.now(), person.path("opt/atm-hook")));
  CHECK(contains(person.now(), "[ -x '" + person.options.hook + "' ]"));
  CHECK(contains(person.remove(), "byte for byte"));
  CHECK(person.now() == kMine);
}

TEST_CASE("SETUP-I3: the events follow the client that is installed") {
  SetupFixture person;
  person.has_settings("{}");
  person.has_client("2.1.330");
  CHECK(contains(person.connect(), "19 connected"));
  CHECK(contains(person.now(), "PostModelSwitch"));
  person.has_client("2.1.197");
  CHECK(contains(person.connect(), "removed    PostModelSwitch"));
  CHECK_FALSE(contains(person.now(), "PostModelSwitch"));
}

TEST_CASE("SETUP-I3: a client that does not say its version this time loses no event") {
  SetupFixture person;
  person.has_settings("{}");
  person.has_client("2.1.330");
  static_cast<void>(person.connect());
  person.has_client("busy");
  CHECK(contains(person.connect(), "nothing to change"));
  CHECK(contains(person.now(), "PostModelSwitch"));
}

TEST_CASE("SETUP-I4: each handler is one program with a time limit; HTTP only where the client has it") {
  SetupFixture person;
  person.has_settings("{}", 0600);
  person.options.http = true;
  CHECK(contains(person.connect(), "!an unknown version of Claude Code is not known to support HTTP hooks"));
  person.has_client("2.1.330");
  static_cast<void>(person.connect());
  const std::string token = person.read(person.path("config/atm/http-token")).substr(0, 64);
  REQUIRE(token.size() == 64);
  CHECK(contains(person.now(), R"("SessionStart": [{"hooks": [{"type": "command")"));
  CHECK(contains(person.now(),
                 R"("Stop": [{"hooks": [{"type": "http", "url": "http://127.0.0.1:7641/v1/ingest/)"));
  CHECK(contains(person.now(), "\"Authorization\": \"Bearer " + token + "\""));
  CHECK(contains(person.connect(), "nothing to change"));
  person.options.http = false;
  static_cast<void>(person.connect());
  CHECK_FALSE(contains(person.now(), token));
  static_cast<void>(person.remove());
  CHECK(person.now() == "{}");
  person.options.http = true;
  person.has_settings("{}", 0644);
  CHECK(contains(person.connect(), "readable by other users"));
}

TEST_CASE("SETUP-I5: a link stays a link, and its target keeps its mode") {
  SetupFixture person;
  const auto target = person.home().file("dotfiles/claude.json", "{}\n", 0640);
  fs::create_symlink("../../dotfiles/claude.json", person.settings());
  static_cast<void>(person.connect());
  CHECK(fs::is_symlink(person.settings()));
  CHECK(contains(person.read(target.string()), "atm-hook"));
  CHECK(fs::status(target).permissions() == fs::perms(0640));
  static_cast<void>(person.remove());
  CHECK(person.read(target.string()) == "{}\n");
  CHECK(fs::is_symlink(person.settings()));
  fs::remove(target);
  CHECK(contains(person.connect(), "a file that does not exist"));
}

TEST_CASE("SETUP-I5: a dry run shows a diff and writes nothing") {
  SetupFixture person;
  person.has_settings("{\n  \"a\": 1\n}\n");
  person.options.dry_run = true;
  const std::string said = person.connect();
  CHECK(contains(said, "@@ -1,3 +1,"));
  CHECK(contains(said, "\n+  \"hooks\": {\n+    \"SessionStart\": "));
  CHECK(contains(said, "nothing was written"));
  CHECK(person.now() == "{\n  \"a\": 1\n}\n");
  CHECK_FALSE(fs::exists(person.path("state")));
}

TEST_CASE(
    "SETUP-I5: backup and journal are for their owner only, and a file that was not there is gone again") {
  SetupFixture person;
  CHECK(contains(person.connect(), "changed"));
  CHECK(fs::status(person.settings()).permissions() == fs::perms(0600));
  CHECK(fs::status(person.state()).permissions() == fs::perms(0700));
  for (const auto& entry : fs::directory_iterator(person.state()))
    CHECK(entry.status().permissions() == fs::perms(0600));
  CHECK(contains(person.remove(), "it did not exist before"));
  CHECK_FALSE(fs::exists(person.settings()));
}

TEST_CASE("SETUP-I5: of many backups the first, the last five and those the journal names stay") {
  SetupFixture person;
  person.has_settings("{\"first\": 1}\n");
  const auto backups = [&person] {
    std::set<std::string> texts;
    for (const auto& entry : fs::directory_iterator(person.state()))
      if (entry.path().extension() == ".backup") texts.insert(person.read(entry.path().string()));
    return texts;
  };
  for (int i = 0; i < 12; ++i) {
    // Each edit by hand is a new beginning: the next run keeps what it finds.
    if (i > 0) person.has_settings("{\"edit\": " + std::to_string(i) + "}\n");
    static_cast<void>(person.connect());
  }
  const std::set<std::string> wanted{"{\"first\": 1}\n", "{\"edit\": 7}\n",  "{\"edit\": 8}\n",
                                     "{\"edit\": 9}\n",  "{\"edit\": 10}\n", "{\"edit\": 11}\n"};
  CHECK(backups() == wanted);
  CHECK(contains(person.remove(), "byte for byte"));
  CHECK(person.now() == "{\"edit\": 11}\n");
  CHECK(backups().size() == 6);
  CHECK(backups().count("{\"first\": 1}\n") == 1);
}

TEST_CASE("SETUP-I5: the text that a removal restores stays however many backups follow it") {
  SetupFixture person;
  person.has_settings(kMine);
  static_cast<void>(person.connect());
  for (int i = 0; i < 9; ++i) {
    person.options.no_status_line = i % 2 == 0;
    CHECK(contains(person.connect(), "changed"));
  }
  CHECK(contains(person.remove(), "byte for byte"));
  CHECK(person.now() == kMine);
}

TEST_CASE("SETUP-I5: what is managed, read-only, foreign or no file is not touched, and the remedy is said") {
  SetupFixture person;
  const auto refused = [&person](const std::string& why) {
    const std::string before = person.now();
    const std::string said = person.connect();
    INFO(said);
    CHECK(said[0] == '!');
    CHECK(contains(said, why));
    CHECK(contains(said, "nothing was changed"));
    CHECK(person.now() == before);
  };
  person.has_settings("{}", 0444);
  refused("is read-only, expected a writable file; run chmod u+w");
  person.has_settings("{\"disableAllHooks\": true}");
  refused("sets disableAllHooks");
  person.has_settings("{}");
  static_cast<void>(person.home().file("managed.json", "{\"allowManagedHooksOnly\": true} // policy"));
  refused("ask the administrator");
  fs::remove(person.path("managed.json"));
  static_cast<void>(person.home().file("managed-settings.d/10.json", "{\"disableAllHooks\": true}"));
  refused("managed-settings.d/10.json sets disableAllHooks");
  fs::remove(person.path("managed-settings.d/10.json"));
  fs::create_hard_link(person.settings(), person.path("second"));
  refused("has 2 hard links");
  fs::remove(person.path("second"));
  ::chmod(person.path("home/.claude").c_str(), 0500);
  refused("is read-only, expected a writable directory");
  ::chmod(person.path("home/.claude").c_str(), 0700);
  if (::geteuid() == 0) {
    REQUIRE(::chown(person.settings().c_str(), 12345, 12345) == 0);
    refused("is owned by uid 12345");
    // Nor is anything made where its owner could not use it.
    REQUIRE(::chown(person.path("home/.claude").c_str(), 12345, 12345) == 0);
    fs::remove(person.settings());
    refused("run this command as its owner");
    REQUIRE(::chown(person.path("home/.claude").c_str(), 0, 0) == 0);
    person.has_settings("{}");
  }
  fs::remove(person.settings());
  fs::create_directory(person.settings());
  refused("is a directory, expected a file");
}

TEST_CASE("SETUP-I5: on a full disk the old file stays whole") {
  SetupFixture person;
  person.has_settings("old");
  const auto file = open_settings(person.settings());
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
  CHECK(person.now() == "old");
  CHECK(std::distance(fs::directory_iterator(person.path("home/.claude")), {}) == 1);
}

TEST_CASE("SETUP-I5: what the client wrote meanwhile is not overwritten") {
  SetupFixture person;
  person.has_settings("{}");
  const auto file = open_settings(person.settings());
  REQUIRE(file);
  person.has_settings("{\"model\": \"opus\"}");
  CHECK_FALSE(replace_settings(*file, "{}"));
  CHECK(person.now() == "{\"model\": \"opus\"}");
}

}  // namespace
}  // namespace atm::cli::setup
