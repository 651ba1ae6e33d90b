// SPDX-License-Identifier: MIT
#include "event_table.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

std::vector<std::string> names(const std::optional<ClientVersion>& version) {
  std::vector<std::string> all;
  for (const HookEvent& event : events_for(version)) all.emplace_back(event.name);
  return all;
}

TEST_CASE("the events depend on the version and exclude those that cost or decide something") {
  const ClientVersion old{2, 1, 197};
  CHECK(names(std::nullopt) == names(old));
  CHECK(names(old).size() == 18);
  CHECK(names(ClientVersion{2, 1, 329}) == names(old));
  CHECK(names(ClientVersion{2, 1, 330}).size() == 19);
  CHECK(names(ClientVersion{2, 1, 330}).back() == "PostModelSwitch");
  CHECK(names(ClientVersion{3, 0, 0}).size() == 19);
  CHECK(names(ClientVersion{1, 0, 100}).size() == 9);
  for (const auto& version : {ClientVersion{2, 1, 330}, ClientVersion{9, 0, 0}}) {
    const auto all = names(version);
    for (const char* never : {"MessageDisplay", "WorktreeCreate", "PostToolBatch"})
      CHECK(std::count(all.begin(), all.end(), never) == 0);
  }
}

TEST_CASE("a version is the first sequence of three numbers") {
  CHECK(parse_client_version("2.1.330 (Claude Code)\n") == ClientVersion{2, 1, 330});
  CHECK(parse_client_version("node v22 warning\n10.0.1") == ClientVersion{10, 0, 1});
  CHECK_FALSE(parse_client_version("2.1"));
  CHECK_FALSE(parse_client_version(""));
  CHECK_FALSE(parse_client_version("99999999999.1.1"));
}

}  // namespace
}  // namespace atm::cli::setup
