// SPDX-License-Identifier: MIT
#include "kernel/daemon/liveness.hpp"

#include <unistd.h>

#include <array>
#include <string>

#include "kernel/watch/process_table.hpp"

namespace atm::kernel {
namespace {

const std::string& hostname() {
  static const std::string name = [] {
    std::array<char, 256> buffer{};
    ::gethostname(buffer.data(), buffer.size() - 1);
    return std::string(buffer.data());
  }();
  return name;
}

}  // namespace

Liveness probe_process(const ProcessTable& processes, const ProcessPlace& place) {
  if (!place.pid || !place.process_start_ticks) return Liveness::kUnknown;
  if (place.pid_ns) return Liveness::kUnknown;
  if (place.host && *place.host != hostname()) return Liveness::kUnknown;
  const std::string& boot_id = processes.boot_id();
  if (place.boot_id && !boot_id.empty() && *place.boot_id != boot_id) return Liveness::kGone;
  const auto state = processes.state_of(*place.pid, *place.process_start_ticks);
  if (!state) return Liveness::kGone;
  return *state == 'T' ? Liveness::kStopped : Liveness::kAlive;  // 't': a process stopped by its tracer
}

}  // namespace atm::kernel
