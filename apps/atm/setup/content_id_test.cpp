// SPDX-License-Identifier: MIT
#include "content_id.hpp"

#include <string_view>

#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

TEST_CASE("a content id depends on the text alone") {
  CHECK(content_id("") == "0a68eb57-c88a-5f34-9e9d-27f85e68af4f");
  CHECK(content_id("abc") == "7697a46f-b283-5da3-8e7c-62c11c03dd9e");
  CHECK(content_id(std::string_view("abc\0", 4)) != content_id("abc"));
}

}  // namespace
}  // namespace atm::cli::setup
