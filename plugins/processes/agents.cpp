// SPDX-License-Identifier: MIT
#include "agents.hpp"

#include <map>
#include <utility>

namespace processes {
namespace {

struct Seen {
  atm::Process process;
  Candidate candidate;
  std::vector<std::string> arguments;
  bool has_session = true;
  std::vector<ProcessId> copies{};
};

// One file contains several programs: its first argument selects one.
bool goes_by_another_name(const Seen& seen) {
  if (seen.arguments.empty()) return false;
  const std::string_view name = file_name(seen.arguments.front());
  return name != seen.candidate.program && name != file_name(seen.process.exe) && name != seen.process.comm;
}

// The program of an agent, under another name, in a sandbox that another program makes.
bool is_helper(const Seen& seen, const std::map<std::int64_t, Seen>& all,
               const std::map<std::int64_t, std::int64_t>& parents) {
  constexpr int kMostSteps = 8;
  if (!goes_by_another_name(seen)) return false;
  auto parent = parents.find(seen.process.pid);
  for (int step = 0; step < kMostSteps && parent != parents.end(); ++step) {
    const auto above = all.find(parent->second);
    if (above != all.end()) return above->second.process.exe == seen.process.exe;
    parent = parents.find(parent->second);
  }
  return false;
}

// Decides which of a candidate and its parent, of the same agent, have a session. With different arguments both have
// one: the parent runs the child as a tool.
void compare(Seen& parent, Seen& child) {
  const bool is_same_file = parent.process.exe == child.process.exe;
  if (is_same_file && (parent.arguments == child.arguments || goes_by_another_name(child))) {
    child.has_session = false;
    if (parent.arguments == child.arguments)
      parent.copies.push_back({child.process.pid, child.process.start_ticks});
  } else {
    const bool only_starts_child = parent.candidate.words == child.candidate.words;
    const bool hosts_terminal_of_child = parent.process.tty.empty() && !child.process.tty.empty();
    if (only_starts_child || hosts_terminal_of_child) parent.has_session = false;
  }
}

}  // namespace

AgentsSeen find_agents(const atm::Processes& processes, const AgentTable& table) {
  AgentsSeen found;
  std::map<std::int64_t, Seen> all;
  std::map<std::int64_t, std::int64_t> parents;
  for (atm::Process& process : processes.list({})) {
    parents.emplace(process.pid, process.ppid);
    if (!table.may_be_agent(process)) continue;
    std::vector<std::string> arguments;
    const atm::Status status = processes.arguments(process.pid, process.start_ticks, arguments);
    if (status == atm::Status::kNotFound) continue;
    if (status != atm::Status::kOk) ++found.unreadable;
    auto candidate = table.identify(process, arguments);
    if (!candidate) continue;
    const std::int64_t pid = process.pid;
    const bool has_session = candidate->role == Role::kSession;
    all.emplace(pid, Seen{std::move(process), *std::move(candidate), std::move(arguments), has_session});
  }
  for (auto& [pid, child] : all) {
    if (child.candidate.role != Role::kSession) continue;
    const auto parent = all.find(child.process.ppid);
    const bool has_parent = parent != all.end() && parent->second.candidate.role == Role::kSession;
    if (has_parent && parent->second.candidate.agent == child.candidate.agent)
      compare(parent->second, child);
    else if (is_helper(child, all, parents))
      child.has_session = false;
  }
  for (auto& [pid, seen] : all) {
    const bool is_server = seen.candidate.role == Role::kServer;
    if (seen.has_session || is_server) {
      auto& to = is_server ? found.servers : found.agents;
      to.push_back({std::move(seen.process), std::move(seen.candidate.agent), std::move(seen.copies)});
    } else {
      found.others.push_back({seen.process.pid, seen.process.start_ticks});
    }
  }
  return found;
}

}  // namespace processes
