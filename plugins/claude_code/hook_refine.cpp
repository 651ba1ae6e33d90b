// SPDX-License-Identifier: MIT
#include "hook_refine.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/utf8.hpp>
#include <cstdint>
#include <utility>

#include "hook.hpp"
#include "prompt.hpp"

namespace claude_code {

namespace {

using atm::json::Value;

/// Whether a background task is running. Team-mates are always listed as running.
bool is_under_way(const Value& task) noexcept {
  constexpr std::array<std::string_view, 4> kOver = {"completed", "failed", "killed", "cancelled"};
  const auto status = atm::json::get_string(task, "status");
  return atm::json::get_string(task, "type") != "teammate" &&
         (!status || std::find(kOver.begin(), kOver.end(), *status) == kOver.end());
}

void add_background_tasks(Draft& draft) noexcept {
  const Value* tasks = atm::json::find(draft.payload, "background_tasks");
  if (tasks == nullptr) return;
  if (!tasks->IsArray()) return draft.attrs.count_malformed();
  std::int64_t count = 0;
  for (const Value& task : tasks->GetArray()) {
    if (!task.IsObject()) {
      draft.attrs.count_malformed();
    } else if (is_under_way(task)) {
      ++count;
    }
  }
  draft.attrs.add("background_tasks", count);
}

/// The line of the input that identifies the tool use for the user.
void add_tool_detail(Draft& draft) noexcept {
  constexpr std::string_view kTelling[] = {"command", "file_path", "notebook_path", "path", "pattern", "url"};
  constexpr std::size_t kDetailBytes = 200;
  const Value* input = atm::json::get_object(draft.payload, "tool_input");
  if (!draft.options.include_tool_detail || input == nullptr) return;
  for (const std::string_view name : kTelling) {
    const auto text = atm::json::get_string(*input, name);
    if (text) return draft.attrs.add("detail", atm::utf8_cut(*text, kDetailBytes));
  }
}

}  // namespace

void add_version(Draft& draft) {
  const std::string_view version = draft.version.emplace(draft.context).text();
  if (!version.empty()) draft.attrs.add("version", version);
}

void refine_session_started(Draft& draft) {
  add_version(draft);
  const auto entrypoint = draft.context.text("env.CLAUDE_CODE_ENTRYPOINT");
  if (entrypoint && !entrypoint->empty()) draft.attrs.add("entrypoint", entrypoint);
  const auto attended = draft.context.text("env.CLAUDE_CODE_SESSION_ATTENDED");
  if (attended == "0" || attended == "1") draft.attrs.add("attended", attended == "1");
  if (const Process parent = enclosing_client(draft.context); parent.is_known()) {
    draft.attrs.add("parent.pid", parent.pid);
    draft.attrs.add("parent.start_ticks", parent.start_ticks);
  }
}

void refine_session_ended(Draft& draft) {
  add_identity(process_of(draft.context), draft.attrs);
}

void refine_prompt(Draft& draft) {
  const std::string_view prompt = text_member(draft.payload, "prompt", draft.attrs);
  if (const auto uncut = draft.context.integer("cut./prompt")) {
    draft.attrs.add("chars", uncut);
  } else if (prompt.data() != nullptr) {
    draft.attrs.add("chars", count_characters(prompt));
  }
  if (is_task_notification(prompt)) {
    draft.attrs.add("source", "task_notification");
  } else if (atm::json::get_string(draft.payload, "source") == "system") {
    draft.attrs.add("source", "system");
  }
}

void refine_turn_ended_well(Draft& draft) {
  draft.attrs.add("outcome", "ok");
  add_background_tasks(draft);
}

void refine_turn_failed(Draft& draft) {
  draft.attrs.add("outcome", "error");
}

void refine_tool_started(Draft& draft) {
  add_tool_detail(draft);
}

void refine_tool_succeeded(Draft& draft) {
  draft.attrs.add("is_error", false);
  const Value* response = atm::json::get_object(draft.payload, "tool_response");
  if (response == nullptr) return;
  if (const auto interrupted = atm::json::get_bool(*response, "interrupted"))
    draft.attrs.add("interrupted", interrupted);
  const bool is_async = atm::json::get_bool(*response, "isAsync").value_or(false);
  if (is_async || atm::json::find(*response, "backgroundTaskId") != nullptr)
    draft.attrs.add("background", true);
}

void refine_tool_failed(Draft& draft) {
  draft.attrs.add("is_error", true);
}

void refine_tool_denied(Draft& draft) {
  draft.attrs.add("is_error", true);
  draft.attrs.add("denied", true);
}

void refine_permission_request(Draft& draft) {
  // In print mode the event occurs without a question to the user: Claude Code refuses by itself.
  if (is_print_mode(draft.context)) return draft.pass();
  const auto tool = atm::json::get_string(draft.payload, "tool_name");
  const std::string_view reason = tool == "AskUserQuestion" ? "question"
                                  : tool == "ExitPlanMode"  ? "plan"
                                                            : "permission";
  draft.attrs.add("reason", reason);
  add_tool_detail(draft);
}

void refine_notification(Draft& draft) {
  const auto kind = atm::json::get_string(draft.payload, "notification_type");
  if (!kind || kind->empty()) return draft.attrs.add("kind", "notification");
  constexpr std::pair<std::string_view, std::string_view> kAbout[] = {
      {"permission_prompt", "permission"},
      {"elicitation_dialog", "elicitation"},
      {"agent_needs_input", "question"},
  };
  for (const auto& [notice, about] : kAbout) {
    if (kind == notice) draft.attrs.add("about", about);
  }
}

void refine_elicitation(Draft& draft) {
  draft.attrs.add("reason", "elicitation");
}

void refine_elicitation_result(Draft& draft) {
  const std::string_view action = text_member(draft.payload, "action", draft.attrs);
  const std::string_view outcome = action == "accept"    ? "answered"
                                   : action == "decline" ? "denied"
                                   : action == "cancel"  ? "cancelled"
                                                         : "unknown";
  draft.attrs.add("reason", "elicitation");
  draft.attrs.add("outcome", outcome);
}

void refine_subagent(Draft& draft) {
  // Claude Code compacts with a subagent of type "", which ends without a start.
  const bool is_compaction = atm::json::get_string(draft.payload, "agent_type") == "";
  if (!is_compaction && !draft.actor.empty()) return;
  draft.actor = {};
  draft.pass();
}

}  // namespace claude_code
