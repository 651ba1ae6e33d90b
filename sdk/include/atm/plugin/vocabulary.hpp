// SPDX-License-Identifier: MIT
// The observation types that an agent may report, and the kinds of their attributes (docs/specs/observations.md).
#pragma once

#include <atm/abi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace atm {

/// The types of the vocabulary that describe an agent. The registry and its clients produce the others.
inline constexpr std::array<std::string_view, 17> kAgentObservationTypes{
    {"session.started", "session.ended", "process.bound", "prompt.submitted", "turn.finished", "tool.started",
     "tool.finished", "input.needed", "input.resolved", "subagent.started", "subagent.finished",
     "compaction.started", "compaction.finished", "status.reported", "usage.reported", "notice",
     "state.reported"}};

[[nodiscard]] constexpr bool is_agent_observation(std::string_view type) noexcept {
  return std::find(kAgentObservationTypes.begin(), kAgentObservationTypes.end(), type) !=
         kAgentObservationTypes.end();
}

namespace detail {

struct AttributeKind {
  std::string_view key;
  std::uint32_t kind;
};

inline constexpr AttributeKind kAttributeKinds[] = {
    {"about", ATM_VALUE_STR},
    {"agent_type", ATM_VALUE_STR},
    {"attended", ATM_VALUE_BOOL},
    {"background", ATM_VALUE_BOOL},
    {"background_tasks", ATM_VALUE_INT},
    {"batch", ATM_VALUE_BOOL},
    {"boot_id", ATM_VALUE_STR},
    {"by", ATM_VALUE_STR},
    {"chars", ATM_VALUE_INT},
    {"context.cache_creation_tokens", ATM_VALUE_INT},
    {"context.cache_read_tokens", ATM_VALUE_INT},
    {"context.input_tokens", ATM_VALUE_INT},
    {"context.output_tokens", ATM_VALUE_INT},
    {"context.total_input_tokens", ATM_VALUE_INT},
    {"context.total_output_tokens", ATM_VALUE_INT},
    {"context.used_percentage", ATM_VALUE_DOUBLE},
    {"context.window", ATM_VALUE_INT},
    {"cost.total_usd_micros", ATM_VALUE_INT},
    {"cwd", ATM_VALUE_STR},
    {"denied", ATM_VALUE_BOOL},
    {"detail", ATM_VALUE_STR},
    {"duration.api_ms", ATM_VALUE_INT},
    {"duration.total_ms", ATM_VALUE_INT},
    {"duration_ms", ATM_VALUE_INT},
    {"effort", ATM_VALUE_STR},
    {"entrypoint", ATM_VALUE_STR},
    {"error.kind", ATM_VALUE_STR},
    {"host", ATM_VALUE_STR},
    {"interrupted", ATM_VALUE_BOOL},
    {"is_error", ATM_VALUE_BOOL},
    {"kind", ATM_VALUE_STR},
    {"lines.added", ATM_VALUE_INT},
    {"lines.removed", ATM_VALUE_INT},
    {"mcp.server", ATM_VALUE_STR},
    {"message", ATM_VALUE_STR},
    {"mode", ATM_VALUE_STR},
    {"model.from", ATM_VALUE_STR},
    {"model.id", ATM_VALUE_STR},
    {"model.name", ATM_VALUE_STR},
    {"model.to", ATM_VALUE_STR},
    {"outcome", ATM_VALUE_STR},
    {"parent", ATM_VALUE_STR},
    {"parent.pid", ATM_VALUE_INT},
    {"parent.start_ticks", ATM_VALUE_INT},
    {"permission_mode", ATM_VALUE_STR},
    {"pid", ATM_VALUE_INT},
    {"pid_ns", ATM_VALUE_INT},
    {"prompt.id", ATM_VALUE_STR},
    {"reason", ATM_VALUE_STR},
    {"recorded", ATM_VALUE_BOOL},
    {"session.name", ATM_VALUE_STR},
    {"session_crons", ATM_VALUE_INT},
    {"sole", ATM_VALUE_BOOL},
    {"source", ATM_VALUE_STR},
    {"start_ticks", ATM_VALUE_INT},
    {"started_at_ns", ATM_VALUE_INT},
    {"state", ATM_VALUE_STR},
    {"stop_hook_active", ATM_VALUE_BOOL},
    {"subagent.id", ATM_VALUE_STR},
    {"subagent.type", ATM_VALUE_STR},
    {"task.id", ATM_VALUE_STR},
    {"tasks", ATM_VALUE_INT},
    {"team", ATM_VALUE_STR},
    {"teammate", ATM_VALUE_STR},
    {"tmux.pane", ATM_VALUE_STR},
    {"tmux.socket", ATM_VALUE_STR},
    {"tool", ATM_VALUE_STR},
    {"tool_use_id", ATM_VALUE_STR},
    {"tools", ATM_VALUE_INT},
    {"transcript_path", ATM_VALUE_STR},
    {"trigger", ATM_VALUE_STR},
    {"tty", ATM_VALUE_STR},
    {"unblocked", ATM_VALUE_BOOL},
    {"unknown", ATM_VALUE_BOOL},
    {"usage.cache_read", ATM_VALUE_INT},
    {"usage.cache_write_1h", ATM_VALUE_INT},
    {"usage.cache_write_5m", ATM_VALUE_INT},
    {"usage.id", ATM_VALUE_STR},
    {"usage.input", ATM_VALUE_INT},
    {"usage.output", ATM_VALUE_INT},
    {"version", ATM_VALUE_STR},
    {"wait.id", ATM_VALUE_STR},
    {"weak", ATM_VALUE_BOOL},
};
static_assert(std::is_sorted(std::begin(kAttributeKinds), std::end(kAttributeKinds),
                             [](const AttributeKind& a, const AttributeKind& b) { return a.key < b.key; }));

}  // namespace detail

/// The kind of value of an attribute, ATM_VALUE_*; ATM_VALUE_NONE: the vocabulary does not contain the key, and it may
/// have any kind. [any]
[[nodiscard]] constexpr std::uint32_t attribute_kind(std::string_view key) noexcept {
  if (key.starts_with("limits.")) {
    if (key.ends_with(".used_percentage")) return ATM_VALUE_DOUBLE;
    if (key.ends_with(".resets_at")) return ATM_VALUE_INT;
  }
  const auto* const end = std::end(detail::kAttributeKinds);
  const auto* const found =
      std::lower_bound(std::begin(detail::kAttributeKinds), end, key,
                       [](const detail::AttributeKind& one, std::string_view k) { return one.key < k; });
  return found != end && found->key == key ? found->kind : ATM_VALUE_NONE;
}

/// What a value of `kind` (ATM_VALUE_*) is, as an error message states it. [any]
[[nodiscard]] constexpr std::string_view expected_kind(std::uint32_t kind) noexcept {
  switch (kind) {
    case ATM_VALUE_BOOL:
      return "true or false";
    case ATM_VALUE_INT:
      return "an integer";
    case ATM_VALUE_DOUBLE:
      return "a number";
    case ATM_VALUE_NONE:
      return "a boolean, a number or text";
    default:
      return "text";
  }
}

}  // namespace atm
