// SPDX-License-Identifier: MIT
#include "lib/config/problem.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

using atm::closest;
using atm::Problem;

TEST_CASE("a problem is one sentence that names the file, what was found, what was expected and the remedy",
          "[config]") {
  const Problem problem{"a.json", "abi is \"2.0\"", "\"1.0\"", "rebuild it"};
  CHECK(problem.message() == "a.json: abi is \"2.0\", expected \"1.0\"; rebuild it");
  CHECK(Problem{"", "x", "y", ""}.message() == "x, expected y");
}

TEST_CASE("a mistyped key is recognised, another key is not", "[config]") {
  const std::vector<std::string> known{"sessions", "subscribers", "mailbox"};
  CHECK(closest("sesions", known) == "sessions");
  CHECK(closest("sessoins", known) == "sessions");
  CHECK(closest("subscriber", known) == "subscribers");
  CHECK(closest("colour", known).empty());
  CHECK(closest("", known).empty());
}

TEST_CASE("law: a known key is closest to itself", "[config]") {
  CHECK(rc::check([](const std::vector<std::string>& known) {
    for (const std::string& word : known) {
      if (!word.empty()) RC_ASSERT(closest(word, known) == word);
    }
  }));
}
