// SPDX-License-Identifier: MIT
#include "bound_session.hpp"

#include <sys/utsname.h>

namespace processes {

namespace json = atm::json;

namespace {

// A session's process and the attributes of a binding use the same three names.
std::optional<ProcessId> read_process(const json::Value* process, std::string_view this_host) {
  if (process == nullptr) return std::nullopt;
  if (const auto host = json::get_string(*process, "host"); host && *host != this_host) return std::nullopt;
  if (json::find(*process, "pid_ns") != nullptr) return std::nullopt;
  const auto pid = json::get_int(*process, "pid");
  const json::Value* ticks = json::find(*process, "start_ticks");
  if (!pid || *pid <= 0 || ticks == nullptr || !ticks->IsUint64()) return std::nullopt;
  return ProcessId{*pid, ticks->GetUint64()};
}

}  // namespace

std::set<ProcessId> processes_of(const json::Value& session, std::string_view this_host) {
  const json::Value* status = json::get_object(session, "status");
  if (status != nullptr && json::get_string(*status, "status") == "ended") return {};
  std::set<ProcessId> processes;
  const auto add = [&](const json::Value* process) {
    if (const auto id = read_process(process, this_host)) processes.insert(*id);
  };
  add(json::get_object(session, "process"));
  if (const json::Value* all = json::get_array(session, "processes")) {
    for (const json::Value& one : all->GetArray()) add(&one);
  }
  return processes;
}

std::optional<ProcessId> process_bound_by(const json::Value& observation, std::string_view this_host) {
  const json::Value* attrs = json::get_object(observation, "attrs");
  if (attrs != nullptr && json::get_string(*attrs, "role") == "ui") return std::nullopt;
  return read_process(attrs, this_host);
}

std::string host_name() {
  utsname name{};
  return ::uname(&name) == 0 ? std::string(name.nodename) : std::string();
}

}  // namespace processes
