// SPDX-License-Identifier: MIT
#include "trust.hpp"

#include <unistd.h>

#include "agent.hpp"
#include "manifest_checks.hpp"
#include "setup_fixture.hpp"
#include "setup_status.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {

namespace {

constexpr const char* kManifest =
    "[agent]\nid = \"zed\"\nname = \"Zed\"\nmanifest = 1\n[process]\nprograms = [\"zed\"]\n[[setup]]\n"
    "file = \"~/.zed/hooks.json\"\nshape = \"hooks_json\"\nevents = [\"Stop\"]\n[hook]\nsession = \"/s\"\n"
    "event = \"/e\"\n[hook.on]\nStop = { emit = \"turn.finished\" }\n";

class TrustFixture {
 public:
  TrustFixture() {
    fixture.options.agents = options.agents = ATM_AGENTS_DIR;
    fixture.options.what = options.what = "zed";
    has_manifest(kManifest);
  }
  void has_manifest(const std::string& text) const {
    static_cast<void>(fixture.home().file("config/atm/agents/zed/agent.toml", text, 0644));
  }
  [[nodiscard]] std::string file() const { return fixture.path("config/atm/agents/zed/agent.toml"); }
  [[nodiscard]] std::string list() const { return fixture.path("state/atm/trusted-manifests"); }
  std::string trust(const std::string& what, bool remove = false) {
    options.what = what;
    options.remove = remove;
    const auto result = trust_manifest(options);
    return result ? *result : "!" + result.error().message;
  }
  [[nodiscard]] std::string setup_error() const {
    const auto agent = find_agent_setup(fixture.options);
    return agent ? "" : agent.error().message;
  }
  [[nodiscard]] std::string findings() const {
    doctor::Findings found;
    doctor::check_manifests(doctor::agent_directories(ATM_AGENTS_DIR), found);
    std::string text;
    for (const auto& one : found) text += one.id + ' ' + one.found + "; " + one.remedy + '\n';
    return text;
  }

  SetupFixture fixture;
  TrustOptions options;
};

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_METHOD(TrustFixture, "a manifest that names files shows in setup and doctor that it needs trust",
                 "[trust]") {
  CHECK(mentions(setup_error(), "read it, then run atm plugin trust zed"));
  const std::string overview = setup_overview(fixture.options);
  CHECK(mentions(overview, "needs trust\n"));
  CHECK(mentions(overview, "\n  atm plugin trust zed\n"));
  CHECK(mentions(agents_text(fixture.options), "  needs trust; run atm plugin trust zed\n"));
  CHECK(mentions(findings(), "manifest needs trust: " + file()));
  CHECK(mentions(findings(), "atm plugin trust zed"));
  CHECK(mentions(trust_overview(options), "needs trust  " + file()));

  const std::string report = trust("zed");
  CHECK(mentions(report, "trusted      " + file() + "\nSHA-256      "));
  CHECK(mentions(report, "setup writes ~/.zed/hooks.json\n"));
  CHECK(mentions(report, "undo         atm plugin trust --remove zed\n"));
  CHECK(setup_error().empty());
  CHECK(findings().empty());
  CHECK(mentions(trust_overview(options), "zed    trusted  " + file()));
  CHECK_FALSE(mentions(setup_overview(fixture.options), "needs trust"));
}

TEST_CASE_METHOD(TrustFixture, "a manifest that changed after the user trusted it needs trust again",
                 "[trust][hostile]") {
  CHECK(mentions(trust(file()), "trusted"));
  has_manifest(std::string(kManifest) + "# another\n");
  CHECK(mentions(setup_error(), "changed since you trusted it"));
  CHECK(mentions(trust_overview(options), "needs trust: changed"));
  CHECK(mentions(findings(), "changed since you trusted it"));
  CHECK(mentions(trust("zed"), "trusted"));
  CHECK(setup_error().empty());
}

TEST_CASE_METHOD(TrustFixture, "the end of the trust takes effect at once, also for a file that is gone",
                 "[trust]") {
  CHECK(mentions(trust("zed"), "trusted"));
  CHECK(mentions(trust("zed", true), "not trusted  " + file()));
  CHECK_FALSE(setup_error().empty());
  CHECK(mentions(trust("zed", true), "!no manifest zed is trusted"));
  CHECK(mentions(trust("zed"), "trusted"));
  std::filesystem::remove(file());
  CHECK(mentions(trust(file(), true), "not trusted"));
  CHECK(fixture.read(list()).empty());
}

TEST_CASE_METHOD(TrustFixture, "what cannot be trusted is refused with the reason", "[trust][hostile]") {
  CHECK(mentions(trust("codex"), "!no manifest codex, expected the name or the file of one in "));
  CHECK(mentions(trust("/etc/passwd"), "!no manifest /etc/passwd"));
  CHECK(mentions(trust("../zed"), "!no manifest ../zed"));
  has_manifest("broken");
  CHECK(mentions(trust("zed"), "!" + file() + ":1"));
  has_manifest("[agent]\nid = \"zed\"\nname = \"Zed\"\nmanifest = 1\n");
  CHECK(mentions(trust("zed"), "needs no trust"));
  has_manifest(kManifest);
  std::filesystem::create_directories(fixture.path("state/atm"));
  std::filesystem::create_symlink("/dev/null", list());
  CHECK(mentions(trust("zed"), "a symbolic link"));
  CHECK(mentions(findings(), "a symbolic link"));
}

TEST_CASE_METHOD(TrustFixture, "a manifest that replaces one of the installation is not passed over by setup",
                 "[trust][hostile]") {
  std::string text = kManifest;
  for (std::size_t at = text.find("zed"); at != std::string::npos; at = text.find("zed", at + 5))
    text.replace(at, 3, "codex");
  static_cast<void>(fixture.home().file("config/atm/agents/codex/agent.toml", text, 0644));
  fixture.options.what = "codex";
  CHECK(mentions(setup_error(), "atm plugin trust codex"));
  fixture.options.remove = true;
  CHECK(setup_error().empty());
}

}  // namespace atm::cli::setup
