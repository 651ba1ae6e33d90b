// SPDX-License-Identifier: MIT
#include <atm/domain/hook_event_type.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include "support/catch.hpp"

using atm::HookEventType;
using Kind = atm::HookEventType::Kind;

namespace {

constexpr std::array<std::string_view, 5> kPre{"PreToolUse", "SessionStart", "SubagentStart", "PreCompact",
                                               "Setup"};
constexpr std::array<std::string_view, 6> kPost{"PostToolUse", "PostToolUseFailure", "SessionEnd",
                                                "Stop",        "SubagentStop",       "PostCompact"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("hook event: all 33 names of the vendor are known and survive parsing") {
  CHECK(HookEventType::kNames.size() == 33);
  for (const std::string_view name : HookEventType::kNames) {
    const HookEventType type = HookEventType::parse(name);
    CAPTURE(name);
    CHECK(type.is_known());
    CHECK(type.name() == name);
    CHECK(std::count(HookEventType::kNames.begin(), HookEventType::kNames.end(), name) == 1);
    CHECK(type.is_pre_event() == contains(kPre, name));
    CHECK(type.is_post_event() == contains(kPost, name));
  }
}

TEST_CASE("hook event: names and kinds are in the same order") {
  CHECK(HookEventType::parse("PreToolUse").kind() == Kind::kPreToolUse);
  CHECK(HookEventType::parse("Stop").kind() == Kind::kStop);
  CHECK(HookEventType::parse("PostCompact").kind() == Kind::kPostCompact);
  CHECK(HookEventType::parse("PermissionRequest").kind() == Kind::kPermissionRequest);
  CHECK(HookEventType::parse("Elicitation").kind() == Kind::kElicitation);
  CHECK(HookEventType::parse("MessageDisplay").kind() == Kind::kMessageDisplay);
  CHECK(HookEventType::parse("DirectoryAdded").kind() == Kind::kDirectoryAdded);
}

TEST_CASE("hook event: an unknown name is kept and is neither before nor after") {
  const HookEventType type = HookEventType::parse("PreTeleport");
  CHECK_FALSE(type.is_known());
  CHECK(type.kind() == Kind::kUnknown);
  CHECK(type.name() == "PreTeleport");
  CHECK_FALSE(type.is_pre_event());
  CHECK_FALSE(type.is_post_event());
  CHECK_FALSE(HookEventType::parse("pretooluse").is_known());
  CHECK_FALSE(HookEventType::parse("").is_known());
}
