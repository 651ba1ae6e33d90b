// SPDX-License-Identifier: MIT
#include "claude_checks.hpp"

#include "findings_test_support.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli::doctor {
namespace {

using test::TempDir;

ClaudeSettings level(SettingsLevel which, std::string path) {
  ClaudeSettings settings;
  settings.level = which;
  settings.path = std::move(path);
  settings.exists = true;
  return settings;
}

ClaudeSettings with_line(SettingsLevel which, std::string path, bool is_ours) {
  ClaudeSettings settings = level(which, std::move(path));
  settings.has_status_line = true;
  if (is_ours) settings.status_line = {{"/x/atm-hook"}, true};
  return settings;
}

ClaudeSettings with_hooks(const std::vector<std::string_view>& events,
                          const std::string& program = "/x/atm-hook") {
  ClaudeSettings settings = level(SettingsLevel::kUser, "/u/settings.json");
  for (const auto event : events) settings.hooks.push_back({std::string(event), {{program}, false}});
  return settings;
}

Findings hooks(const AllSettings& all, const DaemonView& daemon = {},
               const std::optional<ClientVersion>& client = {}) {
  Environment around;
  around.claude_directory = "/u";
  Findings out;
  check_hooks(all, daemon, around, client, out);
  return out;
}

TEST_CASE("missing hooks are a warning that names the file and the remedy", "[doctor]") {
  const Findings out = hooks({});
  REQUIRE(out.size() == 1);
  CHECK(out[0].severity == Severity::kWarning);
  CHECK(has(out, "/u/settings.json calls atm-hook"));
  CHECK(has(out, "→ atm setup claude"));
}

std::vector<std::string_view> needed(bool of_old_clients) {
  std::vector<std::string_view> events;
  for (const NeededEvent& event : kNeededEvents) {
    if (!(of_old_clients && event.is_newer)) events.push_back(event.name);
  }
  return events;
}

TEST_CASE("missing events are named", "[doctor]") {
  auto events = needed(false);
  CHECK(worst_of(hooks({with_hooks(events)})) == Severity::kOk);
  events.resize(events.size() - 2);
  CHECK(has(hooks({with_hooks(events)}), "no hook for PreCompact, PostCompact → "));
}

TEST_CASE("an old version of Claude Code needs no events that it may not know", "[doctor]") {
  CHECK(worst_of(hooks({with_hooks(needed(true))}, {}, ClientVersion{2, 1, 100})) == Severity::kOk);
  CHECK(worst_of(hooks({with_hooks(needed(true))}, {}, ClientVersion{2, 1, 197})) == Severity::kWarning);
}

TEST_CASE("events without hooks in the settings cause no warning", "[doctor]") {
  DaemonView daemon;
  daemon.tell(R"({"ingest":{"channels":{"claude_code/hook":{"records":3}}}})", "[]");
  CHECK(worst_of(hooks({}, daemon)) == Severity::kNote);
  ClaudeSettings plugin = level(SettingsLevel::kUser, "/u/settings.json");
  plugin.has_our_plugin = true;
  CHECK(worst_of(hooks({plugin})) == Severity::kOk);
}

TEST_CASE("HTTP hooks without the daemon's plugin are a warning", "[doctor]") {
  ClaudeSettings http = level(SettingsLevel::kUser, "/u/settings.json");
  http.has_http_hooks = true;
  DaemonView off;
  off.tell("{}", R"([{"id":"http","status":"disabled"}])");
  CHECK(has(hooks({http}, off), "plugin http is off"));
  DaemonView on;
  on.tell("{}", R"([{"id":"http","status":"loaded"}])");
  CHECK(worst_of(hooks({http}, on)) == Severity::kOk);
}

TEST_CASE("without a home directory the check reports unknown settings", "[doctor]") {
  Findings out;
  check_hooks({}, DaemonView(), Environment(), {}, out);
  REQUIRE(out.size() == 1);
  CHECK(out[0].severity == Severity::kNote);
}

TEST_CASE("a setting that disables hooks is an error with the file's name", "[doctor]") {
  ClaudeSettings project = level(SettingsLevel::kProject, "/w/.claude/settings.json");
  project.disables_hooks = true;
  ClaudeSettings managed = level(SettingsLevel::kManaged, "/etc/m.json");
  managed.allows_managed_only = true;
  ClaudeSettings user = level(SettingsLevel::kUser, "/u/settings.json");
  user.allows_managed_only = true;  // has no effect in the user's file
  Findings out;
  check_hooks_off({user, project, managed}, out);
  REQUIRE(out.size() == 2);
  CHECK(worst_of(out) == Severity::kError);
  CHECK(has(out, "/w/.claude/settings.json sets disableAllHooks"));
  CHECK(has(out, "/etc/m.json sets allowManagedHooksOnly"));
}

TEST_CASE("a project's status line that overrides the reporting one is a warning; one that reports is none",
          "[doctor]") {
  const auto line = [](const AllSettings& all) {
    Findings out;
    check_status_line(all, out);
    REQUIRE(out.size() == 1);
    return out;
  };
  const auto user = with_line(SettingsLevel::kUser, "/u", true);
  CHECK(worst_of(line({user})) == Severity::kOk);
  const Findings silenced = line({user, with_line(SettingsLevel::kProject, "/w", false)});
  CHECK(silenced[0].severity == Severity::kWarning);
  CHECK(has(silenced, "/w has a status line, which replaces the one in /u"));
  CHECK(worst_of(line({user, with_line(SettingsLevel::kProject, "/w", true)})) == Severity::kOk);
  CHECK(worst_of(line({with_line(SettingsLevel::kUser, "/u", false)})) == Severity::kNote);
  CHECK(worst_of(line({})) == Severity::kNote);
}

TEST_CASE("a program of the settings must exist, run and answer", "[doctor]") {
  const TempDir dir;
  Environment around;
  around.path = {(dir.path() / "bin").string()};
  const auto check = [&around](const std::string& program, std::vector<std::string>& versions) {
    Findings out;
    check_hook_programs({with_hooks({"Stop", "SessionEnd"}, program)}, around, versions, out);
    REQUIRE(out.size() == 1);
    return out;
  };
  std::vector<std::string> versions;
  CHECK(worst_of(check((dir.path() / "gone/atm-hook").string(), versions)) == Severity::kError);
  CHECK(worst_of(check("atm-hook", versions)) == Severity::kError);
  const std::string plain = dir.file("plain/atm-hook", "#!/bin/sh\necho atm-hook 1.2.3\n").string();
  CHECK(has(check(plain, versions), "not an executable file"));
  const std::string good = dir.file("bin/atm-hook", "#!/bin/sh\necho atm-hook 1.2.3\n", 0755).string();
  CHECK(worst_of(check(good, versions)) == Severity::kOk);
  CHECK(worst_of(check("atm-hook", versions)) == Severity::kOk);
  CHECK(versions == std::vector<std::string>{"atm-hook 1.2.3", "atm-hook 1.2.3"});
  const std::string bad = dir.file("bad/atm-hook", "#!/bin/sh\nexit 3\n", 0755).string();
  CHECK(has(check(bad, versions), "--version exited with 3"));
  const std::string slow = dir.file("slow/atm-hook", "#!/bin/sh\nexec sleep 60\n", 0755).string();
  CHECK(has(check(slow, versions), "did not end within 2 s"));
  CHECK(worst_of(check("$HOME/atm-hook", versions)) == Severity::kNote);
  CHECK(versions.size() == 2);
}

TEST_CASE("a program that only a directory's settings name is not run unless it is installed", "[doctor]") {
  const TempDir dir;
  Environment around;
  around.path = {(dir.path() / "bin").string()};
  const std::string trap =
      "#!/bin/sh\necho ran >>" + (dir.path() / "ran").string() + "\necho atm-hook 1.2.3\n";
  const std::string stranger = dir.file("cloned/atm-hook", trap, 0755).string();
  const std::string installed = dir.file("bin/atm-hook", trap, 0755).string();
  const auto severity_of = [&around](ClaudeSettings settings, const std::string& program) {
    settings.hooks.push_back({"Stop", {{program}, false}});
    std::vector<std::string> versions;
    Findings out;
    check_hook_programs({settings}, around, versions, out);
    return worst_of(out);
  };
  for (const SettingsLevel which : {SettingsLevel::kProject, SettingsLevel::kLocal})
    CHECK(severity_of(level(which, "/p/settings.json"), stranger) == Severity::kNote);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "ran"));
  CHECK(severity_of(level(SettingsLevel::kLocal, "/p/settings.local.json"), installed) == Severity::kOk);
  CHECK(severity_of(level(SettingsLevel::kUser, "/u/settings.json"), stranger) == Severity::kOk);
}

TEST_CASE("a file that Claude Code ignores is an error", "[doctor]") {
  ClaudeSettings broken = level(SettingsLevel::kUser, "/u/settings.json");
  broken.problem = "invalid JSON at byte 3";
  Findings out;
  check_settings({broken, level(SettingsLevel::kProject, "/w")}, out);
  REQUIRE(out.size() == 1);
  CHECK(has(out, "/u/settings.json: invalid JSON at byte 3"));
}

}  // namespace
}  // namespace atm::cli::doctor
