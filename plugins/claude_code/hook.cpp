// SPDX-License-Identifier: MIT
#include "hook.hpp"

namespace claude_code {

namespace {

constexpr Field kCommon[] = {
    {"prompt_id", Take::kText, "prompt.id"},
    {"permission_mode", Take::kText, "permission_mode"},
};

}  // namespace

atm::Status emit_hook(std::string_view event_name, const atm::json::Value& payload, atm::Attrs context,
                      Options options, const atm::ObservationHead& head, const atm::ObservationSink& sink) {
  Draft draft{payload, context, options, PassThroughType(event_name)};
  draft.actor = text_member(payload, "agent_id", draft.attrs);
  collect(payload, table(kCommon), draft.attrs);
  if (const Event* event = find_event(event_name)) {
    draft.type = event->type.empty() ? draft.pass_through.text() : event->type;
    collect(payload, event->fields, draft.attrs);
    if (event->refine != nullptr) event->refine(draft);
  } else {
    draft.pass();
    draft.attrs.add("event", event_name);
  }
  atm::ObservationHead out = head;
  out.type = draft.type;
  out.actor = draft.actor;
  return sink.emit(out, draft.attrs.finish());
}

}  // namespace claude_code
