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
#include "transcript.hpp"

namespace claude_code {

namespace {

using atm::Status;
using atm::json::Value;

constexpr std::size_t kSessionIdBytes = 256;

// Keeps its memory between records. At namespace scope, because clang-tidy 14 assumes that a local one is destroyed at
// each return.
thread_local atm::json::Reader reader_of_this_thread;

std::string_view kind_of(const Value* value) noexcept {
  if (value == nullptr) return "nothing";
  if (value->IsNull()) return "null";
  if (value->IsObject()) return "an object";
  if (value->IsArray()) return "an array";
  if (value->IsString()) return value->GetStringLength() == 0 ? "empty text" : "text";
  return value->IsNumber() ? "a number" : "true or false";
}

/// A channel, and the remedy for a record that is refused.
struct Channel {
  std::string_view name;
  std::string_view session_key;
  std::string_view remedy;
};
constexpr std::string_view kAsWritten = "send the standard input of the command, unchanged";
constexpr Channel kChannelTable[] = {
    {ClaudeCode::kHookChannel, "session_id", kAsWritten},
    {ClaudeCode::kStatusLineChannel, "session_id", kAsWritten},
    {ClaudeCode::kSessionFileChannel, "sessionId",
     "read the file again, the agent process may be writing it"},
    {ClaudeCode::kTranscriptChannel, "session",
     "send one whole line, and the name of its file as the context's session"},
};

const Channel* find_channel(std::string_view name) noexcept {
  const auto* found = std::find_if(std::begin(kChannelTable), std::end(kChannelTable),
                                   [name](const Channel& channel) { return channel.name == name; });
  return found == std::end(kChannelTable) ? nullptr : found;
}

Status refuse(atm::ErrorText& error, const Channel& channel, std::string_view found,
              std::string_view wanted) {
  std::string text(channel.name);
  text.append(": found ").append(found).append(", expected ").append(wanted);
  text.append("; ").append(channel.remedy);
  error.set(text);
  return Status::kInvalid;
}

/// The session id of a payload, or the fault.
struct SessionId {
  std::string_view text;
  std::string fault;
};

SessionId check(std::string_view id) {
  if (id.size() <= kSessionIdBytes) return {id, {}};
  return {id, std::to_string(id.size()) + " bytes"};
}

SessionId session_in(const Value& payload, std::string_view key) {
  const Value* id = atm::json::find(payload, key);
  if (id == nullptr || !id->IsString() || id->GetStringLength() == 0) return {{}, std::string(kind_of(id))};
  return check(atm::json::text_of(*id));
}

/// A transcript file is named after its session; its lines may be copies from another session.
SessionId session_in(atm::Attrs context, std::string_view key) {
  const std::string_view id = context.text(key).value_or("");
  return id.empty() ? SessionId{{}, "nothing"} : check(id);
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
                                ", expected an object");
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

  const bool is_transcript = record.channel == kTranscriptChannel;
  if (is_transcript && !may_tell(*payload)) return Status::kSkip;

  const std::string_view key = channel->session_key;
  SessionId session = is_transcript ? session_in(record.context, key) : session_in(*payload, key);
  if (!session.fault.empty())
    return refuse(error, *channel, session.fault.append(" as ").append(key), "text of 1 to 256 bytes");
  atm::ObservationHead head{"status.reported", session.text, kAgent, {}, record.channel, record.time_ns};

  if (is_transcript) {
    const auto time = time_of(*payload);
    if (!time) return refuse(error, *channel, "no timestamp", "the time of the line in the form of RFC 3339");
    head.time_ns = *time;
    return emit_transcript(*payload, head, sink);
  }
  if (record.channel == kStatusLineChannel) return emit_status_line(*payload, record.context, head, sink);
  if (record.channel == kSessionFileChannel) return emit_session_file(*payload, record.context, head, sink);
  const auto name = atm::json::get_string(*payload, "hook_event_name");
  const std::string_view event_name =
      name && !name->empty() ? *name : record.context.text("event").value_or("");
  if (event_name.empty()) return refuse(error, *channel, "no hook_event_name", "the name of the event");
  return emit_hook(event_name, *payload, record.context, options_, head, sink);
}

}  // namespace claude_code
