// SPDX-License-Identifier: MIT
#include "claude_settings.hpp"

#include <sys/stat.h>

#include <rapidcheck.h>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli::doctor {
namespace {

using test::TempDir;

ClaudeSettings read_text(const TempDir& dir, std::string_view text) {
  return read_claude_settings(SettingsLevel::kUser, dir.file("settings.json", text).string());
}

TEST_CASE("hooks of ATM are found among others, with their events", "[doctor]") {
  const TempDir dir;
  const ClaudeSettings settings = read_text(dir, R"({
    // mine
    "hooks": {
      "Stop": [{"hooks": [{"type": "command", "command": "beep"}]},
               {"matcher": "", "hooks": [{"type": "command", "command": "/x/atm-hook --agent claude_code", "timeout": 5}]}],
      "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "check"}]}], /* last */
    },
  })");
  CHECK(settings.exists);
  CHECK(settings.problem.empty());
  REQUIRE(settings.hooks.size() == 1);
  CHECK(settings.hooks[0].event == "Stop");
  CHECK(settings.hooks[0].ours.programs.at(0) == "/x/atm-hook");
}

TEST_CASE("settings that disable hooks are detected, and only if they are true", "[doctor]") {
  const TempDir dir;
  CHECK(read_text(dir, R"({"disableAllHooks":true})").disables_hooks);
  CHECK(read_text(dir, R"({"allowManagedHooksOnly":true})").allows_managed_only);
  CHECK_FALSE(read_text(dir, R"({"disableAllHooks":"true"})").disables_hooks);
  CHECK_FALSE(read_text(dir, R"({"env":{"disableAllHooks":true}})").disables_hooks);
}

TEST_CASE("the last of several members with one name counts", "[doctor]") {
  const TempDir dir;
  CHECK_FALSE(read_text(dir, R"({"disableAllHooks":true,"disableAllHooks":false})").disables_hooks);
}

TEST_CASE("a status line of ATM is distinguished from another one", "[doctor]") {
  const TempDir dir;
  const auto ours =
      read_text(dir, R"({"statusLine":{"type":"command","command":"exec /x/atm-hook --status-line"}})");
  CHECK(ours.has_status_line);
  CHECK_FALSE(ours.status_line.programs.empty());
  const auto other = read_text(dir, R"({"statusLine":{"type":"command","command":"mine"}})");
  CHECK(other.has_status_line);
  CHECK(other.status_line.programs.empty());
  CHECK_FALSE(read_text(dir, R"({"statusLine":null})").has_status_line);
}

TEST_CASE("hooks over HTTP and of the Claude Code plugin are detected", "[doctor]") {
  const TempDir dir;
  CHECK(
      read_text(
          dir,
          R"({"hooks":{"Stop":[{"hooks":[{"type":"http","url":"http://127.0.0.1:7641/v1/ingest/claude_code/hook"}]}]}})")
          .has_http_hooks);
  CHECK(read_text(dir, R"({"enabledPlugins":{"atm@atm":true}})").has_our_plugin);
  CHECK_FALSE(read_text(dir, R"({"enabledPlugins":{"atm@atm":false,"atmos@x":true}})").has_our_plugin);
}

TEST_CASE("a file that Claude Code ignores has a problem and no other content", "[doctor]") {
  const TempDir dir;
  CHECK(read_text(dir, "{\"disableAllHooks\":true").problem == "invalid JSON in line 1");
  CHECK(read_text(dir, "[]").problem == "not a JSON object");
  CHECK_FALSE(read_text(dir, "").problem.empty());
  CHECK_FALSE(read_text(dir, "{\"disableAllHooks\":true").disables_hooks);
  const auto none = read_claude_settings(SettingsLevel::kUser, (dir.path() / "none").string());
  CHECK_FALSE(none.exists);
  CHECK(none.problem.empty());
  const auto directory = read_claude_settings(SettingsLevel::kUser, dir.path().string());
  CHECK(directory.exists);
  CHECK(directory.problem == "not a regular file");
}

TEST_CASE("a byte order mark is accepted, and a deeply nested file is safe to read", "[doctor]") {
  const TempDir dir;
  CHECK(read_text(dir, "\xEF\xBB\xBF{\"disableAllHooks\":true}").disables_hooks);
  CHECK(read_text(dir, "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}")
            .problem.empty());
  CHECK_FALSE(read_text(dir, std::string(200'000, '[')).problem.empty());
}

TEST_CASE("every wrong type is ignored", "[doctor]") {
  const TempDir dir;
  for (const char* text :
       {R"({"hooks":[]})", R"({"hooks":{"Stop":{}}})", R"({"hooks":{"Stop":[1,null,{"hooks":7}]}})",
        R"({"hooks":{"Stop":[{"hooks":[null,{"command":5,"url":[]}]}]}})", R"({"statusLine":"x"})",
        R"({"enabledPlugins":["atm@atm"]})"}) {
    const auto settings = read_text(dir, text);
    CHECK(settings.problem.empty());
    CHECK(settings.hooks.empty());
    CHECK_FALSE(settings.has_status_line);
    CHECK_FALSE(settings.has_our_plugin);
  }
}

TEST_CASE("the files are ordered from the user's to the managed ones", "[doctor]") {
  const TempDir dir;
  dir.file("user/settings.json", "{}");
  dir.file("work/.claude/settings.local.json", "{}");
  dir.file("managed/managed-settings.d/20.json", "{}");
  dir.file("managed/managed-settings.d/10.json", "{}");
  dir.file("managed/managed-settings.d/notes.txt", "no");
  const auto at = [&dir](const char* name) { return (dir.path() / name).string(); };
  const auto all = read_all_claude_settings(at("user"), at("work"), at("managed"));
  std::vector<std::string> there;
  for (const auto& settings : all) {
    if (settings.exists) there.push_back(settings.path);
  }
  CHECK(there == std::vector<std::string>{at("user/settings.json"), at("work/.claude/settings.local.json"),
                                          at("managed/managed-settings.d/10.json"),
                                          at("managed/managed-settings.d/20.json")});
}

TEST_CASE("in the home directory the user's settings are not read as a project's", "[doctor]") {
  const TempDir dir;
  dir.file(".claude/settings.json", "{}");
  const auto all =
      read_all_claude_settings((dir.path() / ".claude").string(), dir.path().string(), "/nowhere");
  CHECK(std::count_if(all.begin(), all.end(), [](const auto& settings) { return settings.exists; }) == 1);
}

TEST_CASE("any bytes are safe to read", "[doctor]") {
  const TempDir dir;
  CHECK(rc::check("random bytes",
                  [&dir](const std::string& bytes) { static_cast<void>(read_text(dir, bytes)); }));
}

}  // namespace
}  // namespace atm::cli::doctor
