// SPDX-License-Identifier: MIT
// Reads the session object that session_writer.hpp writes.
//
// A newer daemon may write more, and an older one less. Therefore:
//
//   - unknown members are ignored;
//   - a missing, null or ill-typed member stays unknown: it is not an error, and other members are still read;
//   - an unknown status is read as active, an unknown stance as silent;
//   - only `id` is required.
//
// Functions in `detail` read one member each from its parent object and store it in the session. The writer documents
// the forms. No function keeps a reference to the JSON document.
#pragma once

#include <atm/domain/error.hpp>
#include <atm/json.hpp>
#include <atm/protocol/session.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace atm::protocol {

namespace detail {

/// A whole number, 0 to 2^64 - 1; absent if missing, negative, a fraction, or a number written as text.
[[nodiscard]] inline std::optional<std::uint64_t> read_count(const json::Value& object,
                                                             std::string_view name) {
  const json::Value* value = json::find(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->IsUint64()) return value->GetUint64();
  const auto number = json::get_int(object, name);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}
/// A text of any length; absent if missing or of another type.
[[nodiscard]] inline std::optional<std::string> read_text(const json::Value& object, std::string_view name) {
  const auto text = json::get_string(object, name);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}
/// An RFC 3339 time; absent if missing, of another form, or outside the range of Timestamp.
[[nodiscard]] inline std::optional<Timestamp> read_time(const json::Value& object, std::string_view name) {
  const auto text = json::get_string(object, name);
  return text ? parse_rfc3339(*text) : std::nullopt;
}
/// A fact's value; absent for null, arrays and objects. A whole number beyond int64 becomes a double.
[[nodiscard]] inline std::optional<FactValue> read_fact(const json::Value& value) {
  if (value.IsBool()) return FactValue(value.GetBool());
  // Before IsNumber(): integers keep their 64 bits.
  if (value.IsInt64()) return FactValue(value.GetInt64());
  if (value.IsNumber()) return FactValue(value.GetDouble());
  if (value.IsString()) return FactValue(std::string(json::text_of(value)));
  return std::nullopt;
}

/// The `detail` of a status object: {word, args?}. Absent without a word; arguments of other types are left out.
[[nodiscard]] inline std::optional<StatusDetail> read_detail(const json::Value& status) {
  const json::Value* from = json::get_object(status, "detail");
  if (from == nullptr) return std::nullopt;
  StatusDetail detail{read_text(*from, "word").value_or(""), {}};
  if (detail.word.empty()) return std::nullopt;
  if (const json::Value* args = json::get_object(*from, "args")) {
    for (const auto& arg : args->GetObject()) {
      if (auto value = read_fact(arg.value))
        detail.args.set(std::string(json::text_of(arg.name)), *std::move(value));
    }
  }
  return detail;
}

/// The `status` object: kind with its data, detail, since, certain and cause.
///
/// Data that does not belong to the kind is dropped, so that the result equals what the registry had. A missing
/// `certain` is read as false, a missing `since` as 1970-01-01.
inline void read_status(const json::Value& from, SessionDomain& session) {
  const std::string text = read_text(from, "tool_name").value_or("");
  const auto kind = parse_status_kind(json::get_string(from, "status").value_or(""));
  // An unknown status of a newer daemon: only the existence of the session is known.
  switch (kind.value_or(StatusKind::kActive)) {
    case StatusKind::kRunningTool:
      session.status = SessionStatus::running_tool(text, read_time(from, "started_at"));
      break;
    case StatusKind::kWaitingForPermission:
      session.status = SessionStatus::waiting_for_permission(text);
      break;
    case StatusKind::kWaitingForInput:
      session.status = SessionStatus::waiting_for_input(read_text(from, "reason").value_or(""));
      break;
    case StatusKind::kBackground:
      session.status =
          SessionStatus::background(static_cast<std::uint32_t>(read_count(from, "tasks").value_or(0)));
      break;
    case StatusKind::kError:
      session.status = SessionStatus::error(read_text(from, "kind").value_or(""));
      break;
    default:
      // Kinds without data.
      session.status = SessionStatus::of(kind.value_or(StatusKind::kActive));
  }
  session.detail = read_detail(from);
  session.status_since = read_time(from, "since").value_or(Timestamp{});
  session.certain = json::get_bool(from, "certain").value_or(false);
  if (const json::Value* cause = json::get_object(from, "cause")) {
    session.status_cause = {read_text(*cause, "type").value_or(""), read_text(*cause, "origin").value_or(""),
                            read_count(*cause, "seq").value_or(0)};
  }
}

/// The `context` object: token counts, each absent if unknown.
inline void read_context(const json::Value& from, ContextUsage& usage) {
  usage.total_input_tokens = read_count(from, "total_input_tokens");
  usage.total_output_tokens = read_count(from, "total_output_tokens");
  usage.context_window_size = read_count(from, "context_window_size");
  usage.current_input_tokens = read_count(from, "current_input_tokens");
  usage.current_output_tokens = read_count(from, "current_output_tokens");
  usage.cache_creation_tokens = read_count(from, "cache_creation_tokens");
  usage.cache_read_tokens = read_count(from, "cache_read_tokens");
  // A computed percentage follows from the counts; only the agent's own is information.
  if (json::get_string(from, "source") != "computed")
    usage.used_percentage = json::get_double(from, "used_percentage");
}

/// The `facts` object. Namespaces are flattened to dotted keys; a value outside a namespace keeps its name as key.
inline void read_facts(const json::Value& from, Facts& facts) {
  std::size_t count = 0;
  for (const auto& space : from.GetObject()) count += space.value.IsObject() ? space.value.MemberCount() : 1;
  facts.reserve(count);
  for (const auto& space : from.GetObject()) {
    const std::string name(json::text_of(space.name));
    // A key without a dot.
    if (!space.value.IsObject()) {
      if (auto value = read_fact(space.value)) facts.set(name, std::move(*value));
      continue;
    }
    for (const auto& fact : space.value.GetObject()) {
      if (auto value = read_fact(fact.value)) {
        facts.set(name + '.' + std::string(json::text_of(fact.name)), std::move(*value));
      }
    }
  }
}

/// The `subagents` array. A missing start time is read as 1970-01-01.
inline void read_subagents(const json::Value& from, SessionDomain& session) {
  session.subagents.reserve(from.Size());
  for (const json::Value& subagent : from.GetArray()) {
    session.subagents.push_back(
        {read_text(subagent, "id").value_or(""), read_text(subagent, "type").value_or(""),
         read_time(subagent, "started_at").value_or(Timestamp{}), read_text(subagent, "parent").value_or(""),
         read_text(subagent, "name").value_or("")});
  }
}

/// A process object. With `pid_ns`, `ns_pid` is its pid; without it, `pid` is.
inline void read_place(const json::Value& from, ProcessPlace& place) {
  place.pid_ns = read_count(from, "pid_ns");
  place.pid = json::get_int(from, place.pid_ns ? "ns_pid" : "pid");
  place.process_start_ticks = read_count(from, "start_ticks");
  place.tty = read_text(from, "tty");
  place.tmux_pane = read_text(from, "tmux_pane");
  place.socket_path = read_text(from, "tmux_socket");
  place.terminal_program = read_text(from, "terminal_program");
  place.terminal_pane = read_text(from, "terminal_pane");
  place.terminal_socket = read_text(from, "terminal_socket");
  // The hostname, under its wire name.
  place.host = read_text(from, "host");
  place.boot_id = read_text(from, "boot_id");
  place.verified = json::get_bool(from, "verified").value_or(false);
  place.bound_by = read_text(from, "bound_by");
  place.bound_at = read_time(from, "bound_at");
}

/// The `processes` array: the first entry is the shown process, which `process` holds, too.
inline void read_processes(const json::Value& from, SessionRuntime& runtime) {
  // Entry 0 repeats `process`.
  for (rapidjson::SizeType i = 1; i < from.Size(); ++i)
    read_place(from[i], runtime.other_processes.emplace_back());
}

/// The `evidence` array; an unknown stance is read as silent.
inline void read_evidence(const json::Value& from, SessionDomain& session) {
  session.evidence.reserve(from.Size());
  for (const json::Value& evidence : from.GetArray()) {
    session.evidence.push_back(
        {read_text(evidence, "origin").value_or(""), read_text(evidence, "says").value_or(""),
         read_time(evidence, "at").value_or(Timestamp{}),
         parse_stance(json::get_string(evidence, "stance").value_or("")).value_or(Stance::kSilent)});
  }
}

/// The attention state.
[[nodiscard]] inline Attention read_attention(const json::Value& from) {
  return {read_text(from, "reason").value_or(""), read_time(from, "since").value_or(Timestamp{}),
          json::get_bool(from, "acknowledged").value_or(false),
          // A daemon of protocol 1.0 omits it: it announces attention at once.
          json::get_bool(from, "confirmed").value_or(true)};
}

/// Members that are figures: cost, duration, lines_changed, started_at, last_activity and rev.
///
/// A cost without a source gets the source `unknown`, so that it still counts as known. A missing last_activity is read
/// as started_at.
inline void read_numbers(const json::Value& from, SessionDomain& session) {
  if (const json::Value* cost = json::get_object(from, "cost")) {
    // The exact amount; `usd` is for display.
    session.cost = Money::from_microdollars(json::get_int(*cost, "usd_micros").value_or(0));
    session.cost_source = read_text(*cost, "source").value_or("unknown");
  }
  if (const json::Value* duration = json::get_object(from, "duration")) {
    session.duration = {read_count(*duration, "total_ms").value_or(0),
                        read_count(*duration, "api_ms").value_or(0)};
  }
  if (const json::Value* lines = json::get_object(from, "lines_changed")) {
    session.lines_changed = {read_count(*lines, "added").value_or(0),
                             read_count(*lines, "removed").value_or(0)};
  }
  session.started_at = read_time(from, "started_at").value_or(Timestamp{});
  session.last_activity = read_time(from, "last_activity").value_or(session.started_at);
  session.rev = read_count(from, "rev").value_or(0);
}

}  // namespace detail

/// Reads a session object. kParseError: it is not an object, or has no `id` of 1 to 256 bytes. The result owns all its
/// texts. [any]
[[nodiscard]] inline Result<Session> read_session(const json::Value& from) {
  // The id is the key of every copy: without it the object is useless.
  auto id = SessionId::parse(json::get_string(from, "id").value_or(""));
  if (!id) return Error::parse_error("session", "no id of 1 to 256 bytes");
  Session session{SessionDomain{std::move(*id)}};
  SessionDomain& domain = session.domain;
  domain.agent = detail::read_text(from, "agent").value_or("");
  // An unknown role is kept as text.
  domain.agent_type = AgentType::parse(json::get_string(from, "agent_type").value_or(""));
  if (const json::Value* model = json::get_object(from, "model")) {
    // The display name is the daemon's choice; the id is verbatim.
    domain.model = {detail::read_text(*model, "id").value_or(""),
                    detail::read_text(*model, "display_name").value_or("")};
  }
  domain.name = detail::read_text(from, "name").value_or("");
  if (const json::Value* mode = json::get_object(from, "mode")) {
    domain.mode = {detail::read_text(*mode, "permission").value_or(""),
                   detail::read_text(*mode, "sandbox").value_or(""),
                   detail::read_text(*mode, "effort").value_or("")};
  }
  if (const json::Value* status = json::get_object(from, "status")) detail::read_status(*status, domain);
  if (const json::Value* context = json::get_object(from, "context"))
    detail::read_context(*context, domain.context);
  detail::read_numbers(from, domain);
  domain.working_directory = detail::read_text(from, "working_directory");
  if (auto path = detail::read_text(from, "transcript_path"))
    session.runtime.transcript_path.emplace(std::move(*path));
  domain.agent_version = detail::read_text(from, "agent_version");
  // An empty or invalid id is no parent.
  domain.parent = SessionId::parse(json::get_string(from, "parent").value_or(""));
  domain.forked_from = SessionId::parse(json::get_string(from, "forked_from").value_or(""));
  if (const json::Value* subagents = json::get_array(from, "subagents"))
    detail::read_subagents(*subagents, domain);
  if (const json::Value* attention = json::get_object(from, "attention")) {
    domain.attention = detail::read_attention(*attention);
  }
  domain.finished = json::get_bool(from, "finished").value_or(false);
  if (const json::Value* evidence = json::get_array(from, "evidence"))
    detail::read_evidence(*evidence, domain);
  // The process whose state the session shows.
  if (const json::Value* process = json::get_object(from, "process")) {
    detail::read_place(*process, session.runtime);
  }
  if (const json::Value* processes = json::get_array(from, "processes"))
    detail::read_processes(*processes, session.runtime);
  if (const json::Value* facts = json::get_object(from, "facts")) detail::read_facts(*facts, domain.facts);
  return session;
}

}  // namespace atm::protocol
