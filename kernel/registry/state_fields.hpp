// SPDX-License-Identifier: MIT
// The members of a session's state with their tags in a checkpoint. A tag never changes its meaning; a removed member
// leaves its tag unused. What must not be stored has no tag: details of levels, names of sessions and subagents, facts of the agent, unknown types.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "kernel/model/session_state.hpp"
#include "kernel/registry/state_encoding.hpp"
#include "kernel/registry/stored_fields.hpp"

namespace atm {

[[nodiscard]] constexpr Stance last_of(Stance) noexcept {
  return Stance::kDisagrees;
}

}  // namespace atm

namespace atm::kernel {

[[nodiscard]] constexpr LevelState last_of(LevelState) noexcept {
  return LevelState::kDialog;
}
[[nodiscard]] constexpr Turn last_of(Turn) noexcept {
  return Turn::kFailed;
}
[[nodiscard]] constexpr Basis last_of(Basis) noexcept {
  return Basis::kEdge;
}

// FieldWriter passes const references and FieldReader others; `Ref` is the one of the two.
template <class Access, class T>
using Ref = typename Access::template Ref<T>;

struct StoredFact {
  std::string key;
  std::optional<bool> flag;
  std::optional<std::int64_t> integer;
  std::optional<double> number;
  std::optional<std::string> text;
};

template <class A>
void fields(A& a, Ref<A, StoredFact> x) {
  a(1, x.key);
  a(2, x.flag);
  a(3, x.integer);
  a(4, x.number);
  a(5, x.text);
}

inline std::vector<StoredFact> stored_facts(const Facts& facts) {
  std::vector<StoredFact> all;
  for (const Facts::Entry& fact : facts) {
    if (!is_stored(fact.key.view(), fact.value)) continue;
    StoredFact one{std::string(fact.key.view()), {}, {}, {}, {}};
    if (const auto* flag = std::get_if<bool>(&fact.value)) one.flag = *flag;
    if (const auto* integer = std::get_if<std::int64_t>(&fact.value)) one.integer = *integer;
    if (const auto* number = std::get_if<double>(&fact.value)) one.number = *number;
    if (const auto* text = std::get_if<std::string>(&fact.value)) one.text = *text;
    all.push_back(std::move(one));
  }
  return all;
}

inline void restore_facts(Facts& facts, std::vector<StoredFact> all) {
  for (StoredFact& one : all) {
    if (one.key.empty()) continue;
    if (one.flag) facts.set(one.key, *one.flag);
    if (one.integer) facts.set(one.key, *one.integer);
    if (one.number) facts.set(one.key, *one.number);
    if (one.text) facts.set(one.key, std::move(*one.text));
  }
}

/// A name or path class as optional text.
template <class A, class Name>
void optional_name(A& a, std::uint32_t tag, Name& name) {
  a.via(
      tag, [&] { return name ? std::optional(std::string(name->view())) : std::nullopt; },
      [&](std::optional<std::string> text) {
        if constexpr (!std::is_const_v<Name>) {
          if (text) name.emplace(std::move(*text));
        }
      });
}

template <class A>
void fields(A& a, Ref<A, ToolUsageRecord> x) {
  a(1, x.tool);
  optional_name(a, 2, x.tool_use_id);
  a(3, x.time);
  a(4, x.duration_ms);
  a(5, x.is_error);
  a(6, x.exit_code);
  a(7, x.amended);
}

template <class A>
void fields(A& a, Ref<A, ProcessPlace> x) {
  a(1, x.pid);
  a(2, x.process_start_ticks);
  a(3, x.pid_ns);
  a(4, x.boot_id);
  a(5, x.bound_by);
  a(6, x.bound_at);
  a(7, x.verified);
  a(8, x.host);
  a(9, x.tty);
  a(10, x.tmux_pane);
  a(11, x.socket_path);
  a(12, x.terminal_program);
  a(13, x.terminal_pane);
  a(14, x.terminal_socket);
  a(15, x.is_server);
}

template <class A>
void fields(A& a, Ref<A, SessionRuntime> x) {
  a(1, static_cast<Ref<A, ProcessPlace>>(x));
  a(2, x.other_processes);
  optional_name(a, 3, x.transcript_path);
  a.via(
      4,
      [&] {
        std::vector<ToolUsageRecord> tools;
        for (std::size_t i = 0; i < x.recent_tools.size(); ++i) tools.push_back(x.recent_tools[i]);
        return tools;
      },
      [&](std::vector<ToolUsageRecord> tools) {
        if constexpr (!std::is_same_v<A, FieldWriter>) {
          for (ToolUsageRecord& tool : tools) x.recent_tools.push(std::move(tool));
        }
      });
  a(5, x.update_count);
  a(6, x.hook_event_count);
}

template <class A>
void fields(A& a, Ref<A, OpenTool> x) {
  a(1, x.actor);
  a(2, x.id);
  a(3, x.name);
  a(4, x.started_at);
  a(5, x.nests);
}

template <class A>
void fields(A& a, Ref<A, AttentionState> x) {
  a(1, x.number);
  a(2, x.since);
  a(3, x.asked_ns);
  a(4, x.confirmed);
  a(5, x.acknowledged);
}

template <class A>
void fields(A& a, Ref<A, OpenWait> x) {
  a(1, x.actor);
  a(2, x.id);
  a(3, x.tool_use_id);
  a(4, x.reason);
  a(5, x.tool);
  a(6, x.since);
  a(7, x.asked_at);
  a(8, x.count);
  a(9, x.from_level);
  a(10, x.from_dialog);
  a(11, x.attention);
  a(12, x.kind);
  a(13, x.of_child);
}

template <class A>
void fields(A& a, Ref<A, ShownAttention> x) {
  a(1, x.attention);
  a(2, x.reason);
  a(3, x.detail);
  a(4, x.announced);
  a.via(
      5, [&] { return !x.over; },
      [&](bool is_shown) {
        if constexpr (!std::is_same_v<A, FieldWriter>) x.over = !is_shown;
      });
  a(6, x.answered);
  a(7, x.over_ns);
}

template <class A>
void fields(A& a, Ref<A, FailedRequest> x) {
  a(1, x.error_kind);
  a(2, x.attempt);
  a(3, x.next_at);
  a(4, x.at);
}

template <class A>
void fields(A& a, Ref<A, Level> x) {
  a(1, x.state);
  a(2, x.reason);
  a(3, x.since);
  a(4, x.origin);
}

template <class A>
void fields(A& a, Ref<A, LastHeard> x) {
  a.via(
      1, [&] { return std::string(observation_type_name(x.type)); },
      [&](const std::string& name) {
        if constexpr (!std::is_same_v<A, FieldWriter>) x.type = observation_type(name);
      });
  a.via(
      2, [&] { return !x.main; },
      [&](bool is_aside) {
        if constexpr (!std::is_same_v<A, FieldWriter>) x.main = !is_aside;
      });
}

template <class A>
void fields(A& a, Ref<A, Activity> x) {
  a(1, x.turn);
  a(2, x.basis);
  a(3, x.compacting);
  a(4, x.has_edges);
  a(5, x.rested);
  a(6, x.given_up);
  a(7, x.finish_pending);
  a(8, x.has_records);
  a(9, x.reports_interruptions);
  a(10, x.doubted);
  a(11, x.unblocked);
  a(12, x.stopped);
  a(13, x.sole);
  a(14, x.counts_tasks);
  a(15, x.started_tasks);
  a(16, x.background_tasks);
  a(17, x.edge_ns);
  a(18, x.edge_at);
  a(19, x.turn_opened_at);
  a(20, x.turn_closed_at);
  a(21, x.compacting_at);
  a(22, x.answered_at);
  a(23, x.prompt_id);
  a(24, x.error_kind);
  a(25, x.level);
  a(26, x.error);
  a(27, x.tools);
  a(28, x.waits);
  a(29, x.abort_reason);
  a(30, x.failed_request);
}

template <class A>
void fields(A& a, Ref<A, FoldState> x) {
  a(1, static_cast<Ref<A, Activity>>(x));
  a(2, x.registered);
  a(3, x.stale);
  a(4, x.ended);
  a.via(
      5, [&] { return !x.only_bound; },
      [&](bool is_more) {
        if constexpr (!std::is_same_v<A, FieldWriter>) x.only_bound = !is_more;
      });
  a(6, x.attention_count);
  a(7, x.prompts);
  a(8, x.newest_ns);
  a(9, x.end_reason);
  a(10, x.shown);
  a(11, x.heard);
}

template <class A>
void fields(A& a, Ref<A, Subagent> x) {
  a(1, x.id);
  a(2, x.type);
  a(3, x.started_at);
  a(4, x.parent);
}

template <class A>
void fields(A& a, Ref<A, OtherProcess> x) {
  a(1, x.activity);
  a(2, x.finished);
  a(3, x.subagents);
}

template <class A>
void fields(A& a, Ref<A, StatusCause> x) {
  a.via(
      1, [&] { return std::string(stored_type(x.type, x.origin)); },
      [&](const std::string& type) {
        if constexpr (!std::is_same_v<A, FieldWriter>) x.type = type;
      });
  a(2, x.origin);
  a(3, x.seq);
}

template <class A>
void fields(A& a, Ref<A, Evidence> x) {
  a(1, x.origin);
  a.via(
      2, [&] { return std::string(stored_type(x.says, x.origin)); },
      [&](const std::string& says) {
        if constexpr (!std::is_same_v<A, FieldWriter>) x.says = says;
      });
  a(3, x.at);
  a(4, x.stance);
}

template <class A>
void fields(A& a, Ref<A, ContextUsage> x) {
  a(1, x.total_input_tokens);
  a(2, x.total_output_tokens);
  a(3, x.context_window_size);
  a(4, x.current_input_tokens);
  a(5, x.current_output_tokens);
  a(6, x.cache_creation_tokens);
  a(7, x.cache_read_tokens);
  a(8, x.used_percentage);
}

template <class A>
void fields(A& a, Ref<A, Attention> x) {
  a(1, x.reason);
  a(2, x.since);
  a(3, x.acknowledged);
  a(4, x.confirmed);
}

/// SessionStatus as plain members.
struct StoredStatus {
  std::string name;
  std::string text;
  std::optional<Timestamp> tool_started_at;
  std::uint32_t tasks = 0;
};

template <class A>
void fields(A& a, Ref<A, StoredStatus> x) {
  a(1, x.name);
  a(2, x.text);
  a(3, x.tool_started_at);
  a(4, x.tasks);
}

inline StoredStatus stored_status(const SessionStatus& status) {
  StoredStatus stored{std::string(status.name()), {}, status.tool_started_at(), status.background_tasks()};
  for (const auto& text : {status.tool_name(), status.reason(), status.error_kind()}) {
    if (text) stored.text = *text;
  }
  return stored;
}

inline SessionStatus status_from(StoredStatus stored) {
  const StatusKind kind = parse_status_kind(stored.name).value_or(StatusKind::kActive);
  switch (kind) {
    case StatusKind::kRunningTool:
      return SessionStatus::running_tool(std::move(stored.text), stored.tool_started_at);
    case StatusKind::kWaitingForPermission:
      return SessionStatus::waiting_for_permission(std::move(stored.text));
    case StatusKind::kWaitingForInput:
      return SessionStatus::waiting_for_input(std::move(stored.text));
    case StatusKind::kError:
      return SessionStatus::error(std::move(stored.text));
    case StatusKind::kBackground:
      return SessionStatus::background(stored.tasks);
    default:
      return SessionStatus::of(kind);
  }
}

// The id is a field of the entry: a session cannot exist without it.
template <class A>
void fields(A& a, Ref<A, SessionDomain> x) {
  constexpr bool kReads = !std::is_same_v<A, FieldWriter>;
  a(1, x.agent);
  a.via(
      2, [&] { return x.agent_type.str(); },
      [&](const std::string& text) {
        if constexpr (kReads) x.agent_type = AgentType::parse(text);
      });
  a(3, x.model.id);
  a(4, x.model.display_name);
  a.via(
      5, [&] { return stored_status(x.status); },
      [&](StoredStatus stored) {
        if constexpr (kReads) x.status = status_from(std::move(stored));
      });
  a(6, x.status_since);
  a(7, x.status_cause);
  a(8, x.certain);
  a(9, x.evidence);
  a(10, x.context);
  a.via(
      11, [&] { return x.cost.microdollars(); },
      [&](std::int64_t micros) {
        if constexpr (kReads) x.cost = Money::from_microdollars(micros);
      });
  a(12, x.cost_source);
  a(13, x.duration.total_ms);
  a(14, x.duration.api_ms);
  a(15, x.lines_changed.added);
  a(16, x.lines_changed.removed);
  a(17, x.started_at);
  a(18, x.last_activity);
  a(19, x.working_directory);
  a(20, x.agent_version);
  a.via(
      21, [&] { return x.parent ? std::optional(x.parent->str()) : std::nullopt; },
      [&](const std::optional<std::string>& text) {
        if constexpr (kReads) x.parent = text ? SessionId::parse(*text) : std::nullopt;
      });
  a(22, x.subagents);
  a(23, x.attention);
  a.via(
      24, [&] { return stored_facts(x.facts); },
      [&](std::vector<StoredFact> facts) {
        if constexpr (kReads) restore_facts(x.facts, std::move(facts));
      });
  a(25, x.finished);
  a(26, x.rev);
  a(27, x.mode.permission);
  a(28, x.mode.sandbox);
  a(29, x.mode.effort);
  a.via(
      30, [&] { return x.forked_from ? std::optional(x.forked_from->str()) : std::nullopt; },
      [&](const std::optional<std::string>& text) {
        if constexpr (kReads) x.forked_from = text ? SessionId::parse(*text) : std::nullopt;
      });
}

template <class A>
void fields(A& a, Ref<A, SessionState> x) {
  a(1, x.domain);
  a(2, x.runtime);
  a(3, x.fold_state);
  a(4, x.others);
}

}  // namespace atm::kernel
