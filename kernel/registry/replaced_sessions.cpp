// SPDX-License-Identifier: MIT
#include "kernel/registry/replaced_sessions.hpp"

#include <algorithm>
#include <utility>

#include "kernel/registry/fold/fold.hpp"

namespace atm::kernel {

namespace {

/// The terminal belongs to the previous process.
void move_to(SessionRuntime& where, const Observation& bound) {
  const auto pid = bound.integer(Key::kPid);
  const auto ticks = bound.integer(Key::kStartTicks);
  if (!pid || !ticks || runs_in(where, bound)) return;
  SessionRuntime there;
  there.transcript_path = std::move(where.transcript_path);
  there.pid = *pid;
  there.process_start_ticks = static_cast<std::uint64_t>(*ticks);
  const auto take = [&bound](Key key, auto& to) {
    if (const std::string_view text = bound.text(key); !text.empty()) to.emplace(text);
  };
  take(Key::kBootId, there.boot_id);
  take(Key::kHost, there.host);
  take(Key::kTty, there.tty);
  take(Key::kTmuxPane, there.tmux_pane);
  take(Key::kTmuxSocket, there.socket_path);
  take(Key::kTerminalProgram, there.terminal_program);
  take(Key::kTerminalPane, there.terminal_pane);
  take(Key::kTerminalSocket, there.terminal_socket);
  where = std::move(there);
}

}  // namespace

ReplacedSessions::Entry* ReplacedSessions::find(std::string_view id) {
  const auto at =
      std::find_if(list_.begin(), list_.end(), [id](const Entry& entry) { return entry.id == id; });
  return at == list_.end() ? nullptr : &*at;
}

void ReplacedSessions::add(std::string_view id, const SessionRuntime& where, Timestamp at,
                           std::int64_t now_ns) {
  static_cast<void>(restore(id));
  if (list_.size() == kMost) list_.pop_front();
  Entry& entry = list_.emplace_back();
  entry.id = id;
  entry.where = where;
  entry.where.recent_tools = {};
  entry.where.update_count = 0;
  entry.where.hook_event_count = 0;
  entry.at = at;
  entry.since_ns = now_ns;
}

bool ReplacedSessions::is_late_arrival(const Observation& observation, std::int64_t now_ns) {
  while (!list_.empty() && now_ns - list_.front().since_ns > remember_ns_) list_.pop_front();
  Entry* entry = find(observation.session());
  if (entry == nullptr || begins(observation)) return false;
  // A level that began after the replacement describes the current session.
  const bool is_level = observation.type() == ObservationType::kStateReported;
  if (is_level && observation.time_ns() > entry->at.time_since_epoch().count()) return false;
  if (observation.type() == ObservationType::kProcessBound) move_to(entry->where, observation);
  return true;
}

std::optional<SessionRuntime> ReplacedSessions::restore(std::string_view id) {
  Entry* entry = find(id);
  if (entry == nullptr) return std::nullopt;
  SessionRuntime where = std::move(entry->where);
  std::erase_if(list_, [id](const Entry& known) { return known.id == id; });
  return where;
}

}  // namespace atm::kernel
