// SPDX-License-Identifier: MIT
#include "kernel/config/settings.hpp"

#include "kernel/config/removed_keys.hpp"
#include "lib/config/schema.hpp"
#include "support/catch.hpp"

using namespace atm::kernel;
using atm::Mismatch;
using atm::Problem;

namespace {

std::vector<std::string> messages(std::string_view toml) {
  std::vector<std::string> lines;
  for (const Problem& problem : read_settings(toml, "atm.toml").problems) lines.push_back(problem.message());
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty file gives the defaults", "[settings]") {
  const LoadedSettings loaded = read_settings("", "atm.toml");
  CHECK(loaded.problems.empty());
  CHECK(loaded.settings.log_level == "info");
  CHECK(loaded.settings.limits.sessions == 100);
  CHECK_FALSE(loaded.settings.plugin("unix").is_enabled);
  CHECK(loaded.settings.plugin("unix").config == "{}");
}

TEST_CASE("every key of a file is used", "[settings]") {
  const LoadedSettings loaded = read_settings(R"(
[daemon]
log_level = "debug"
[limits]
sessions = 7
stop_seconds = 2
[plugins.unix]
enabled = false
max_connections = 3
[plugins.echo]
since = 2026-01-02
)",
                                              "atm.toml");
  REQUIRE(loaded.problems.empty());
  const Settings& s = loaded.settings;
  CHECK(s.log_level == "debug");
  CHECK(s.limits.sessions == 7);
  CHECK(s.limits.stop_seconds == 2);
  CHECK(s.limits.subscribers == KernelLimits{}.subscribers);
  CHECK(s.plugin("unix").is_enabled == false);
  CHECK(s.plugin("unix").config == R"({"max_connections":3})");
  CHECK(s.plugin("echo").config == R"({"since":"2026-01-02"})");
}

TEST_CASE("all problems of a file are reported at once, each with its line", "[settings]") {
  CHECK(messages("[limits]\nsesions = 5\nsubscribers = \"big\"\n\n[daemon]\nlog_level = \"loud\"\n"
                 "[plugins.unix]\nenabled = 1\n") ==
        Lines{"atm.toml:2: limits.sesions is an unknown key, expected one of sessions, subscribers, "
              "subscriber_queue, "
              "stale_seconds, cleanup_seconds, hung_call_seconds, stop_seconds; did you mean sessions?",
              "atm.toml:3: limits.subscribers is \"big\" (text), expected an integer",
              "atm.toml:6: daemon.log_level is \"loud\" (text), expected debug, info, warn or error",
              "atm.toml:8: plugins.unix.enabled is 1 (an integer), expected true or false"});
}

TEST_CASE("an unknown section is a problem with a suggestion", "[settings]") {
  CHECK(
      messages("[deamon]\n") ==
      Lines{"atm.toml:1: deamon is an unknown key, expected one of daemon, limits, budget, agents, plugins; "
            "did you mean daemon?"});
}

TEST_CASE("the homes of an agent are absolute paths", "[settings]") {
  CHECK(messages("[agents.codex]\nhome = [\"/home/me/second/.codex\"]\n").empty());
  CHECK(messages("[agents.codex]\nhome = [\"~/work\"]\n") ==
        Lines{"atm.toml:2: agents.codex.home[0] is \"~/work\" (text), expected text that matches the pattern "
              "\"^/\""});
  CHECK(messages("[agents.codex]\nhomes = [\"/work\"]\n") ==
        Lines{"atm.toml:2: agents.codex.homes is an unknown key, expected one of home; did you mean home?"});
}

TEST_CASE("a file that is not TOML is one problem with its line", "[settings]") {
  const Lines lines = messages("[daemon]\nlog_level = \n");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].rfind("atm.toml:2: ", 0) == 0);
}

TEST_CASE("infinity is a problem, not a number", "[settings]") {
  CHECK(messages("[limits]\nsessions = inf\n") ==
        Lines{"atm.toml:2: limits.sessions is \"inf\" (text), expected an integer"});
}

TEST_CASE("a missing file is a problem only if the user named it", "[settings]") {
  CHECK(load_settings("/nonexistent/atm.toml", false).problems.empty());
  const LoadedSettings loaded = load_settings("/nonexistent/atm.toml", true);
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].message() ==
        "/nonexistent/atm.toml: No such file or directory, expected a readable configuration "
        "file; use another one with --config");
}

TEST_CASE("a problem in a plugin's table has the line of its key", "[settings]") {
  const LoadedSettings loaded = read_settings("\n[plugins.unix]\nsocket = 5\n", "atm.toml");
  const Mismatch mismatch{{"socket"}, "5 (an integer)", "text", ""};
  CHECK(problem_at(loaded.settings.file, {"plugins", "unix"}, mismatch).message() ==
        "atm.toml:3: plugins.unix.socket is 5 (an integer), expected text");
}

TEST_CASE("a command line option overrides the key of the file", "[settings]") {
  Settings settings =
      read_settings("[plugins.unix]\nsocket = \"/a\"\nmax_connections = 3\n", "atm.toml").settings;
  settings.override_plugin("unix", "socket", "/b");
  settings.override_plugin("echo", "name", "x");
  CHECK(settings.plugin("unix").config == R"({"max_connections":3,"socket":"/b"})");
  CHECK(settings.plugin("echo").config == R"({"name":"x"})");
}

TEST_CASE("a removed key is a warning that states what replaces it", "[settings]") {
  const LoadedSettings loaded =
      read_settings("[limits]\nsessions = 7\nmax_age_seconds = \"x\"\n", "atm.toml");
  CHECK(loaded.problems.empty());
  CHECK(loaded.settings.limits.sessions == 7);
  CHECK(loaded.settings.limits.max_age_seconds == 86'400);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].message() ==
        "atm.toml:3: limits.max_age_seconds is ignored, expected no such key: its value is fixed by the "
        "constant "
        "kMaxAgeSeconds in kernel/config/defaults.hpp; remove it");
}

TEST_CASE("removed keys are dropped from a table and its inner tables only", "[settings]") {
  constexpr std::string_view kSchema =
      R"({"properties":{"a":{"removed":"kA in x"},"t":{"properties":{"b":{"removed":"kB in y"}}}}})";
  std::string json = R"({"a":{"b":1},"b":2,"t":{"a":3,"b":[4]}})";
  const auto removed = drop_removed_keys(kSchema, json);
  CHECK(json == R"({"b":2,"t":{"a":3}})");
  REQUIRE(removed.size() == 2);
  CHECK(removed[0].path == Lines{"a"});
  CHECK(removed[1].path == Lines{"t", "b"});
  CHECK(removed[1].instead == "kB in y");
  json = "[1]";
  CHECK(drop_removed_keys(kSchema, json).empty());
  CHECK(json == "[1]");
}
