// SPDX-License-Identifier: MIT
#include "transcript.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <iterator>
#include <string_view>

#include "fields.hpp"
#include "prompt.hpp"

namespace claude_code {

namespace {

using atm::Status;
using atm::json::Value;

constexpr Field kToolUse[] = {
    {"id", Take::kText, "tool_use_id"},
    {"name", Take::kText, "tool"},
};
constexpr Field kToolResult[] = {
    {"tool_use_id", Take::kText, "tool_use_id"},
    {"is_error", Take::kBool, "is_error"},
};
constexpr Field kError[] = {{"error", Take::kText, "error.kind"}};
constexpr Field kPrompt[] = {
    {"promptId", Take::kText, "prompt.id"},
    {"cwd", Take::kText, "cwd"},
};
constexpr Field kCompactMetadata[] = {{"trigger", Take::kText, "trigger"}};
constexpr Field kBoundary[] = {{"compactMetadata", Take::kObject, {}, table(kCompactMetadata)}};

bool is_set(const Value& object, std::string_view name) noexcept {
  return atm::json::get_bool(object, name).value_or(false);
}

/// The observations of a line so far.
class Emitter final {
 public:
  Emitter(const atm::ObservationHead& head, const atm::ObservationSink& sink) noexcept
      : head_(head), sink_(sink) {}

  [[nodiscard]] bool is_main() const noexcept { return head_.actor.empty(); }

  void emit(std::string_view type, Attributes& attrs) {
    if (atm::to_c(status_) < 0) return;
    attrs.add("recorded", true);
    head_.type = type;
    status_ = sink_.emit(head_, attrs.finish());
  }

  void emit_tool(std::string_view type, Attributes& attrs) {
    if (tools_++ < kMaxToolsOfARecord) emit(type, attrs);
  }

  void emit_end(std::string_view outcome, Attributes attrs = {}) {
    attrs.add("outcome", outcome);
    emit("turn.finished", attrs);
  }

  /// kSkip without observations.
  [[nodiscard]] Status status() const noexcept { return status_; }

 private:
  atm::ObservationHead head_;
  const atm::ObservationSink& sink_;
  Status status_ = Status::kSkip;
  std::size_t tools_ = 0;
};

/// The blocks of a message of one type.
template <class Visit>
void for_each_block(const Value& content, std::string_view type, Visit visit) {
  if (!content.IsArray()) return;
  for (const Value& block : content.GetArray()) {
    if (block.IsObject() && atm::json::get_string(block, "type") == type) visit(block);
  }
}

void emit_answer(const Value& line, const Value& message, const Value& content, Emitter& emitter) {
  for_each_block(content, "tool_use", [&](const Value& block) {
    Attributes attrs;
    collect(block, table(kToolUse), attrs);
    emitter.emit_tool("tool.started", attrs);
  });
  // The end of a subagent is in the report that its caller reads, not here.
  if (!emitter.is_main()) return;
  if (is_set(line, "isApiErrorMessage")) {
    Attributes attrs;
    collect(line, table(kError), attrs);
    emitter.emit_end("error", attrs);
  } else if (atm::json::get_string(message, "stop_reason") == "end_turn") {
    emitter.emit_end("ok");
  }
}

/// A command or a subagent that continues after its tool use has ended.
bool is_background(const Value& line) noexcept {
  const Value* result = atm::json::get_object(line, "toolUseResult");
  return result != nullptr &&
         (atm::json::find(*result, "backgroundTaskId") != nullptr || is_set(*result, "isAsync") ||
          atm::json::get_string(*result, "status") == "async_launched");
}

void emit_results(const Value& line, const Value& content, Emitter& emitter) {
  for_each_block(content, "tool_result", [&](const Value& block) {
    Attributes attrs;
    collect(block, table(kToolResult), attrs);
    if (atm::json::find(block, "is_error") == nullptr) attrs.add("is_error", false);
    if (is_background(line)) attrs.add("background", true);
    emitter.emit_tool("tool.finished", attrs);
  });
}

/// The text of a user message: the string itself, or its first text block.
std::string_view text_of(const Value& content) noexcept {
  if (content.IsString()) return atm::json::text_of(content);
  std::string_view text;
  for_each_block(content, "text", [&](const Value& block) {
    if (text.empty()) text = atm::json::get_string(block, "text").value_or("");
  });
  return text;
}

bool has_image(const Value& content) noexcept {
  bool found = false;
  for_each_block(content, "image", [&](const Value&) { found = true; });
  return found;
}

/// Commands that Claude Code handles itself: `/compact`, `! ls`. A command for the model is a prompt and has a source.
bool is_local_command(const Value& line, std::string_view text) noexcept {
  if (text.starts_with("<bash-") || text.starts_with("<local-command-")) return true;
  return text.starts_with("<command-") && atm::json::find(line, "promptSource") == nullptr;
}

void emit_prompt(const Value& line, std::string_view text, Emitter& emitter) {
  Attributes attrs;
  collect(line, table(kPrompt), attrs);
  attrs.add("chars", count_characters(text));
  if (is_task_notification(text)) {
    attrs.add("source", "task_notification");
  } else if (atm::json::get_string(line, "promptSource") == "system") {
    attrs.add("source", "system");
  }
  emitter.emit("prompt.submitted", attrs);
}

void emit_input(const Value& line, const Value& content, Emitter& emitter) {
  emit_results(line, content, emitter);
  const bool is_result = emitter.status() != Status::kSkip;
  // Messages of Claude Code in the user's name, and a subagent's task, are not prompts.
  if (!emitter.is_main() || is_set(line, "isMeta") || is_set(line, "isCompactSummary")) return;
  const std::string_view text = text_of(content);
  if (text.starts_with("[Request interrupted by user")) return emitter.emit_end("interrupted");
  if (is_result || is_local_command(line, text)) return;
  if (!text.empty() || has_image(content)) emit_prompt(line, text, emitter);
}

/// A UserPromptSubmit hook refused the prompt (client 2.1.332).
bool is_refused_prompt(const Value& line) noexcept {
  const Value* outcome = atm::json::get_object(line, "promptSubmitEnding");
  const Value* ending = outcome == nullptr ? nullptr : atm::json::get_object(*outcome, "ending");
  return ending != nullptr && atm::json::get_string(*ending, "kind") == "blocked_by_hook";
}

void emit_system(const Value& line, Emitter& emitter) {
  if (!emitter.is_main()) return;
  if (is_refused_prompt(line)) return emitter.emit_end("interrupted");
  if (atm::json::get_string(line, "subtype") != "compact_boundary") return;
  Attributes attrs;
  collect(line, table(kBoundary), attrs);
  emitter.emit("compaction.finished", attrs);
}

}  // namespace

bool may_tell(const Value& line) noexcept {
  constexpr std::string_view kTypes[] = {"user", "assistant", "system"};
  const auto type = atm::json::get_string(line, "type");
  return type && std::find(std::begin(kTypes), std::end(kTypes), *type) != std::end(kTypes);
}

std::optional<std::int64_t> time_of(const Value& line) noexcept {
  const auto time = atm::parse_rfc3339(atm::json::get_string(line, "timestamp").value_or(""));
  return time ? std::optional(std::int64_t{time->time_since_epoch().count()}) : std::nullopt;
}

Status emit_transcript(const Value& line, const atm::ObservationHead& head,
                       const atm::ObservationSink& sink) {
  atm::ObservationHead out = head;
  out.actor = atm::json::get_string(line, "agentId").value_or("");
  if (is_set(line, "isSidechain") && out.actor.empty()) return Status::kSkip;
  Emitter emitter(out, sink);
  const auto type = atm::json::get_string(line, "type");
  if (type == "system") {
    emit_system(line, emitter);
    return emitter.status();
  }
  const Value* message = atm::json::get_object(line, "message");
  const Value* content = message == nullptr ? nullptr : atm::json::find(*message, "content");
  if (content == nullptr) return Status::kSkip;
  if (type == "assistant") emit_answer(line, *message, *content, emitter);
  if (type == "user") emit_input(line, *content, emitter);
  return emitter.status();
}

}  // namespace claude_code
