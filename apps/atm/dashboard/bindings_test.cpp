// SPDX-License-Identifier: MIT
#include <set>
#include <sstream>
#include <string>

#include "bindings.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("no key has two actions, and each action has a key", "[dashboard][keys]") {
  std::set<std::string> keys;
  for (const Binding& binding : kBindings) {
    std::istringstream words{std::string(binding.keys)};
    std::size_t count = 0;
    for (std::string key; words >> key; ++count) CHECK(keys.insert(key).second);
    CHECK(count > 0);
  }
  tui::Event event;
  event.character = U'j';
  CHECK(action_of(event) == Action::kDown);
  event.control = true;
  event.character = U'd';
  CHECK(action_of(event) == Action::kHalfDown);
  event.alt = true;
  CHECK_FALSE(action_of(event));
}

TEST_CASE("on a page of reports only keys that move, change the page or end have an effect",
          "[dashboard][keys]") {
  for (const Action action :
       {Action::kDown, Action::kBottom, Action::kBack, Action::kTimeline, Action::kQuit})
    CHECK(applies_to_reports(action));
  for (const Action action : {Action::kJump, Action::kAcknowledge, Action::kPin, Action::kFilter})
    CHECK_FALSE(applies_to_reports(action));
}

}  // namespace
}  // namespace atm::cli
