// SPDX-License-Identifier: MIT
#include "manifest_checks.hpp"

#include "findings_test_support.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli::doctor {

TEST_CASE("manifests of the user that are used give no finding, others a warning with the remedy",
          "[doctor][manifest]") {
  const test::TempDir home;
  const AgentDirectories directories{{}, home.path() / "agents", home.path() / "trusted"};
  Findings found;
  check_manifests(directories, found);
  CHECK(found.empty());
  const std::string head = "[agent]\nid = \"one\"\nname = \"One\"\nmanifest = 1\n";
  home.file("agents/one/agent.toml", head);
  check_manifests(directories, found);
  CHECK(found.empty());
  home.file("agents/one/agent.toml",
            head + "[[setup]]\nfile = \"~/.one/a.json\"\nshape = \"hooks_json\"\nevents = [\"Stop\"]\n");
  home.file("agents/two/agent.toml", "[agent");
  check_manifests(directories, found);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "manifest");
  CHECK(found[0].severity == Severity::kWarning);
  CHECK(found[0].found.find("needs trust: ") == 0);
  CHECK(found[0].remedy == "read it, then run atm plugin trust one");
  CHECK(found[1].found.find("two/agent.toml:1") != std::string::npos);
}

TEST_CASE("a capability is that of the manifest in use", "[doctor][manifest]") {
  const test::TempDir home;
  const AgentDirectories directories{home.path() / "installed", home.path() / "agents",
                                     home.path() / "trusted"};
  const std::string head = "[agent]\nid = \"one\"\nname = \"One\"\nmanifest = 1\n";
  CHECK(capability_of(directories, "one", "interrupt").empty());
  static_cast<void>(
      home.file("installed/one/agent.toml", head + "capabilities = { interrupt = \"exact\" }\n"));
  CHECK(capability_of(directories, "one", "interrupt") == "exact");
  CHECK(capability_of(directories, "one", "usage").empty());
  CHECK(capability_of(directories, "two", "interrupt").empty());
  static_cast<void>(home.file("agents/one/agent.toml", head));
  CHECK(capability_of(directories, "one", "interrupt").empty());
}

}  // namespace atm::cli::doctor
