// SPDX-License-Identifier: MIT
#include "agents/process.hpp"

#include <atm/posix/proc_stat.hpp>

namespace unix_socket {

std::optional<std::int64_t> process_start_ticks(std::int64_t pid) {
  const auto stat = atm::posix::read_proc_stat(pid);
  return stat ? std::optional(static_cast<std::int64_t>(stat->start_ticks)) : std::nullopt;
}

bool is_running(const ProcessId& process) {
  const auto stat = atm::posix::read_proc_stat(process.pid);
  return stat && !stat->has_ended() && static_cast<std::int64_t>(stat->start_ticks) == process.start_ticks;
}

}  // namespace unix_socket
