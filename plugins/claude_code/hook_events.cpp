// SPDX-License-Identifier: MIT
// The events of versions 2.1.197 to 2.1.330 and their meaning.
#include <algorithm>

#include "hook.hpp"
#include "hook_refine.hpp"

namespace claude_code {

namespace {

constexpr Field kMcpServer[] = {{"name", Take::kText, "mcp.server"}};
constexpr Field kTool[] = {
    {"tool_name", Take::kText, "tool"},
    {"tool_use_id", Take::kText, "tool_use_id"},
    {"mcp_server", Take::kObject, {}, table(kMcpServer)},
};
constexpr Field kToolSuccess[] = {
    {"tool_name", Take::kText, "tool"},
    {"tool_use_id", Take::kText, "tool_use_id"},
    {"duration_ms", Take::kCount, "duration_ms"},
    {"mcp_server", Take::kObject, {}, table(kMcpServer)},
};
constexpr Field kToolFailure[] = {
    {"tool_name", Take::kText, "tool"},
    {"tool_use_id", Take::kText, "tool_use_id"},
    {"is_interrupt", Take::kBool, "interrupted"},
    {"duration_ms", Take::kCount, "duration_ms"},
    {"mcp_server", Take::kObject, {}, table(kMcpServer)},
};
constexpr Field kSessionStart[] = {
    {"transcript_path", Take::kText, "transcript_path"},
    {"cwd", Take::kText, "cwd"},
    {"source", Take::kText, "source"},
    {"model", Take::kText, "model.id"},
    {"agent_type", Take::kText, "agent_type"},
    {"session_title", Take::kText, "session.name"},
    {"seconds_since_last_response", Take::kCount, "resume.seconds_since_last_response"},
    {"context_tokens", Take::kCount, "resume.context_tokens"},
    {"prompt_cache_likely_expired", Take::kBool, "resume.prompt_cache_likely_expired"},
    {"estimated_cache_write_usd", Take::kMicros, "resume.estimated_cache_write_usd_micros"},
};
constexpr Field kSessionEnd[] = {{"reason", Take::kText, "reason"}};
constexpr Field kPrompt[] = {
    {"cwd", Take::kText, "cwd"},
    {"session_title", Take::kText, "session.name"},
};
constexpr Field kExpansion[] = {
    {"expansion_type", Take::kText, "expansion_type"},
    {"command_name", Take::kText, "command"},
    {"command_source", Take::kText, "command_source"},
};
constexpr Field kToolBatch[] = {{"tool_calls", Take::kLength, "tools"}};
constexpr Field kNotification[] = {{"notification_type", Take::kText, "kind"}};
constexpr Field kElicitation[] = {
    {"mcp_server_name", Take::kText, "mcp.server"},
    {"mode", Take::kText, "mode"},
    {"elicitation_id", Take::kText, "wait.id"},
};
constexpr Field kStop[] = {
    {"stop_hook_active", Take::kBool, "stop_hook_active"},
    {"session_crons", Take::kLength, "session_crons"},
};
constexpr Field kStopFailure[] = {{"error", Take::kText, "error.kind"}};
constexpr Field kSubagent[] = {
    {"agent_id", Take::kText, "subagent.id"},
    {"agent_type", Take::kText, "subagent.type"},
};
constexpr Field kTrigger[] = {{"trigger", Take::kText, "trigger"}};
constexpr Field kModelSwitching[] = {
    {"from_model", Take::kText, "model.from"},
    {"to_model", Take::kText, "model.to"},
    {"source", Take::kText, "source"},
    {"context_tokens", Take::kCount, "context_tokens"},
};
constexpr Field kModelSwitched[] = {{"to_model", Take::kText, "model.id"}};
constexpr Field kTask[] = {
    {"task_id", Take::kText, "task.id"},
    {"teammate_name", Take::kText, "teammate"},
    {"team_name", Take::kText, "team"},
};
constexpr Field kSource[] = {{"source", Take::kText, "source"}};
constexpr Field kDirectory[] = {
    {"directory", Take::kText, "directory"},
    {"source", Take::kText, "source"},
};
constexpr Field kInstructions[] = {
    {"memory_type", Take::kText, "memory_type"},
    {"load_reason", Take::kText, "load_reason"},
};
constexpr Field kCwdChanged[] = {{"new_cwd", Take::kText, "cwd"}};
constexpr Field kFileChanged[] = {{"event", Take::kText, "change"}};
constexpr Field kWorktreeCreate[] = {{"name", Take::kText, "worktree.name"}};
constexpr Field kWorktreeRemove[] = {{"worktree_path", Take::kText, "worktree.path"}};
constexpr Field kMessage[] = {
    {"index", Take::kCount, "index"},
    {"final", Take::kBool, "final"},
};

// Frequent events come first.
constexpr Event kEvents[] = {
    {"PreToolUse", "tool.started", table(kTool), &refine_tool_started},
    {"PostToolUse", "tool.finished", table(kToolSuccess), &refine_tool_succeeded},
    {"MessageDisplay", {}, table(kMessage)},
    {"PostToolBatch", {}, table(kToolBatch)},
    {"UserPromptSubmit", "prompt.submitted", table(kPrompt), &refine_prompt, Binding::kExclusive},
    {"Stop", "turn.finished", table(kStop), &refine_turn_ended_well},
    {"PostToolUseFailure", "tool.finished", table(kToolFailure), &refine_tool_failed},
    {"PermissionRequest", "input.needed", table(kTool), &refine_permission_request},
    {"Notification", "notice", table(kNotification), &refine_notification},
    {"SessionStart", "session.started", table(kSessionStart), &refine_session_started, Binding::kExclusive},
    {"SessionEnd", "session.ended", table(kSessionEnd), &refine_session_ended, Binding::kReleased},
    {"StopFailure", "turn.finished", table(kStopFailure), &refine_turn_failed},
    {"SubagentStart", "subagent.started", table(kSubagent), &refine_subagent},
    {"SubagentStop", "subagent.finished", table(kSubagent), &refine_subagent},
    {"PreCompact", "compaction.started", table(kTrigger)},
    {"PostCompact", "compaction.finished", table(kTrigger)},
    {"PermissionDenied", "tool.finished", table(kTool), &refine_tool_denied},
    {"Elicitation", "input.needed", table(kElicitation), &refine_elicitation},
    {"ElicitationResult", "input.resolved", table(kElicitation), &refine_elicitation_result},
    {"PostModelSwitch", "status.reported", table(kModelSwitched)},
    {"CwdChanged", "status.reported", table(kCwdChanged)},
    {"PreModelSwitch", {}, table(kModelSwitching)},
    {"UserPromptExpansion", {}, table(kExpansion)},
    {"Setup", {}, table(kTrigger)},
    {"TeammateIdle", {}, table(kTask)},
    {"TaskCreated", {}, table(kTask)},
    {"TaskCompleted", {}, table(kTask)},
    {"ConfigChange", {}, table(kSource)},
    {"InstructionsLoaded", {}, table(kInstructions)},
    {"DirectoryAdded", {}, table(kDirectory)},
    {"FileChanged", {}, table(kFileChanged)},
    {"WorktreeCreate", {}, table(kWorktreeCreate)},
    {"WorktreeRemove", {}, table(kWorktreeRemove)},
};

}  // namespace

const Event* find_event(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(kEvents), std::end(kEvents), [name](const Event& e) { return e.name == name; });
  return found == std::end(kEvents) ? nullptr : found;
}

}  // namespace claude_code
