// SPDX-License-Identifier: MIT
// Writes the session object of the wire protocol: typed data, never display text (docs/specs/protocol.md, section 5).
//
// Functions in `detail` write one member each; a comment shows its JSON, with `?` after a member that may be absent.
// Times are RFC 3339 in UTC. Texts must be UTF-8.
#pragma once

#include <atm/json.hpp>
#include <atm/protocol/session.hpp>
#include <optional>
#include <string_view>
#include <variant>

namespace atm::protocol {

namespace detail {

/// Writes members of the current object.
///
/// An unknown value is an absent member, never null or zero; the functions with `_if` implement this. They do not check
/// for duplicate names. One thread at a time.
class MemberWriter final {
 public:
  /// `writer` must outlive this object.
  explicit MemberWriter(json::Writer& writer) noexcept : writer_(writer) {}

  /// A text member.
  void text(std::string_view name, std::string_view value) { json::member(writer_, name, value); }
  /// A text member, absent if the text is empty.
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  /// A text member, absent if the value is.
  template <class OptionalText>
  requires requires(OptionalText value) { value.has_value(); }
  void text_if(std::string_view name, const OptionalText& value) {
    if (value) text(name, *value);
  }
  /// A time in RFC 3339.
  void time(std::string_view name, Timestamp value) { text(name, Rfc3339Text(value).view()); }
  /// A number. Integers keep their 64 bits.
  void number(std::string_view name, std::uint64_t value) {
    json::key(writer_, name);
    writer_.Uint64(value);
  }
  void number(std::string_view name, std::int64_t value) {
    json::key(writer_, name);
    writer_.Int64(value);
  }
  /// A number, absent if the value is.
  template <class Number>
  void number_if(std::string_view name, const std::optional<Number>& value) {
    if (value) number(name, *value);
  }
  void number(std::string_view name, double value) {
    json::key(writer_, name);
    writer_.Double(value);
  }
  void flag(std::string_view name, bool value) {
    json::key(writer_, name);
    writer_.Bool(value);
  }
  /// A fact's value: boolean, integer, double or text.
  void value(std::string_view name, const FactValue& fact) {
    if (const auto* b = std::get_if<bool>(&fact)) return flag(name, *b);
    if (const auto* i = std::get_if<std::int64_t>(&fact)) return number(name, *i);
    if (const auto* d = std::get_if<double>(&fact)) return number(name, *d);
    text(name, std::get<std::string>(fact));
  }
  /// Begins an object member; end() closes it.
  void begin(std::string_view name) {
    json::key(writer_, name);
    writer_.StartObject();
  }
  void end() { writer_.EndObject(); }

 private:
  /// Borrowed.
  json::Writer& writer_;
};

/// "detail": {word, args?: {NAME: value}}
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

/// "status": {
///   status,                       wire name of the kind
///   tool_name?, started_at?,      running_tool; tool_name also waiting_for_permission
///   reason?,                      waiting_for_input
///   kind?,                        error
///   tasks?,                       background
///   detail?, since, certain,
///   cause?: {type, origin?, seq}  absent before the first observation
/// }
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
  // No observation has set the status yet otherwise.
  if (!session.status_cause.type.empty()) {
    out.begin("cause");
    out.text("type", session.status_cause.type);
    out.text_if("origin", session.status_cause.origin);
    out.number("seq", session.status_cause.seq);
    out.end();
  }
  out.end();
}

/// "context": {
///   total_input_tokens?, total_output_tokens?, context_window_size?,
///   current_input_tokens?, current_output_tokens?, cache_creation_tokens?, cache_read_tokens?,
///   used_percentage?, source?
/// }
/// `source` is `agent` for the agent's own percentage and `computed` for one that follows from the counts.
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

/// {pid?, start_ticks?, tty?, tmux_pane?, tmux_socket?, terminal_program?, terminal_pane?, terminal_socket?, host?,
/// boot_id?, verified?, bound_by?, bound_at?}
///
/// A process that the daemon cannot see has {pid_ns, ns_pid?} instead of pid and start_ticks: a client must not mistake
/// the pid for one of its own namespace.
inline void write_place(MemberWriter& out, const ProcessPlace& place) {
  // The daemon cannot see this process.
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
  out.text_if("terminal_program", place.terminal_program);
  out.text_if("terminal_pane", place.terminal_pane);
  out.text_if("terminal_socket", place.terminal_socket);
  out.text_if("host", place.host);
  out.text_if("boot_id", place.boot_id);
  if (place.verified) out.flag("verified", true);
  out.text_if("bound_by", place.bound_by);
  if (place.bound_at) out.time("bound_at", *place.bound_at);
}

/// "process": the process whose state the session shows.
inline void write_process(MemberWriter& out, const SessionRuntime& runtime) {
  out.begin("process");
  write_place(out, runtime);
  out.end();
}

/// "processes"?: all processes, the shown one first; absent if there is only one.
inline void write_processes(json::Writer& writer, const SessionRuntime& runtime) {
  if (runtime.other_processes.empty()) return;
  MemberWriter out(writer);
  const auto write = [&](const ProcessPlace& place) {
    writer.StartObject();
    write_place(out, place);
    out.end();
  };
  json::key(writer, "processes");
  writer.StartArray();
  write(runtime);
  for (const ProcessPlace& other : runtime.other_processes) write(other);
  writer.EndArray();
}

/// Whether a fact is the state of an analyzer: the part of its key after a dot begins with an underscore
/// (`cost._last_micros`). Facts of the agent are never private.
[[nodiscard]] inline bool is_private_fact(std::string_view key) noexcept {
  return key.find("._") != std::string_view::npos && !key.starts_with("agent.");
}

/// "facts": {NAMESPACE: {NAME: value}, NAME: value}
///
/// The namespace is the part of the key before the first dot. Facts are sorted, so each namespace is contiguous. Private
/// facts are left out.
inline void write_facts(MemberWriter& out, const Facts& facts) {
  out.begin("facts");
  std::string_view open;
  for (const auto& [fact, value] : facts) {
    const std::string_view key = fact.view();
    if (is_private_fact(key)) continue;
    const std::size_t dot = key.find('.');
    const std::string_view space = dot == std::string_view::npos ? "" : key.substr(0, dot);
    // A new namespace begins; the open one is complete.
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

/// "mode": {permission?, sandbox?, effort?}
inline void write_mode(MemberWriter& out, const SessionMode& mode) {
  out.begin("mode");
  out.text_if("permission", mode.permission);
  out.text_if("sandbox", mode.sandbox);
  out.text_if("effort", mode.effort);
  out.end();
}

/// "subagents": [{id, type?, name?, parent?, started_at}]
inline void write_subagents(json::Writer& writer, const SessionDomain& session) {
  json::key(writer, "subagents");
  writer.StartArray();
  MemberWriter out(writer);
  for (const Subagent& subagent : session.subagents) {
    writer.StartObject();
    out.text("id", subagent.id);
    out.text_if("type", subagent.type);
    out.text_if("name", subagent.name);
    out.text_if("parent", subagent.parent);
    out.time("started_at", subagent.started_at);
    writer.EndObject();
  }
  writer.EndArray();
}

/// "attention": {reason, since, confirmed, acknowledged}
inline void write_attention(MemberWriter& out, const Attention& attention) {
  out.begin("attention");
  out.text("reason", attention.reason);
  out.time("since", attention.since);
  out.flag("confirmed", attention.confirmed);
  out.flag("acknowledged", attention.acknowledged);
  out.end();
}

/// "evidence": [{origin, says, at, stance}]
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

/// Writes the session object:
///
/// {
///   id, agent, agent_type, name?, model?: {id, display_name}, mode?: {permission?, sandbox?, effort?},
///   status, context, cost?: {usd, usd_micros, source},
///   duration: {total_ms, api_ms}, lines_changed: {added, removed},
///   started_at, last_activity, working_directory?, transcript_path?, agent_version?, parent?,
///   forked_from?,
///   subagents, attention?, finished, evidence, process, processes?, facts, rev
/// }
///
/// The registry calls it once for each revision and shares the text among all subscribers. read_session() reads it
/// back. [any]
inline void write_session(json::Writer& writer, const SessionDomain& session, const SessionRuntime& runtime) {
  writer.StartObject();
  detail::MemberWriter out(writer);
  out.text("id", session.id.view());
  out.text("agent", session.agent);
  out.text("agent_type", session.agent_type.str());
  out.text_if("name", session.name);
  // Unknown until the agent reports a model.
  if (!session.model.id.empty() || !session.model.display_name.empty()) {
    out.begin("model");
    out.text("id", session.model.id);
    // The name of the model table is preferred to the agent's.
    out.text("display_name", session.model.name());
    out.end();
  }
  if (session.mode != SessionMode()) detail::write_mode(out, session.mode);
  detail::write_status(out, session);
  detail::write_context(out, session.context);
  // Without a source the cost is unknown.
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
  if (runtime.transcript_path) out.text("transcript_path", runtime.transcript_path->view());
  out.text_if("agent_version", session.agent_version);
  if (session.parent) out.text("parent", session.parent->view());
  if (session.forked_from) out.text("forked_from", session.forked_from->view());
  detail::write_subagents(writer, session);
  if (session.attention) detail::write_attention(out, *session.attention);
  out.flag("finished", session.finished);
  detail::write_evidence(writer, session);
  detail::write_process(out, runtime);
  detail::write_processes(writer, runtime);
  detail::write_facts(out, session.facts);
  out.number("rev", session.rev);
  writer.EndObject();
}

}  // namespace atm::protocol
