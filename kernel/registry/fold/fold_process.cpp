// SPDX-License-Identifier: MIT
// The process and terminal of a session. One process may hold several sessions, and a session may change its process.
#include <algorithm>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel {
namespace rules {

std::optional<std::uint64_t> pid_ns_in(const Observation& observation) noexcept {
  const auto reported = observation.integer(Key::kPidNs);
  return reported ? std::optional(static_cast<std::uint64_t>(std::max<std::int64_t>(*reported, 0)))
                  : std::nullopt;
}

bool is_other_namespace(std::optional<std::uint64_t> known, std::optional<std::uint64_t> reported) noexcept {
  return known.value_or(0) != 0 && reported.value_or(0) != 0 && *known != *reported;
}

namespace {

bool is_other_process(const SessionRuntime& where, std::int64_t pid, std::optional<std::int64_t> ticks,
                      std::optional<std::uint64_t> pid_ns) {
  if (!where.pid) return false;
  if (*where.pid != pid || is_other_namespace(where.pid_ns, pid_ns)) return true;
  return ticks && where.process_start_ticks &&
         *where.process_start_ticks != static_cast<std::uint64_t>(*ticks);
}

void forget_terminal(SessionRuntime& where) {
  where.tty.reset();
  where.tmux_pane.reset();
  where.socket_path.reset();
  where.terminal_program.reset();
  where.terminal_pane.reset();
  where.terminal_socket.reset();
}

void forget_process(SessionRuntime& where) {
  where.verified = false;
  where.is_server = false;
  where.pid.reset();
  where.pid_ns.reset();
  where.process_start_ticks.reset();
  where.boot_id.reset();
  where.bound_by.reset();
  where.bound_at.reset();
  where.host.reset();
  forget_terminal(where);
}

}  // namespace

bool is_of_ui(const Observation& bound) noexcept {
  return bound.text(Key::kRole) == "ui";
}

void process_bound(Step& step) {
  describe(step);
  SessionRuntime& where = step.state.runtime;
  const Observation& observation = step.observation;
  const auto pid = observation.integer(Key::kPid);
  auto ticks = observation.integer(Key::kStartTicks);
  if (ticks && *ticks < 0) ticks.reset();
  const auto pid_ns = pid_ns_in(observation);
  if (pid && *pid > 0 && !is_of_ui(observation)) {
    // The terminal belongs to the previous process.
    if (is_other_process(where, *pid, ticks, pid_ns)) {
      // The session ended in its process and continues in another one (STATE-I2).
      static_cast<void>(reopen(step));
      forget_process(where);
      step.fold_state().level = {};
      step.fold_state().sole = false;
      step.fold_state().stopped = false;
    }
    if (!where.pid) {
      assign(where.bound_by, observation.origin());
      where.bound_at = step.at;
    }
    where.pid = *pid;
    if (pid_ns && where.pid_ns.value_or(0) == 0) where.pid_ns = pid_ns;
    if (observation.flag(Key::kSole)) step.fold_state().sole = true;
    if (ticks) where.process_start_ticks = static_cast<std::uint64_t>(*ticks);
  }
  const auto take = [&observation](Key key, auto& to, std::size_t max_bytes) {
    if (const std::string_view text = observation.text(key); !text.empty()) assign(to, text, max_bytes);
  };
  take(Key::kBootId, where.boot_id, kMaxWordBytes);
  take(Key::kHost, where.host, kMaxWordBytes);
  // The terminal in which a server was started shows none of its sessions; the hooks of the server name that terminal.
  const bool is_new_server =
      observation.text(Key::kRole) == "server" && !std::exchange(where.is_server, true);
  if (is_new_server || is_of_ui(observation)) forget_terminal(where);
  if (where.is_server && !is_of_ui(observation)) return;
  take(Key::kTty, where.tty, kMaxWordBytes);
  take(Key::kTmuxPane, where.tmux_pane, kMaxWordBytes);
  take(Key::kTmuxSocket, where.socket_path, kMaxPathBytes);
  take(Key::kTerminalProgram, where.terminal_program, kMaxWordBytes);
  take(Key::kTerminalPane, where.terminal_pane, kMaxWordBytes);
  take(Key::kTerminalSocket, where.terminal_socket, kMaxPathBytes);
}

void process_exited(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (fold_state.ended || !runs_in(step.state.runtime, step.observation)) return;
  if (!step.state.others.empty()) return leave_process(step.state);
  close_for_good(step.state, "process_exited");
  step.change.ended = true;
}

namespace {

/// The session's place in the process that a binding names.
const ProcessPlace& place_of(const SessionState& state, const Observation& bound) noexcept {
  const auto process = process_in(bound);
  for (const ProcessPlace& other : state.runtime.other_processes) {
    if (process && is_in(other, *process)) return other;
  }
  return state.runtime;
}

}  // namespace

bool is_known_binding(const SessionState& state, const Observation& bound) noexcept {
  if (bound.type() != ObservationType::kProcessBound || state.fold_state.ended || state.fold_state.stale)
    return false;
  if (bound.find(Key::kRole) != nullptr) return false;
  const ProcessPlace& where = place_of(state, bound);
  const auto pid = bound.integer(Key::kPid);
  const auto ticks = bound.integer(Key::kStartTicks);
  if (!pid || where.pid != *pid || state.domain.agent != bound.agent()) return false;
  if (ticks && (*ticks < 0 || where.process_start_ticks != static_cast<std::uint64_t>(*ticks))) return false;
  std::uint64_t reported = ticks ? 2 : 1;
  if (const auto pid_ns = pid_ns_in(bound)) {
    if (where.pid_ns != pid_ns) return false;
    ++reported;
  }
  if (bound.find(Key::kSole) != nullptr) {
    if (bound.flag(Key::kSole) && !state.fold_state.sole) return false;
    ++reported;
  }
  const auto is_known = [&bound, &reported](Key key, const auto& known) {
    const std::string_view text = bound.text(key);
    if (!text.empty()) ++reported;
    return text.empty() || (known && *known == text);
  };
  // The terminal of a server means nothing.
  const auto is_same_terminal = [&](Key key, const auto& known) {
    return is_known(key, known) || where.is_server;
  };
  return is_known(Key::kBootId, where.boot_id) && is_known(Key::kHost, where.host) &&
         is_same_terminal(Key::kTty, where.tty) && is_same_terminal(Key::kTmuxPane, where.tmux_pane) &&
         is_same_terminal(Key::kTmuxSocket, where.socket_path) &&
         is_same_terminal(Key::kTerminalProgram, where.terminal_program) &&
         is_same_terminal(Key::kTerminalPane, where.terminal_pane) &&
         is_same_terminal(Key::kTerminalSocket, where.terminal_socket) && reported == bound.view().attr_count;
}

}  // namespace rules

bool runs_in(const SessionRuntime& where, const Observation& exited) noexcept {
  const auto pid = exited.integer(Key::kPid);
  if (!pid || !where.pid || *pid != *where.pid) return false;
  const auto pid_ns = rules::pid_ns_in(exited);
  // Sources that watch processes see only the daemon's own namespace.
  if (where.pid_ns && !pid_ns && exited.type() == ObservationType::kProcessExited) return false;
  if (rules::is_other_namespace(where.pid_ns, pid_ns)) return false;
  const auto ticks = exited.integer(Key::kStartTicks);
  return !ticks || !where.process_start_ticks ||
         static_cast<std::uint64_t>(*ticks) == *where.process_start_ticks;
}

void inherit(SessionState& to, const SessionState& from) {
  if (to.domain.agent.empty()) to.domain.agent = from.domain.agent;
  if (!to.domain.working_directory) to.domain.working_directory = from.domain.working_directory;
  if (!to.domain.agent_version) to.domain.agent_version = from.domain.agent_version;
  if (to.runtime.pid) return;
  const SessionRuntime& old = from.runtime;
  to.runtime.pid = old.pid;
  to.runtime.pid_ns = old.pid_ns;
  to.runtime.process_start_ticks = old.process_start_ticks;
  to.runtime.boot_id = old.boot_id;
  to.runtime.bound_by = old.bound_by;
  to.runtime.bound_at = old.bound_at;
  to.runtime.is_server = old.is_server;
  to.runtime.host = old.host;
  to.runtime.tty = old.tty;
  to.runtime.tmux_pane = old.tmux_pane;
  to.runtime.socket_path = old.socket_path;
  to.runtime.terminal_program = old.terminal_program;
  to.runtime.terminal_pane = old.terminal_pane;
  to.runtime.terminal_socket = old.terminal_socket;
}

}  // namespace atm::kernel
