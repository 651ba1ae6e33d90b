// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>

#include "choice_file.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli {
namespace {

TEST_CASE("the choice of the user survives, and an unreadable file is the default", "[dashboard]") {
  const test::TempDir home;
  ::setenv("XDG_STATE_HOME", home.path().c_str(), 1);
  CHECK(read_choice().is_tree);
  Choice choice;
  choice.is_tree = false;
  choice.folds_quiet = true;
  choice.order = Order::kCost;
  choice.pins = {"a", "b"};
  choice.saved = {{"dear", "cost>5"}, {"mine", "needs"}};
  REQUIRE(write_choice(choice));
  const Choice again = read_choice();
  CHECK_FALSE(again.is_tree);
  CHECK(again.folds_quiet == true);
  CHECK(again.order == Order::kCost);
  CHECK(again.pins == choice.pins);
  CHECK(again.saved == choice.saved);
  CHECK(std::filesystem::status(home.path() / "atm/tui.json").permissions() == std::filesystem::perms(0600));
  home.file("atm/tui.json", "[1,");
  CHECK(read_choice().is_tree);
}

}  // namespace
}  // namespace atm::cli
