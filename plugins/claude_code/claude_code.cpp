// SPDX-License-Identifier: MIT
#include "claude_code.hpp"

#include <atm/json.hpp>
#include <stdexcept>
#include <string>

#include "process.hpp"
#include "status_line.hpp"

namespace claude_code {

namespace {

using atm::Status;
using atm::json::Value;

constexpr std::size_t kSessionIdBytes = 256;

// Keeps its memory from record to record. At namespace scope, since clang-tidy 14 believes that a local one
// is destroyed at each return.
thread_local atm::json::Reader reader_of_this_thread;

std::string_view kind_of(const Value* value) noexcept {
  if (value == nullptr) return "nothing";
  if (value->IsNull()) return "null";
  if (value->IsObject()) return "an object";
  if (value->IsArray()) return "an array";
  if (value->IsString()) return value->GetStringLength() == 0 ? "empty text" : "text";
  return value->IsNumber() ? "a number" : "true or false";
}

Status refuse(atm::ErrorText& error, std::string_view channel, std::string_view found,
              std::string_view wanted) {
  std::string text(channel);
  text.append(": found ").append(found).append(", wanted ").append(wanted);
  text.append("; send what the client wrote to standard input, unchanged");
  error.set(text);
  return Status::kInvalid;
}

}  // namespace

ClaudeCode::ClaudeCode(const atm::Host&, std::string_view config_json) {
  atm::json::Reader reader;
  const Value* config = reader.parse(config_json.empty() ? "{}" : config_json);
  if (config == nullptr || !config->IsObject())
    throw std::invalid_argument("claude_code: configuration is " + std::string(kind_of(config)) +
                                ", wanted an object");
  options_.include_tool_detail = atm::json::get_bool(*config, "include_tool_detail").value_or(false);
}

Status ClaudeCode::parse(const atm::Record& record, const atm::ObservationSink& sink,
                         atm::ErrorText& error) const {
  const bool is_hook = record.channel == kHookChannel;
  if (!is_hook && record.channel != kStatusLineChannel) return Status::kSkip;

  atm::json::Reader& reader = reader_of_this_thread;
  const Value* payload = reader.parse(record.payload);
  if (payload == nullptr) return refuse(error, record.channel, reader.error(), "one JSON object");
  if (!payload->IsObject()) return refuse(error, record.channel, kind_of(payload), "one JSON object");

  const Value* id = atm::json::find(*payload, "session_id");
  const bool is_text = id != nullptr && id->IsString() && id->GetStringLength() > 0;
  if (!is_text || id->GetStringLength() > kSessionIdBytes) {
    const std::string found =
        is_text ? std::to_string(id->GetStringLength()) + " bytes" : std::string(kind_of(id));
    return refuse(error, record.channel, found + " as session_id", "text of 1 to 256 bytes");
  }

  const std::string_view event_name = [&] {
    const auto said = atm::json::get_string(*payload, "hook_event_name");
    return said && !said->empty() ? *said : record.context.text("event").value_or("");
  }();
  if (is_hook && event_name.empty())
    return refuse(error, record.channel, "no hook_event_name", "the name of the event");

  const atm::ObservationHead head{"status.reported", atm::json::text_of(*id), kAgent, {},
                                  record.channel,    record.time_ns};
  const Status bound = emit_process_bound(record.context, head, sink);
  if (atm::to_c(bound) < 0) return bound;
  if (is_hook) return emit_hook(event_name, *payload, record.context, options_, head, sink);
  Attributes attrs;
  collect_status_line(*payload, attrs);
  return sink.emit(head, attrs.finish());
}

}  // namespace claude_code
