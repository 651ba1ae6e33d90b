// SPDX-License-Identifier: MIT
#include "lib/agents/agent_manifest.hpp"

#include <sys/stat.h>

#include <atm/json.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "lib/agents/agent_catalog.hpp"
#include "support/catch.hpp"

using atm::AgentManifest;
using atm::ReadManifest;

namespace {

constexpr std::string_view kGood = R"([agent]
id = "zed"
name = "Zed"
manifest = 1
tried = ["1.0"]
capabilities = { interrupt = "exact", usage = "late" }
[process]
programs = ["zed"]
[hook]
session = "/session"
event = "/event"
[hook.on]
Start = { emit = "session.started", take = { cwd = "/cwd" } }
Stop = [ { when = { "/kind" = "-" }, skip = true }, { emit = "turn.finished", set = { outcome = "ok" } } ]
)";

ReadManifest read(std::string_view text) {
  return atm::read_agent_manifest(text, "/m/zed/agent.toml", "zed", ATM_AGENTS_DIR "/dialects");
}

/// The good manifest with one text in place of another.
std::string with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::string complaint(std::string_view text) {
  const ReadManifest result = read(text);
  CHECK_FALSE(result.manifest.has_value());
  return result.problems.empty() ? "" : result.problems.front().message();
}

}  // namespace

TEST_CASE("a manifest that matches its schema becomes JSON", "[manifest]") {
  const ReadManifest result = read(kGood);
  REQUIRE(result.problems.empty());
  REQUIRE(result.manifest.has_value());
  CHECK(result.manifest->id == "zed");
  CHECK(result.manifest->name == "Zed");
  atm::json::Reader reader;
  const atm::json::Value* root = reader.parse(result.manifest->json);
  REQUIRE(root != nullptr);
  CHECK(atm::json::get_object(*root, "hook") != nullptr);
}

TEST_CASE("a dialect gives the keys that the manifest lacks", "[manifest]") {
  const ReadManifest result = read(
      "[agent]\nid = \"zed\"\nname = \"Z\"\nmanifest = 1\n[hook]\ndialect = \"claude\"\nevent = \"/e\"\n"
      "[hook.on]\nStop = { skip = true }\n");
  REQUIRE(result.manifest.has_value());
  atm::json::Reader reader;
  const atm::json::Value* root = reader.parse(result.manifest->json);
  REQUIRE(root != nullptr);
  const atm::json::Value* hook = atm::json::get_object(*root, "hook");
  REQUIRE(hook != nullptr);
  CHECK(atm::json::get_string(*hook, "event") == "/e");
  CHECK(atm::json::get_string(*hook, "session") == "/session_id");
  const atm::json::Value* on = atm::json::get_object(*hook, "on");
  REQUIRE(on != nullptr);
  CHECK(atm::json::get_bool((*on)["Stop"], "skip") == true);
  CHECK(on->HasMember("PreToolUse"));
}

TEST_CASE("a manifest with a fault is refused with line, key, found, expected and remedy", "[manifest]") {
  CHECK(
      complaint(with("tried = ", "tryed = ")) ==
      "/m/zed/agent.toml:5: agent.tryed is an unknown key, expected one of id, name, icon, manifest, tried, "
      "capabilities; did you mean tried?");
  CHECK(complaint(with("id = \"zed\"", "id = \"zad\"")) ==
        "/m/zed/agent.toml:2: agent.id is \"zad\", expected \"zed\", the name of its directory; rename the "
        "directory "
        "or change the id");
  CHECK(complaint(with("session.started", "session.strated")) ==
        "/m/zed/agent.toml:13: hook.on.Start.emit is \"session.strated\", expected a type of "
        "docs/specs/observations.md that an event can show, or a dot and a name of the agent's own; did you "
        "mean "
        "session.started?");
  CHECK(complaint(with("manifest = 1", "manifest = 2")) ==
        "/m/zed/agent.toml:4: agent.manifest is 2, expected 1; update atmd, which ignores this file");
  CHECK(complaint(with("outcome = \"ok\"", "outcome = 1")) ==
        "/m/zed/agent.toml:14: hook.on.Stop[1].set.outcome is 1, expected text; change the value");
}

TEST_CASE("a hostile manifest is refused and does no harm", "[manifest][hostile]") {
  std::string rules;
  for (int i = 0; i < 3'000; ++i) rules += "E" + std::to_string(i) + " = { skip = true }\n";
  std::string two_hundred_and_one =
      "[agent]\nid=\"zed\"\nname=\"Z\"\nmanifest=1\n[hook]\nsession=\"/s\"\nevent=\"/e\"\n[hook.on]\n";
  for (int i = 0; i < 201; ++i) two_hundred_and_one += "E" + std::to_string(i) + " = { skip = true }\n";
  std::string deep = "a";
  for (int i = 0; i < 20'000; ++i) deep += ".a";
  std::string many_attributes;
  for (int i = 0; i < 60; ++i) many_attributes += (i > 0 ? ", a" : "a") + std::to_string(i) + " = \"/x\"";
  const std::string nested = "x = " + std::string(300, '[') + std::string(300, ']');
  const std::string cases[] = {
      "",
      "\xff\xfe",
      std::string("a\0b", 3),
      "[agent",
      "agent = 1",
      "[agent]\nid = \"zed\"",
      deep + " = 1",
      "[" + deep + "]",
      nested,
      "x = " + std::string(200, '{') + std::string(200, '}'),
      two_hundred_and_one,
      std::string(kGood) + rules,
      with("[process]", "[worker]\ncommand = [\"rm\"]\n[process]"),
      with("[process]", "[agent.extra]\nx = 1\n[process]"),
      with("manifest = 1", "manifest = 99999999999999999999"),
      with("manifest = 1", "manifest = 0"),
      with("manifest = 1", "manifest = 4294967297"),
      with("manifest = 1", "manifest = \"1\""),
      with("id = \"zed\"", "id = \"../zed\""),
      with("id = \"zed\"", "id = \"Zed\""),
      with("id = \"zed\"", "id = \"" + std::string(65, 'z') + "\""),
      with("name = \"Zed\"", "name = \"\\u001b[2J\""),
      with("name = \"Zed\"", "name = \"a\\u009bb\""),
      with("name = \"Zed\"", "name = \"\""),
      with("name = \"Zed\"", "name = \"Zed\"\nicon = \"\\u0007\""),
      with("name = \"Zed\"", "name = \"Zed\"\nicon = \"123456789\""),
      with("interrupt = \"exact\"", "interrupt = \"always\""),
      with("interrupt = \"exact\"", "cancel = \"exact\""),
      with("programs = [\"zed\"]", "programs = []"),
      with("programs = [\"zed\"]", "programs = [\"/bin/sh\"]"),
      with("programs = [\"zed\"]", "programs = [\"../zed\"]"),
      with("programs = [\"zed\"]", "programs = [\"zed\"]\npackages = [\"../../etc\"]"),
      with("programs = [\"zed\"]", "programs = [\"-rf\"]"),
      with("session = \"/session\"", "session = \"session\""),
      with("session = \"/session\"", "session = \"\""),
      with("session = \"/session\"", "session = \"/a~2\""),
      with("session = \"/session\"", "session = \"" + std::string(300, '/') + "\""),
      with("session = \"/session\"", "session = \"/" + std::string(300, 'a') + "\""),
      with("event = \"/event\"", "event = \"/event\"\ndialect = \"../../../etc/passwd\""),
      with("event = \"/event\"", "event = \"/event\"\ndialect = \"none\""),
      with("emit = \"session.started\"", "emit = \"attention.raised\""),
      with("emit = \"session.started\"", "emit = \"attention.acknowledged\""),
      with("emit = \"session.started\"", "emit = \"process.exited\""),
      with("emit = \"session.started\"", "emit = \"process.bound\""),
      with("emit = \"session.started\"", "emit = \"session.replaced\""),
      with("emit = \"session.started\"", "emit = \"codex.own\""),
      with("emit = \"session.started\"", "emit = \".Own Event\""),
      with("emit = \"session.started\"", "emit = \"." + std::string(200, 'a') + "\""),
      with("emit = \"session.started\"", "skip = true, emit = \"session.started\""),
      with("emit = \"session.started\", ", ""),
      with("cwd = \"/cwd\"", "pid = \"/pid\""),
      with("cwd = \"/cwd\"", "late = \"/late\""),
      with("cwd = \"/cwd\"", "sole = \"/sole\""),
      with("cwd = \"/cwd\"", "\"C W D\" = \"/cwd\""),
      with("cwd = \"/cwd\"", "\"a..b\" = \"/cwd\""),
      with("cwd = \"/cwd\"", "\"\" = \"/cwd\""),
      with("cwd = \"/cwd\"", "\"" + std::string(129, 'a') + "\" = \"/cwd\""),
      with("cwd = \"/cwd\"", many_attributes),
      with("take = { cwd", "length = { cwd"),
      with("take = { cwd = \"/cwd\" }", "take = { cwd = \"/cwd\" }, set = { cwd = \"/\" }"),
      with("take = { cwd = \"/cwd\" }", "plus = { tasks = [] }"),
      with("take = { cwd = \"/cwd\" }", "minus = { tasks = [\"/a\"] }"),
      with("take = { cwd = \"/cwd\" }", "minus = { tasks = [\"/a\", \"b\"] }"),
      with("take = { cwd = \"/cwd\" }", "count = { tasks = { from = \"/a\" } }"),
      with("take = { cwd = \"/cwd\" }", "count = { tasks = { of = \"a\" } }"),
      with("take = { cwd = \"/cwd\" }", "set = { cwd = [1] }"),
      with("take = { cwd = \"/cwd\" }", "actor = \"a\""),
      with("take = { cwd = \"/cwd\" }", "bind = \"all\""),
      with("take = { cwd = \"/cwd\" }", "run = \"rm -rf /\""),
      with("{ \"/kind\" = \"-\" }", "{ \"kind\" = \"-\" }"),
      with("{ \"/kind\" = \"-\" }", "{ \"/kind\" = 1 }"),
      with("Stop = [", "\"" + std::string(200, 'S') + "\" = ["),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"/etc/passwd\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/../x/hooks.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.ssh/a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.codex/auth.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.x/my-token.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.bashrc\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"hooks.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"$HOME/hooks.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${HOME}/hooks.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${home:-~/x}/a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${X:-/etc}/a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${X:-~/a}/../b.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/a b/c.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~//a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${X:-~/a/}}/b.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"toml_array\"\nevents = [\"Stop\"]\nfile = \"~/.z/a.json\"\n[process]"),
      with("[process]", "[setup]\nshape = \"hooks_json\"\nevents = []\nfile = \"~/.z/a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"a b\"]\nfile = \"~/.z/a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"A\"]\ntimeout = 0\nfile = "
           "\"~/.z/a.json\"\n[process]"),
      with("[process]",
           "[setup]\nshape = \"hooks_json\"\nevents = [\"A\"]\nnote = \"\\u001b[2J\"\nfile = "
           "\"~/.z/a.json\"\n[process]"),
      with("Stop = [", "Stop = [ 7, "),
  };
  static_assert(std::size(cases) >= 40);
  for (const std::string& text : cases) {
    CAPTURE(text.substr(0, 400));
    const ReadManifest result = read(text);
    CHECK_FALSE(result.manifest.has_value());
    CHECK_FALSE(result.problems.empty());
    CHECK(result.problems.size() <= 65);
    for (const atm::Problem& problem : result.problems) {
      CHECK(problem.file.find(".toml") != std::string::npos);
      CHECK_FALSE(problem.found.empty());
      CHECK(problem.message().size() < 2000);
    }
  }
}

TEST_CASE("a file that another user can write, is no file, or is too long is not read",
          "[manifest][hostile]") {
  namespace fs = std::filesystem;
  const fs::path dir = fs::temp_directory_path() / ("atm-manifest-" + std::to_string(::getpid()));
  fs::create_directories(dir);
  std::string text;
  const auto write = [&](const char* name, std::string_view content) {
    std::ofstream(dir / name) << content;
    ::chmod((dir / name).c_str(), 0644);
    return dir / name;
  };
  CHECK_FALSE(atm::read_own_file(write("good", "x"), 1, text).has_value());
  CHECK(text == "x");
  CHECK(atm::read_own_file(write("long", "xy"), 1, text)->found == "more than 1 bytes");
  ::chmod((dir / "good").c_str(), 0666);
  CHECK(atm::read_own_file(dir / "good", 1, text)->remedy == "chmod go-w " + (dir / "good").string());
  CHECK(atm::read_own_file(dir, 1, text)->found == "not a regular file");
  ::mkfifo((dir / "pipe").c_str(), 0600);
  CHECK(atm::read_own_file(dir / "pipe", 1, text)->found == "not a regular file");
  CHECK(atm::read_own_file("/dev/zero", 1, text)->found == "not a regular file");
  CHECK(atm::read_own_file(dir / "none", 1, text).has_value());
  fs::create_symlink(dir / "loop", dir / "loop");
  CHECK(atm::read_own_file(dir / "loop", 1, text).has_value());
  fs::remove_all(dir);
}
