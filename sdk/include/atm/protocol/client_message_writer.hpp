// SPDX-License-Identifier: MIT
// Writes the lines that a client sends, newline included (docs/specs/protocol.md, section 3).
//
// client_message_reader.hpp reads every such line back to an equal message.
#pragma once

#include <atm/json.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/json_text.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace atm::protocol {

namespace detail {

/// Appends the members of a message, each with a leading comma; one overload for each message type.
///
/// The encoding is written by hand instead of through a JSON tree: a hook sends one message, and its payload is JSON
/// already, which must not be parsed again. An absent member is left out. One thread at a time.
class ClientMessageWriter final {
 public:
  /// `out` must outlive the writer.
  explicit ClientMessageWriter(std::string& out) : out_(out) {}

  /// "protocol_version": {major, minor}, "client_type": TEXT, "stream"?: true
  void operator()(const Hello& m) {
    append_name(out_, "protocol_version");
    out_ += "{\"major\":";
    append_number(out_, m.protocol_version.major);
    append_name(out_, "minor");
    append_number(out_, m.protocol_version.minor);
    out_ += '}';
    text("client_type", client_type_name(m.client_type));
    if (m.stream) raw("stream", "true");
  }
  /// "session_id": TEXT, "agent_type"?, "working_dir"?, "agent"?: TEXT, "pid"?: NUMBER
  void operator()(const Register& m) {
    text("session_id", m.session_id);
    text_if("agent_type", m.agent_type);
    text_if("working_dir", m.working_dir);
    text_if("agent", m.agent);
    number("pid", m.pid);
  }
  /// "session_id": TEXT, "context": {COUNTS?, "used_percentage"?, "cost_usd"?, "timestamp"?: RFC 3339}
  ///
  /// The figures have their first spelling (WIRE-M3).
  void operator()(const UpdateContext& m) {
    text("session_id", m.session_id);
    // RapidJSON writes the doubles of this object in their shortest exact form.
    json::Buffer buffer;
    json::Writer writer(buffer);
    writer.StartObject();
    const auto count = [&writer](std::string_view name, const std::optional<std::uint64_t>& value) {
      if (!value) return;
      json::key(writer, name);
      writer.Uint64(*value);
    };
    count("total_input_tokens", m.usage.total_input_tokens);
    count("total_output_tokens", m.usage.total_output_tokens);
    count("context_window_size", m.usage.context_window_size);
    count("current_input_tokens", m.usage.current_input_tokens);
    count("current_output_tokens", m.usage.current_output_tokens);
    count("cache_creation_tokens", m.usage.cache_creation_tokens);
    count("cache_read_tokens", m.usage.cache_read_tokens);
    if (m.usage.used_percentage) {
      json::key(writer, "used_percentage");
      writer.Double(*m.usage.used_percentage);
    }
    if (m.cost) {
      json::key(writer, "cost_usd");
      writer.Double(m.cost->as_usd());
    }
    if (m.time) {
      json::member(writer, "timestamp", to_rfc3339(*m.time));
    }
    writer.EndObject();
    raw("context", json::text_of(buffer));
  }
  /// "session_id": TEXT
  void operator()(const EndSession& m) { text("session_id", m.session_id); }
  void operator()(const Acknowledge& m) { text("session_id", m.session_id); }
  void operator()(const GetSession& m) { text("session_id", m.session_id); }
  /// "filter"?: {agent?, agent_type?, status?, working_directory?}; left out if it has no member.
  void operator()(const GetAllSessions& m) {
    // The filter is built apart, because it is left out if it is empty.
    std::string members;
    ClientMessageWriter in(members);
    in.text_if("agent", m.filter.agent);
    in.text_if("agent_type", m.filter.agent_type);
    in.text_if("status", m.filter.status);
    in.text_if("working_directory", m.filter.working_directory);
    // The first member begins with a comma.
    if (!members.empty()) raw("filter", '{' + members.substr(1) + '}');
  }
  /// "session_id"?: TEXT, "activity"?: true, "at"?: RFC 3339, "speed"?: NUMBER
  void operator()(const Subscribe& m) {
    // Absent: all sessions.
    text_if("session_id", m.session_id);
    if (m.activity) raw("activity", "true");
    if (!m.at) return;
    text("at", to_rfc3339(*m.at));
    if (m.speed != 1) decimal("speed", m.speed);
  }
  /// "at": RFC 3339
  void operator()(const Seek& m) { text("at", to_rfc3339(m.at)); }
  /// "speed": NUMBER
  void operator()(const SetSpeed& m) { decimal("speed", m.speed); }
  /// Messages without members.
  void operator()(const Unsubscribe&) {}
  /// "channel": TEXT, "ack"?: true, "context"?: OBJECT, "payload": JSON
  ///
  /// Context and payload are copied verbatim, unless the payload is text.
  void operator()(const Ingest& m) {
    text("channel", m.channel);
    if (m.ack) raw("ack", "true");
    if (!m.context.empty()) raw("context", m.context);
    // The reader turns a JSON string back into text.
    if (m.payload_is_text) {
      text("payload", m.payload);
    } else {
      raw("payload", m.payload);
    }
  }
  /// "seq": NUMBER
  void operator()(const Ping& m) {
    append_name(out_, "seq");
    append_number(out_, m.seq);
  }
  void operator()(const GetStats&) {}
  void operator()(const GetPlugins&) {}
  void operator()(const Discover&) {}

 private:
  /// A member whose value is JSON.
  void raw(std::string_view name, std::string_view json) {
    append_name(out_, name);
    out_ += json;
  }
  /// A number in its shortest exact form.
  void decimal(std::string_view name, double value) {
    json::Buffer buffer;
    json::Writer writer(buffer);
    writer.Double(value);
    raw(name, json::text_of(buffer));
  }
  /// A text member.
  void text(std::string_view name, std::string_view value) {
    append_name(out_, name);
    append_quoted(out_, value);
  }
  /// A text member, absent if the value is.
  void text_if(std::string_view name, const std::optional<std::string>& value) {
    if (value) text(name, std::string_view(*value));
  }
  /// A number, absent if the value is.
  void number(std::string_view name, const std::optional<std::int64_t>& value) {
    if (!value) return;
    append_name(out_, name);
    append_number(out_, *value);
  }

  /// The line under construction.
  std::string& out_;
};

}  // namespace detail

/// Appends one message as a line. Texts must be UTF-8; the payload of an Ingest, unless it is text, and its context
/// must be JSON without newlines. `id` may be absent. [any]
inline void append_client_message(std::string& out, const ClientMessage& message, const RequestId& id = {}) {
  out += "{\"type\":\"";
  out += std::visit([](const auto& m) { return m.kType; }, message);
  out += '"';
  if (!id.absent()) {
    append_name(out, "id");
    out += id.json();
  }
  // The members follow the type and the id.
  std::visit(detail::ClientMessageWriter(out), message);
  out += "}\n";
}

}  // namespace atm::protocol
