// SPDX-License-Identifier: MIT
// The session object of the protocol: typed data, never text made for display (docs/specs/protocol.md §5).
#pragma once

#include <atm/json.hpp>
#include <atm/protocol/session.hpp>
#include <cmath>
#include <optional>
#include <string_view>
#include <variant>

namespace atm::protocol {

namespace detail {

/// Writes the members that are known: what is unknown is absent, never null or zero.
class MemberWriter final {
 public:
  explicit MemberWriter(json::Writer& writer) noexcept : writer_(writer) {}

  void text(std::string_view name, std::string_view value) {
    json::key(writer_, name);
    json::string(writer_, value);
  }
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  template <class Text>
  void text_if(std::string_view name, const std::optional<Text>& value) {
    if (value) text(name, *value);
  }
  void time(std::string_view name, Timestamp value) { text(name, to_rfc3339(value)); }
  void number(std::string_view name, std::uint64_t value) {
    json::key(writer_, name);
    writer_.Uint64(value);
  }
  void number(std::string_view name, std::int64_t value) {
    json::key(writer_, name);
    writer_.Int64(value);
  }
  template <class Number>
  void number_if(std::string_view name, const std::optional<Number>& value) {
    if (value) number(name, *value);
  }
  void number(std::string_view name, double value) {
    json::key(writer_, name);
    // JSON has no infinity; RapidJSON would write nothing and break the text.
    if (std::isfinite(value)) {
      writer_.Double(value);
    } else {
      writer_.Null();
    }
  }
  void flag(std::string_view name, bool value) {
    json::key(writer_, name);
    writer_.Bool(value);
  }
  void value(std::string_view name, const FactValue& fact) {
    if (const auto* b = std::get_if<bool>(&fact)) return flag(name, *b);
    if (const auto* i = std::get_if<std::int64_t>(&fact)) return number(name, *i);
    if (const auto* d = std::get_if<double>(&fact)) return number(name, *d);
    text(name, std::get<std::string>(fact));
  }
  void begin(std::string_view name) {
    json::key(writer_, name);
    writer_.StartObject();
  }
  void end() { writer_.EndObject(); }

 private:
  json::Writer& writer_;
};

inline void write_detail(MemberWriter& out, const StatusDetail& detail) {
  out.begin("detail");
  out.text("word", detail.word);
  if (!detail.args.empty()) {
    out.begin("args");
    for (const auto& [name, value] : detail.args) out.value(name.view(), value);
    out.end();
  }
  out.end();
}

inline void write_status(MemberWriter& out, const SessionDomain& session) {
  const SessionStatus& status = session.status;
  out.begin("status");
  out.text("status", status.name());
  out.text_if("tool_name", status.tool_name());
  if (status.tool_started_at()) out.time("started_at", *status.tool_started_at());
  out.text_if("reason", status.reason());
  out.text_if("kind", status.error_kind());
  if (status.kind() == StatusKind::kBackground) out.number("tasks", std::uint64_t{status.background_tasks()});
  if (session.detail) write_detail(out, *session.detail);
  out.time("since", session.status_since);
  out.flag("certain", session.certain);
  if (!session.status_cause.type.empty()) {
    out.begin("cause");
    out.text("type", session.status_cause.type);
    out.text_if("origin", session.status_cause.origin);
    out.number("seq", session.status_cause.seq);
    out.end();
  }
  out.end();
}

inline void write_context(MemberWriter& out, const ContextUsage& usage) {
  out.begin("context");
  out.number_if("total_input_tokens", usage.total_input_tokens);
  out.number_if("total_output_tokens", usage.total_output_tokens);
  out.number_if("context_window_size", usage.context_window_size);
  out.number_if("current_input_tokens", usage.current_input_tokens);
  out.number_if("current_output_tokens", usage.current_output_tokens);
  out.number_if("cache_creation_tokens", usage.cache_creation_tokens);
  out.number_if("cache_read_tokens", usage.cache_read_tokens);
  if (const auto percentage = usage.usage_percentage()) {
    out.number("used_percentage", *percentage);
    out.text("source", usage.used_percentage ? "agent" : "computed");
  }
  out.end();
}

inline void write_place(MemberWriter& out, const ProcessPlace& place) {
  if (place.pid_ns) {
    out.number("pid_ns", *place.pid_ns);
    out.number_if("ns_pid", place.pid);
  } else {
    out.number_if("pid", place.pid);
    out.number_if("start_ticks", place.process_start_ticks);
  }
  out.text_if("tty", place.tty);
  out.text_if("tmux_pane", place.tmux_pane);
  out.text_if("tmux_socket", place.socket_path);
  out.text_if("host", place.host);
  out.text_if("boot_id", place.boot_id);
  if (place.verified) out.flag("verified", true);
  out.text_if("bound_by", place.bound_by);
  if (place.bound_at) out.time("bound_at", *place.bound_at);
}

inline void write_process(MemberWriter& out, const SessionInfrastructure& infrastructure) {
  out.begin("process");
  write_place(out, infrastructure);
  out.end();
}

/// The process that is shown comes first. Absent where there is one process only.
inline void write_processes(json::Writer& writer, const SessionInfrastructure& infrastructure) {
  if (infrastructure.other_processes.empty()) return;
  MemberWriter out(writer);
  const auto write = [&](const ProcessPlace& place) {
    writer.StartObject();
    write_place(out, place);
    out.end();
  };
  json::key(writer, "processes");
  writer.StartArray();
  write(infrastructure);
  for (const ProcessPlace& other : infrastructure.other_processes) write(other);
  writer.EndArray();
}

/// Nested by what stands before the first dot; Facts are sorted, so each namespace is one run.
inline void write_facts(MemberWriter& out, const Facts& facts) {
  out.begin("facts");
  std::string_view open;
  for (const auto& [fact, value] : facts) {
    const std::string_view key = fact.view();
    const std::size_t dot = key.find('.');
    const std::string_view space = dot == std::string_view::npos ? "" : key.substr(0, dot);
    if (space != open) {
      if (!open.empty()) out.end();
      if (!space.empty()) out.begin(space);
      open = space;
    }
    out.value(space.empty() ? key : key.substr(dot + 1), value);
  }
  if (!open.empty()) out.end();
  out.end();
}

inline void write_subagents(json::Writer& writer, const SessionDomain& session) {
  json::key(writer, "subagents");
  writer.StartArray();
  MemberWriter out(writer);
  for (const Subagent& subagent : session.subagents) {
    writer.StartObject();
    out.text("id", subagent.id);
    out.text_if("type", subagent.type);
    out.time("started_at", subagent.started_at);
    writer.EndObject();
  }
  writer.EndArray();
}

inline void write_attention(MemberWriter& out, const Attention& attention) {
  out.begin("attention");
  out.text("reason", attention.reason);
  out.time("since", attention.since);
  out.flag("confirmed", attention.confirmed);
  out.flag("acknowledged", attention.acknowledged);
  out.end();
}

inline void write_evidence(json::Writer& writer, const SessionDomain& session) {
  json::key(writer, "evidence");
  writer.StartArray();
  MemberWriter out(writer);
  for (const Evidence& evidence : session.evidence) {
    writer.StartObject();
    out.text("origin", evidence.origin);
    out.text("says", evidence.says);
    out.time("at", evidence.at);
    out.text("stance", stance_name(evidence.stance));
    writer.EndObject();
  }
  writer.EndArray();
}

}  // namespace detail

/// Appends the session object. Text in the session must be UTF-8.
inline void write_session(json::Writer& writer, const SessionDomain& session,
                          const SessionInfrastructure& infrastructure) {
  writer.StartObject();
  detail::MemberWriter out(writer);
  out.text("id", session.id.view());
  out.text("agent", session.agent);
  out.text("agent_type", session.agent_type.str());
  if (!session.model.id.empty() || !session.model.display_name.empty()) {
    out.begin("model");
    out.text("id", session.model.id);
    out.text("display_name", session.model.name());
    out.end();
  }
  detail::write_status(out, session);
  detail::write_context(out, session.context);
  if (!session.cost_source.empty()) {
    out.begin("cost");
    out.number("usd", session.cost.as_usd());
    out.number("usd_micros", session.cost.microdollars());
    out.text("source", session.cost_source);
    out.end();
  }
  out.begin("duration");
  out.number("total_ms", session.duration.total_ms);
  out.number("api_ms", session.duration.api_ms);
  out.end();
  out.begin("lines_changed");
  out.number("added", session.lines_changed.added);
  out.number("removed", session.lines_changed.removed);
  out.end();
  out.time("started_at", session.started_at);
  out.time("last_activity", session.last_activity);
  out.text_if("working_directory", session.working_directory);
  if (infrastructure.transcript_path) out.text("transcript_path", infrastructure.transcript_path->view());
  out.text_if("agent_version", session.agent_version);
  if (session.parent) out.text("parent", session.parent->view());
  detail::write_subagents(writer, session);
  if (session.attention) detail::write_attention(out, *session.attention);
  out.flag("finished", session.finished);
  detail::write_evidence(writer, session);
  detail::write_process(out, infrastructure);
  detail::write_processes(writer, infrastructure);
  detail::write_facts(out, session.facts);
  out.number("rev", session.rev);
  writer.EndObject();
}

}  // namespace atm::protocol
