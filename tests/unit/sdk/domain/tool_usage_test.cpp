// SPDX-License-Identifier: MIT
#include <atm/domain/tool_usage.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "support/catch.hpp"

using atm::RecentTools;
using atm::ToolUsageRecord;
using atm::ToolUseId;

namespace {

ToolUsageRecord numbered(std::size_t number) {
  ToolUsageRecord record;
  record.tool = std::to_string(number);
  record.tool_use_id = ToolUseId("toolu_" + std::to_string(number));
  return record;
}

}  // namespace

TEST_CASE("recent tools: the last fifty are kept, oldest first") {
  CHECK(RecentTools::kCapacity == 50);
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 160);
    RecentTools tools;
    for (std::size_t i = 0; i < count; ++i) tools.push(numbered(i));
    const std::size_t kept = std::min<std::size_t>(count, 50);
    RC_ASSERT(tools.size() == kept);
    RC_ASSERT(tools.empty() == (count == 0));
    for (std::size_t i = 0; i < kept; ++i) RC_ASSERT(tools[i].tool == std::to_string(count - kept + i));
  }));
}

TEST_CASE("recent tools: a use is found by its id while it is kept, the newest of two") {
  RecentTools tools;
  for (std::size_t i = 0; i < 60; ++i) tools.push(numbered(i));
  CHECK(tools.find(ToolUseId("toolu_9")) == nullptr);
  REQUIRE(tools.find(ToolUseId("toolu_10")) != nullptr);
  tools.find(ToolUseId("toolu_59"))->is_error = true;
  CHECK(tools[49].is_error == true);
  ToolUsageRecord again = numbered(59);
  again.tool = "again";
  tools.push(again);
  CHECK(tools.find(ToolUseId("toolu_59"))->tool == "again");
}
