// SPDX-License-Identifier: MIT
#include "event_table.hpp"

#include <algorithm>
#include <iterator>

namespace atm::cli::setup {

namespace {

constexpr ClientVersion kAny{0, 0, 0};
constexpr ClientVersion kOldest = kOldestClient;
constexpr ClientVersion kNewest{2, 1, 330};

// The events that change the state of a session. Excluded: MessageDisplay delays the text until it returns,
// WorktreeCreate replaces an action of Claude Code, PostToolBatch repeats every tool's output.
constexpr HookEvent kEvents[] = {
    {"SessionStart", kAny, false},  {"SessionEnd", kAny},          {"UserPromptSubmit", kAny},
    {"PreToolUse", kAny},           {"PostToolUse", kAny},         {"PostToolUseFailure", kOldest},
    {"PermissionRequest", kOldest}, {"PermissionDenied", kOldest}, {"Elicitation", kOldest},
    {"ElicitationResult", kOldest}, {"Notification", kAny},        {"Stop", kAny},
    {"StopFailure", kOldest},       {"SubagentStart", kOldest},    {"SubagentStop", kAny},
    {"PreCompact", kAny},           {"PostCompact", kOldest},      {"CwdChanged", kOldest},
    {"PostModelSwitch", kNewest},
};

}  // namespace

std::vector<HookEvent> events_for(const std::optional<ClientVersion>& version) {
  std::vector<HookEvent> events;
  for (const HookEvent& event : kEvents) {
    if (event.since <= version.value_or(kOldestClient)) events.push_back(event);
  }
  return events;
}

bool is_event(std::string_view name) noexcept {
  return std::any_of(std::begin(kEvents), std::end(kEvents),
                     [name](const HookEvent& event) { return event.name == name; });
}

bool takes_http_hooks(const std::optional<ClientVersion>& version) {
  return version.has_value() && *version >= kOldestClient;
}

}  // namespace atm::cli::setup
