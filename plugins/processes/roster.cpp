// SPDX-License-Identifier: MIT
#include "roster.hpp"

#include <utility>

namespace processes {

void Roster::begin_snapshot() {
  ++snapshot_;
}

void Roster::end_snapshot() {
  for (auto it = places_.begin(); it != places_.end();) {
    it = it->second.snapshot == snapshot_ ? std::next(it) : remove(it);
  }
}

void Roster::set(std::string_view session, std::optional<ProcessId> process) {
  const auto it = places_.find(session);
  if (it != places_.end()) {
    if (process == it->second.process) {
      it->second.snapshot = snapshot_;
      return;
    }
    remove(it);
  }
  if (!process) return;
  places_.emplace(session, Place{*process, snapshot_});
  Sessions& sessions = by_process_[*process];
  if (sessions.empty()) changed_.insert(*process);
  sessions.emplace(session);
}

Roster::Sessions Roster::take(const ProcessId& process) {
  auto node = by_process_.extract(process);
  if (!node) return {};
  for (const std::string& session : node.mapped()) places_.erase(session);
  return std::move(node.mapped());
}

std::set<ProcessId> Roster::changed() {
  return std::exchange(changed_, {});
}

Roster::Places::iterator Roster::remove(Places::iterator place) {
  const auto it = by_process_.find(place->second.process);
  it->second.erase(place->first);
  if (it->second.empty()) {
    changed_.insert(it->first);
    by_process_.erase(it);
  }
  return places_.erase(place);
}

}  // namespace processes
