// SPDX-License-Identifier: MIT
#include "claude_code.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <iterator>
#include <stdexcept>
#include <string>

#include "process.hpp"
#include "session_file.hpp"
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

/// How the records of a channel are made, for a reader and for the one who sends another thing.
struct Channel {
  std::string_view name;
  std::string_view session_key;
  std::string_view remedy;
};
constexpr std::string_view kAsWritten = "send what the client wrote to standard input, unchanged";
constexpr Channel kChannelTable[] = {
    {ClaudeCode::kHookChannel, "session_id", kAsWritten},
    {ClaudeCode::kStatusLineChannel, "session_id", kAsWritten},
    {ClaudeCode::kSessionFileChannel, "sessionId", "read the file again, the client may be writing it"},
};

const Channel* find_channel(std::string_view name) noexcept {
  const auto* found = std::find_if(std::begin(kChannelTable), std::end(kChannelTable),
                                   [name](const Channel& channel) { return channel.name == name; });
  return found == std::end(kChannelTable) ? nullptr : found;
}

Status refuse(atm::ErrorText& error, const Channel& channel, std::string_view found,
              std::string_view wanted) {
  std::string text(channel.name);
  text.append(": found ").append(found).append(", wanted ").append(wanted);
  text.append("; ").append(channel.remedy);
  error.set(text);
  return Status::kInvalid;
}

/// Why a session id is none; empty for one that is.
std::string fault_of(const Value* id) {
  const bool is_text = id != nullptr && id->IsString() && id->GetStringLength() > 0;
  if (!is_text) return std::string(kind_of(id));
  return id->GetStringLength() > kSessionIdBytes ? std::to_string(id->GetStringLength()) + " bytes" : "";
}

Status emit_status_line(const Value& payload, atm::Attrs context, const atm::ObservationHead& head,
                        const atm::ObservationSink& sink) {
  const Status bound = emit_process_bound(process_of(context), context, head, sink);
  if (atm::to_c(bound) < 0) return bound;
  Attributes attrs;
  collect_status_line(payload, attrs);
  return sink.emit(head, attrs.finish());
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
  const Channel* channel = find_channel(record.channel);
  if (channel == nullptr) return Status::kSkip;

  atm::json::Reader& reader = reader_of_this_thread;
  const Value* payload = reader.parse(record.payload);
  if (payload == nullptr) return refuse(error, *channel, reader.error(), "one JSON object");
  if (!payload->IsObject()) return refuse(error, *channel, kind_of(payload), "one JSON object");

  const Value* id = atm::json::find(*payload, channel->session_key);
  if (std::string fault = fault_of(id); !fault.empty())
    return refuse(error, *channel, fault.append(" as ").append(channel->session_key),
                  "text of 1 to 256 bytes");

  const atm::ObservationHead head{"status.reported", atm::json::text_of(*id), kAgent, {},
                                  record.channel,    record.time_ns};
  if (record.channel == kStatusLineChannel) return emit_status_line(*payload, record.context, head, sink);
  if (record.channel == kSessionFileChannel) return emit_session_file(*payload, record.context, head, sink);

  const auto said = atm::json::get_string(*payload, "hook_event_name");
  const std::string_view event_name =
      said && !said->empty() ? *said : record.context.text("event").value_or("");
  if (event_name.empty()) return refuse(error, *channel, "no hook_event_name", "the name of the event");
  const Status bound = emit_process_bound(process_of(record.context), record.context, head, sink);
  if (atm::to_c(bound) < 0) return bound;
  return emit_hook(event_name, *payload, record.context, options_, head, sink);
}

}  // namespace claude_code
