// SPDX-License-Identifier: MIT
#include "bound_session.hpp"

#include <sys/utsname.h>

namespace processes {

namespace json = atm::json;

std::optional<ProcessId> process_of(const json::Value& session, std::string_view this_host) {
  const json::Value* status = json::get_object(session, "status");
  if (status != nullptr && json::get_string(*status, "status") == "ended") return std::nullopt;
  const json::Value* process = json::get_object(session, "process");
  if (process == nullptr) return std::nullopt;
  if (const auto host = json::get_string(*process, "host"); host && *host != this_host) return std::nullopt;
  const auto pid = json::get_int(*process, "pid");
  const json::Value* ticks = json::find(*process, "start_ticks");
  if (!pid || *pid <= 0 || ticks == nullptr || !ticks->IsUint64()) return std::nullopt;
  return ProcessId{*pid, ticks->GetUint64()};
}

std::string host_name() {
  utsname name{};
  return ::uname(&name) == 0 ? std::string(name.nodename) : std::string();
}

}  // namespace processes
