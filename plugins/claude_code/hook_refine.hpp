// SPDX-License-Identifier: MIT
// The parts of an event's meaning that depend on more than its fields.
#pragma once

namespace claude_code {

struct Draft;

/// Adds the agent's version, if the context has it.
void add_version(Draft& draft);

void refine_session_started(Draft& draft);
void refine_session_ended(Draft& draft);
void refine_prompt(Draft& draft);
void refine_turn_ended_well(Draft& draft);
void refine_turn_failed(Draft& draft);
void refine_tool_started(Draft& draft);
void refine_tool_succeeded(Draft& draft);
void refine_tool_failed(Draft& draft);
void refine_tool_denied(Draft& draft);
void refine_permission_request(Draft& draft);
void refine_notification(Draft& draft);
void refine_elicitation(Draft& draft);
void refine_elicitation_result(Draft& draft);
void refine_subagent(Draft& draft);

}  // namespace claude_code
