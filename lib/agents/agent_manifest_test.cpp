// SPDX-License-Identifier: MIT
#include "lib/agents/agent_manifest.hpp"

#include <sys/stat.h>

#include <atm/json.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "lib/agents/agent_catalog.hpp"
#include "lib/agents/manifest_text.hpp"
#include "support/catch.hpp"

using atm::AgentManifest;
using atm::ReadManifest;
using atm::test::altered;
using atm::test::kGoodManifest;
using atm::test::read_text;

namespace {

std::string complaint(std::string_view text) {
  const ReadManifest result = read_text(text);
  CHECK_FALSE(result.manifest.has_value());
  return result.problems.empty() ? "" : result.problems.front().message();
}

}  // namespace

TEST_CASE("a manifest that matches its schema becomes JSON", "[manifest]") {
  const ReadManifest result = read_text(kGoodManifest);
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
  const ReadManifest result = read_text(
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
      complaint(altered("tried = ", "tryed = ")) ==
      "/m/zed/agent.toml:5: agent.tryed is an unknown key, expected one of id, name, icon, manifest, tried, "
      "capabilities; did you mean tried?");
  CHECK(complaint(altered("id = \"zed\"", "id = \"zad\"")) ==
        "/m/zed/agent.toml:2: agent.id is \"zad\", expected \"zed\", the name of its directory; rename the "
        "directory "
        "or change the id");
  CHECK(complaint(altered("session.started", "session.strated")) ==
        "/m/zed/agent.toml:13: hook.on.Start.emit is \"session.strated\", expected a type of "
        "docs/specs/observations.md that an event can show, or a dot and a name of the agent's own; did you "
        "mean "
        "session.started?");
  CHECK(complaint(altered("manifest = 1", "manifest = 2")) ==
        "/m/zed/agent.toml:4: agent.manifest is 2, expected 1; update atmd, which ignores this file");
  CHECK(complaint(altered("outcome = \"ok\"", "outcome = 1")) ==
        "/m/zed/agent.toml:14: hook.on.Stop[1].set.outcome is 1, expected text; change the value");
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
