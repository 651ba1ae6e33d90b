// SPDX-License-Identifier: MIT
#include "hook.hpp"

#include "hook_refine.hpp"

namespace claude_code {

namespace {

constexpr Field kCommon[] = {
    {"prompt_id", Take::kText, "prompt.id"},
    {"permission_mode", Take::kText, "permission_mode"},
};
constexpr Field kCall[] = {
    {"tool_name", Take::kText, "tool"},
    {"tool_use_id", Take::kText, "tool_use_id"},
};

/// Names and counts an unknown event, so that it is noticed.
void describe_unknown(std::string_view event_name, Draft& draft) {
  draft.pass();
  draft.attrs.add("event", event_name);
  draft.attrs.add("unknown", true);
  add_version(draft);
}

/// A tool that a rule refuses has a start and no result, but its batch ends, too. The batch event does not report
/// outcomes: the tools that ran report theirs.
atm::Status emit_batch(const Draft& batch, const atm::ObservationHead& head,
                       const atm::ObservationSink& sink) {
  const atm::json::Value* calls = atm::json::get_array(batch.payload, "tool_calls");
  if (calls == nullptr) return atm::Status::kOk;
  atm::ObservationHead out = head;
  out.type = "tool.finished";
  std::size_t left = kMaxToolsOfARecord;
  for (const atm::json::Value& call : calls->GetArray()) {
    Attributes attrs;
    if (call.IsObject()) collect(call, table(kCall), attrs);
    if (attrs.view().find("tool_use_id") == nullptr) continue;
    if (left-- == 0) break;
    attrs.add("batch", true);
    const atm::Status emitted = sink.emit(out, attrs.finish());
    if (atm::to_c(emitted) < 0) return emitted;
  }
  return atm::Status::kOk;
}

}  // namespace

atm::Status emit_hook(std::string_view event_name, const atm::json::Value& payload, atm::Attrs context,
                      Options options, const atm::ObservationHead& head, const atm::ObservationSink& sink) {
  const Event* event = find_event(event_name);
  Draft draft{payload, context, options, PassThroughType(event_name)};
  draft.actor = text_member(payload, "agent_id", draft.attrs);

  const Binding binding = event == nullptr ? Binding::kShared : event->binding;
  if (binding != Binding::kReleased) {
    Process process = process_of(context);
    process.is_sole = binding == Binding::kExclusive && draft.actor.empty();
    const atm::Status bound = emit_process_bound(process, context, head, sink);
    if (atm::to_c(bound) < 0) return bound;
  }

  collect(payload, table(kCommon), draft.attrs);
  if (event == nullptr) {
    describe_unknown(event_name, draft);
  } else {
    draft.type = event->type.empty() ? draft.pass_through.text() : event->type;
    collect(payload, event->fields, draft.attrs);
    if (event->refine != nullptr) event->refine(draft);
  }
  atm::ObservationHead out = head;
  out.type = draft.type;
  out.actor = draft.actor;
  const atm::Status emitted = sink.emit(out, draft.attrs.finish());
  const bool is_batch = event != nullptr && event->name == "PostToolBatch";
  return is_batch && atm::to_c(emitted) >= 0 ? emit_batch(draft, out, sink) : emitted;
}

}  // namespace claude_code
