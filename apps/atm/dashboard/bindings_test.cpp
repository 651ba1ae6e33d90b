// SPDX-License-Identifier: MIT
#include <set>
#include <sstream>
#include <string>
#include <utility>

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
