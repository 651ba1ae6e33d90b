// SPDX-License-Identifier: MIT
#include "unified_diff.hpp"

#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

TEST_CASE("a unified diff equals the output of diff -u") {
  CHECK(unified_diff("a\n", "a\n", "f").empty());
  CHECK(unified_diff("", "a\nb\n", "f") == "--- f\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  CHECK(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n", "f") ==
        "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
  CHECK(unified_diff("a", "a\n", "f") == "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

}  // namespace
}  // namespace atm::cli::setup
