// SPDX-License-Identifier: MIT
#include "lib/agents/agent_catalog.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/json.hpp>
#include <filesystem>
#include <fstream>

#include "lib/agents/title_rules.hpp"
#include "support/catch.hpp"

namespace fs = std::filesystem;

namespace {

struct Directories {
  Directories() {
    fs::create_directories(root / "installed");
    fs::create_directories(root / "user");
  }
  ~Directories() { fs::remove_all(root); }

  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
    ::chmod((root / name).c_str(), 0644);
  }
  static std::string manifest(const std::string& id, const std::string& name) {
    return "[agent]\nid = \"" + id + "\"\nname = \"" + name + "\"\nmanifest = 1\n";
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const atm::AgentManifest& manifest : catalog.manifests()) all.push_back(manifest.name);
    return all;
  }

  const fs::path root = fs::temp_directory_path() / ("atm-catalog-" + std::to_string(::getpid()));
  atm::AgentCatalog catalog{{root / "installed", root / "user"}};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Directories, "a manifest of the user replaces that of the installation", "[catalog]") {
  write("installed/one/agent.toml", manifest("one", "One"));
  write("installed/two/agent.toml", manifest("two", "Two"));
  write("user/two/agent.toml", manifest("two", "My two"));
  write("user/README", "no directory");
  CHECK(names().empty());
  const std::uint64_t revision = catalog.refresh();
  CHECK(revision > 0);
  CHECK(names() == Names{"One", "My two"});
  CHECK(catalog.problems().empty());
  CHECK(catalog.refresh() == revision);
}

TEST_CASE_METHOD(Directories, "a broken manifest leaves the last good one in use, and reports its problem",
                 "[catalog]") {
  write("installed/one/agent.toml", manifest("one", "One"));
  write("user/one/agent.toml", "broken");
  std::uint64_t revision = catalog.refresh();
  CHECK(names() == Names{"One"});
  REQUIRE(catalog.problems().size() == 1);
  CHECK(catalog.problems().front().file.find("user/one/agent.toml:1") != std::string::npos);

  write("user/one/agent.toml", manifest("one", "Mine"));
  CHECK(catalog.refresh() > revision);
  CHECK(names() == Names{"Mine"});
  CHECK(catalog.problems().empty());

  revision = catalog.refresh();
  write("user/one/agent.toml", "broken again, and longer");
  CHECK(catalog.refresh() > revision);
  CHECK(names() == Names{"Mine"});
  fs::remove_all(root / "user/one");
  static_cast<void>(catalog.refresh());
  CHECK(names() == Names{"One"});
  fs::remove_all(root / "installed/one");
  static_cast<void>(catalog.refresh());
  CHECK(names().empty());
}

TEST_CASE_METHOD(Directories, "a directory with a wrong name is a problem of its file", "[catalog]") {
  write("user/Not An Id/agent.toml", manifest("one", "One"));
  fs::create_directories(root / "user/pipe");
  ::mkfifo((root / "user/pipe/agent.toml").c_str(), 0600);
  fs::create_directories(root / "user/loop");
  fs::create_symlink("agent.toml", root / "user/loop/agent.toml");
  static_cast<void>(catalog.refresh());
  CHECK(names().empty());
  CHECK(catalog.problems().size() == 3);
}

TEST_CASE("the installed manifests have no problem", "[catalog]") {
  atm::AgentCatalog catalog({ATM_AGENTS_DIR, {}});
  static_cast<void>(catalog.refresh());
  for (const atm::Problem& problem : catalog.problems()) UNSCOPED_INFO(problem.message());
  CHECK(catalog.problems().empty());
  CHECK(catalog.manifests().size() >= 3);
  // The daemon does not compile their expressions.
  std::size_t titles = 0;
  for (const atm::AgentManifest& manifest : catalog.manifests()) {
    atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(manifest.json);
    REQUIRE(root != nullptr);
    const atm::json::Value* title = atm::json::get_object(*root, "title");
    if (title == nullptr) continue;
    ++titles;
    atm::TitleRules::Fault fault;
    INFO(manifest.id);
    CHECK(atm::TitleRules::compile(*title, fault).has_value());
    CHECK(fault.why == "");
  }
  CHECK(titles > 0);
}

TEST_CASE("the manifest of the tutorial has no problem and at most 30 lines of content", "[catalog]") {
  std::ifstream in(ATM_AGENTS_DIR "/../docs/sdk/writing-an-agent.md");
  std::string text;
  int lines = 0;
  bool is_inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      is_inside = line == "```toml";
    } else if (is_inside) {
      text += line + '\n';
      if (!line.empty()) ++lines;
    }
  }
  const atm::ReadManifest read =
      atm::read_agent_manifest(text, "agent.toml", "codex", ATM_AGENTS_DIR "/dialects");
  for (const atm::Problem& problem : read.problems) UNSCOPED_INFO(problem.message());
  CHECK(read.manifest.has_value());
  CHECK(lines <= 30);
}

TEST_CASE_METHOD(Directories, "a manifest whose text is not wanted is not parsed", "[catalog]") {
  write("installed/one/agent.toml", manifest("one", "One"));
  write("installed/two/agent.toml", manifest("two", "Two"));
  write("user/one/agent.toml", "broken");
  const auto has_two = [](std::string_view text) { return text.find("Two") != text.npos; };
  const auto files = atm::find_agent_files({root / "installed", root / "user"}, has_two);
  REQUIRE(files.size() == 3);
  for (const atm::AgentFile& file : files) {
    CHECK(file.read.manifest.has_value() == (file.id == "two"));
    CHECK(file.read.problems.empty());
  }
}
