// SPDX-License-Identifier: MIT
#include "lib/agents/trusted_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "lib/agents/agent_catalog.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;

namespace {

constexpr const char* kFollow =
    "[[follow]]\nunder = [\"~/.one\"]\nsession = \"/s\"\nevent = [\"/e\"]\n[follow.on]\nA = { skip = true "
    "}\n";

std::string manifest(const std::string& name, const std::string& more = "") {
  return "[agent]\nid = \"one\"\nname = \"" + name + "\"\nmanifest = 1\n" + more;
}

/// A catalog of two directories, and the list of what is trusted.
class Trusting {
 public:
  Trusting() {
    home_.directory("installed");
    home_.directory("user");
  }

  void has_manifest(const std::string& text) const { home_.file("user/one/agent.toml", text); }
  void trusts(const std::string& content, const std::string& path = "user/one/agent.toml") const {
    atm::TrustedFiles trusted;
    REQUIRE(trusted.add(home_.path(path), atm::sha256_text(content)));
    home_.file("trusted", trusted.text(), 0600);
  }
  /// The names of the agents in use, after a refresh.
  std::vector<std::string> names() {
    static_cast<void>(catalog_.refresh());
    std::vector<std::string> all;
    for (const atm::AgentManifest& one : catalog_.manifests()) all.push_back(one.name);
    return all;
  }
  std::string problem() const {
    return catalog_.problems().empty() ? "" : catalog_.problems().front().message();
  }
  std::uint64_t revision() { return catalog_.refresh(); }
  const atm::test::TempDir& home() const { return home_; }

 private:
  atm::test::TempDir home_;
  atm::AgentCatalog catalog_{{home_.path() / "installed", home_.path() / "user", home_.path() / "trusted"}};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the hash is SHA-256", "[trust]") {
  CHECK(atm::sha256_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(atm::sha256_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE_METHOD(Trusting, "a manifest of the user that names files is used once the user trusts its content",
                 "[trust][hostile]") {
  for (const char* const tables :
       {kFollow, "[[setup]]\nfile = \"~/.one/hooks.json\"\nshape = \"hooks_json\"\nevents = [\"Stop\"]\n",
        "[usage]\ndirectory = \"~/.one\"\nfiles = [\"*.jsonl\"]\nwhen = { \"/a\" = \"b\" }\nid = [\"/id\"]\n"
        "tokens = { input = [\"/i\"], output = [\"/o\"] }\n"}) {
    const std::string text = manifest("Mine", tables);
    has_manifest(text);
    CHECK(names().empty());
    CHECK(problem() ==
          home().path("user/one/agent.toml") +
              ": a manifest that names files, expected your trust in its content; read it, then run "
              "atm plugin trust one");
    trusts(text);
    CHECK(names() == Names{"Mine"});
    CHECK(problem().empty());
    fs::remove(home().path("trusted"));
    CHECK(names().empty());
  }
  has_manifest(manifest("Plain"));
  CHECK(names() == Names{"Plain"});
}

TEST_CASE_METHOD(Trusting, "a manifest of the user that takes hooks of another agent needs trust",
                 "[trust][hostile]") {
  has_manifest(
      manifest("Mine", "[[borrowed]]\nchannel = \"claude_code/hook\"\nwhen = { \"/cwd\" = \"*\" }\n"));
  CHECK(names().empty());
  CHECK(problem().find("a manifest that takes hooks of another agent, expected your trust") !=
        std::string::npos);
}

TEST_CASE_METHOD(Trusting, "a change ends the trust, and that of the installation is used instead",
                 "[trust][hostile]") {
  home().file("installed/one/agent.toml", manifest("Installed", kFollow));
  const std::string text = manifest("Mine", kFollow);
  has_manifest(text);
  CHECK(names() == Names{"Installed"});
  trusts(text);
  CHECK(names() == Names{"Mine"});
  std::uint64_t revision = this->revision();
  for (int i = 0; i < 50; ++i) {
    // The same size, so that only the content differs.
    has_manifest(manifest("Evil", kFollow));
    CHECK(names() == Names{"Installed"});
    CHECK(problem().find("changed since you trusted it") != std::string::npos);
    CHECK(this->revision() > revision);
    has_manifest(text);
    CHECK(names() == Names{"Mine"});
    revision = this->revision();
  }
}

TEST_CASE_METHOD(Trusting, "trust is in the content at a path, also where the path is a link",
                 "[trust][hostile]") {
  const std::string text = manifest("Mine", kFollow);
  home().file("elsewhere.toml", text);
  home().directory("user/one");
  fs::create_symlink(home().path("elsewhere.toml"), home().path("user/one/agent.toml"));
  trusts(text, "elsewhere.toml");
  CHECK(names().empty());
  trusts(text);
  CHECK(names() == Names{"Mine"});
  home().file("evil.toml", manifest("Evil", kFollow));
  fs::remove(home().path("user/one/agent.toml"));
  fs::create_symlink(home().path("evil.toml"), home().path("user/one/agent.toml"));
  CHECK(names().empty());
}

TEST_CASE_METHOD(Trusting, "a list of trusted files that another user may have written trusts nothing",
                 "[trust][hostile]") {
  const std::string text = manifest("Mine", kFollow);
  has_manifest(text);
  trusts(text);
  CHECK(names() == Names{"Mine"});
  const std::string list = home().path("trusted");
  SECTION("others can write it") {
    ::chmod(list.c_str(), 0666);
  }
  SECTION("it is a link") {
    fs::rename(list, home().path("moved"));
    fs::create_symlink(home().path("moved"), list);
  }
  SECTION("it is a pipe") {
    fs::remove(list);
    ::mkfifo(list.c_str(), 0600);
  }
  SECTION("another user owns it") {
    if (::chown(list.c_str(), ::geteuid() + 12345, static_cast<gid_t>(-1)) != 0) return;  // needs root
  }
  SECTION("it is too long") {
    std::ofstream(list, std::ios::app) << std::string(atm::TrustedFiles::kMaxBytes, '\n');
  }
  SECTION("it has another line") {
    std::ofstream(list, std::ios::app) << "* user/one/agent.toml\n";
  }
  SECTION("it has upper-case digits") {
    std::ofstream(list, std::ios::app) << std::string(64, 'A') << "  /x\n";
  }
  SECTION("it has a relative path") {
    std::ofstream(list, std::ios::app) << std::string(64, 'a') << "  x\n";
  }
  CHECK(names().empty());
  CHECK(problem().find("trusted") != std::string::npos);
}

TEST_CASE("a path with a line break cannot be trusted", "[trust][hostile]") {
  atm::TrustedFiles trusted;
  CHECK_FALSE(trusted.add("/a\n" + std::string(64, 'a') + "  /b", std::string(64, 'b')));
  CHECK_FALSE(trusted.add("a", std::string(64, 'b')));
  CHECK(trusted.text().empty());
}
