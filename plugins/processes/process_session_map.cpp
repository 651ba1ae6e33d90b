// SPDX-License-Identifier: MIT
#include "process_session_map.hpp"

#include <string>
#include <utility>
#include <vector>

namespace processes {

void ProcessSessionMap::begin_snapshot() {
  ++snapshot_;
}

void ProcessSessionMap::end_snapshot() {
  std::vector<std::string> missing;
  for (const auto& [session, place] : places_) {
    if (place.snapshot != snapshot_) missing.push_back(session);
  }
  for (const std::string& session : missing) set(session, {});
}

void ProcessSessionMap::set(std::string_view session, const Processes& processes) {
  if (const auto known = places_.find(session); known != places_.end()) {
    const Processes before = known->second.processes;
    for (const ProcessId& process : before) {
      if (processes.count(process) == 0) leave(known->first, process);
    }
    if (processes.empty()) places_.erase(known);
  }
  for (const ProcessId& process : processes) add(session, process);
}

void ProcessSessionMap::add(std::string_view session, const ProcessId& process) {
  Place& place = places_.try_emplace(std::string(session)).first->second;
  place.snapshot = snapshot_;
  if (!place.processes.insert(process).second) return;
  Sessions& sessions = by_process_[process];
  if (sessions.empty()) changed_.insert(process);
  sessions.emplace(session);
  joined_.push_back({process, std::string(session)});
}

ProcessSessionMap::Sessions ProcessSessionMap::take(const ProcessId& process) {
  auto node = by_process_.extract(process);
  if (!node) return {};
  for (const std::string& session : node.mapped()) {
    const auto place = places_.find(session);
    place->second.processes.erase(process);
    if (place->second.processes.empty()) places_.erase(place);
  }
  return std::move(node.mapped());
}

std::set<ProcessId> ProcessSessionMap::changed() {
  return std::exchange(changed_, {});
}

std::vector<ProcessSessionMap::Join> ProcessSessionMap::joined() {
  return std::exchange(joined_, {});
}

void ProcessSessionMap::leave(const std::string& session, const ProcessId& process) {
  places_.find(session)->second.processes.erase(process);
  const auto it = by_process_.find(process);
  it->second.erase(session);
  if (!it->second.empty()) return;
  changed_.insert(it->first);
  by_process_.erase(it);
}

}  // namespace processes
