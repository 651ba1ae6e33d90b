// SPDX-License-Identifier: MIT
#include "status_input.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("the members of the status are read", "[status_line]") {
  const auto input = read_status_input(
      R"({"session_id":"s","cwd":"/a","workspace":{"current_dir":"/b"},"model":{"id":"claude-x","display_name":"X"},)"
      R"("cost":{"total_cost_usd":0,"total_duration_ms":565,"total_lines_added":3,"total_lines_removed":1},)"
      R"("context_window":{"context_window_size":200000,"current_usage":{"input_tokens":1,)"
      R"("cache_creation_input_tokens":2,"cache_read_input_tokens":3},"used_percentage":7}})");
  REQUIRE(input);
  CHECK(input->session_id == "s");
  CHECK(input->directory == "/b");
  CHECK(input->model.display_name == "X");
  CHECK(input->cost == Money());
  CHECK(input->duration == SessionDuration{565, 0});
  CHECK(input->lines == LinesChanged{3, 1});
  CHECK(input->context.context_tokens() == 6);
  CHECK(input->context.usage_percentage() == 7.0);
}

TEST_CASE("null, missing members and other types are unknown, not zero", "[status_line]") {
  for (const char* text :
       {"{}", R"({"cost":null,"context_window":null,"model":null,"workspace":null})",
        R"({"cost":{"total_cost_usd":null},"context_window":{"current_usage":null,"used_percentage":null}})",
        R"({"cost":7,"context_window":"full","model":[],"cwd":{},"rate_limits":[1]})",
        R"({"cost":{"total_cost_usd":"1"},"context_window":{"used_percentage":"9","current_usage":[]}})"}) {
    const auto input = read_status_input(text);
    REQUIRE(input);
    CHECK_FALSE(input->cost);
    CHECK_FALSE(input->duration);
    CHECK_FALSE(input->context.usage_percentage());
    CHECK(input->model.name().empty());
    CHECK(input->directory.empty());
    CHECK_FALSE(input->five_hour_percent);
  }
}

TEST_CASE("text that is no JSON object gives no result", "[status_line]") {
  for (const char* text : {"", " ", "[]", "1", "\"x\"", "{", "{\"cwd\":\"/a\"", "null", "{}}", "\xff\xfe"}) {
    CHECK_FALSE(read_status_input(text));
  }
  CHECK_FALSE(read_status_input(std::string(100'000, '[')));
}

TEST_CASE("invalid UTF-8 in a name does not affect other members", "[status_line]") {
  const auto input = read_status_input("{\"cwd\":\"/a\xff\",\"version\":\"2\"}");
  REQUIRE(input);
  CHECK(input->directory == "/a\uFFFD");
  CHECK(input->version == "2");
}

TEST_CASE("a very long text is cut between characters", "[status_line]") {
  std::string name;
  for (int i = 0; i < 3000; ++i) name += "é";
  const auto input = read_status_input("{\"cwd\":\"x" + name + "\"}");
  REQUIRE(input);
  CHECK(input->directory.size() == 4095);
}

TEST_CASE("any bytes are safe to read", "[status_line]") {
  CHECK(rc::check("random bytes",
                  [](const std::string& bytes) { static_cast<void>(read_status_input(bytes)); }));
}

}  // namespace
}  // namespace atm::cli
