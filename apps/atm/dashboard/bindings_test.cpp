// SPDX-License-Identifier: MIT
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("no key has two actions in the present or the past, and each action has a key",
          "[dashboard][keys]") {
  const Bindings bindings;
  std::set<std::pair<std::string, bool>> keys;
  std::set<std::string_view> names;
  for (const Binding& binding : bindings.all()) {
    std::istringstream words{binding.keys};
    std::size_t count = 0;
    for (std::string key; words >> key; ++count) {
      for (const bool is_past : {false, true}) {
        if (binding.applies(is_past)) CHECK(keys.insert({key, is_past}).second);
      }
    }
    CHECK(count > 0);
    CHECK(names.insert(binding.name).second);
    CHECK(bindings.named(binding.name) == binding.action);
  }
  tui::Event event;
  event.character = U'j';
  CHECK(bindings.action_of(event, false) == Action::kDown);
  event.control = true;
  event.character = U'd';
  CHECK(bindings.action_of(event, false) == Action::kHalfDown);
  event.alt = true;
  CHECK_FALSE(bindings.action_of(event, false));
}

// The texts in backquotes of a cell, joined by spaces; commas separate them.
std::vector<std::string> groups_of(std::string_view cell) {
  std::vector<std::string> groups(1);
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == ',') groups.emplace_back();
    if (cell[i] != '`') continue;
    const std::size_t end = cell.find('`', i + 1);
    groups.back().append(groups.back().empty() ? "" : " ").append(cell.substr(i + 1, end - i - 1));
    i = end;
  }
  return groups;
}

TEST_CASE("the documentation has the keys of each action once", "[dashboard][keys]") {
  std::map<std::string, std::string> documented;
  std::ifstream page(ATM_DASHBOARD_PAGE);
  bool is_keys = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) is_keys = line == "## Keys";
    if (!is_keys || !line.starts_with("| `")) continue;
    const std::size_t first = line.find(" | ");
    const std::size_t second = line.find(" | ", first + 3);
    INFO(line);
    const auto keys = groups_of(std::string_view(line).substr(0, first));
    const auto actions = groups_of(std::string_view(line).substr(first, second - first));
    REQUIRE(keys.size() == actions.size());
    for (std::size_t i = 0; i < keys.size(); ++i) CHECK(documented.emplace(actions[i], keys[i]).second);
  }
  const Bindings bindings;
  CHECK(documented.size() == bindings.all().size());
  for (const Binding& binding : bindings.all()) {
    INFO(binding.name);
    CHECK(documented[std::string(binding.name)] == binding.keys);
  }
}

TEST_CASE("a key that the user gives to an action has no other action", "[dashboard][keys]") {
  Bindings bindings;
  tui::Event event;
  event.character = U'n';
  REQUIRE(bindings.set("down", "n Down"));
  CHECK(bindings.action_of(event, false) == Action::kDown);
  event.character = U'j';
  CHECK_FALSE(bindings.action_of(event, false));
  REQUIRE(bindings.set("next-need", "j"));
  CHECK(bindings.action_of(event, false) == Action::kNextNeed);
  CHECK_FALSE(bindings.set("up", "n"));
  CHECK_FALSE(bindings.set("sideways", "x"));
  for (const char* wrong : {"^A", "dwon", "^^", "ab", "F99"}) CHECK_FALSE(bindings.set("top", wrong));
  CHECK(bindings.set("qiut", "x").error().message.find("such as quit") != std::string::npos);
}

TEST_CASE("a key can have another action at an earlier time", "[dashboard][keys]") {
  Bindings bindings;
  tui::Event event;
  event.character = U'p';
  CHECK(bindings.action_of(event, false) == Action::kPin);
  CHECK(bindings.action_of(event, true) == Action::kPlay);
  REQUIRE(bindings.set("pin", "x"));
  REQUIRE(bindings.set("step", "x"));
  CHECK_FALSE(bindings.action_of(event, false));
  CHECK(bindings.action_of(event, true) == Action::kPlay);
  event.character = U'x';
  CHECK(bindings.action_of(event, false) == Action::kPin);
  CHECK(bindings.action_of(event, true) == Action::kStep);
  CHECK_FALSE(bindings.set("quit", "x"));
}

TEST_CASE(
    "on a page of reports only keys that move, change the page or end "
    "have an effect",
    "[dashboard][keys]") {
  for (const Action action :
       {Action::kDown, Action::kBottom, Action::kBack, Action::kTimeline, Action::kQuit})
    CHECK(applies_to_reports(action));
  for (const Action action : {Action::kJump, Action::kAcknowledge, Action::kPin, Action::kFilter})
    CHECK_FALSE(applies_to_reports(action));
}

}  // namespace
}  // namespace atm::cli
