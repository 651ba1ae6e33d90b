// SPDX-License-Identifier: MIT
#include "nearest_word.hpp"

#include "support/catch.hpp"

namespace atm::cli {
namespace {

const std::vector<std::string> kCommands{"list", "watch", "show",  "wait",
                                         "ack",  "stats", "setup", "status-line"};

TEST_CASE("a mistyped command is recognised, and an unrelated word is not", "[nearest]") {
  CHECK(nearest_word("lst", kCommands) == "list");
  CHECK(nearest_word("wacth", kCommands) == "watch");
  CHECK(nearest_word("statsu", kCommands) == "stats");
  CHECK(nearest_word("status", kCommands) == "status-line");
  CHECK(nearest_word("se", kCommands) == "setup");
  CHECK(nearest_word("banana", kCommands).empty());
  CHECK(nearest_word("x", kCommands).empty());
  CHECK(nearest_word("", kCommands).empty());
  CHECK(nearest_word(std::string(100'000, 'l'), kCommands).empty());
}

TEST_CASE("of two equally near commands none is named", "[nearest]") {
  CHECK(nearest_word("wat", {"watch", "wait"}) == "watch");  // it begins with the word
  CHECK(nearest_word("shet", {"shot", "shut"}).empty());
}

}  // namespace
}  // namespace atm::cli
