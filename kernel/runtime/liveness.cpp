// SPDX-License-Identifier: MIT
#include "kernel/runtime/liveness.hpp"

#include "kernel/runtime/process_identity.hpp"

namespace atm::kernel {

Liveness look_at_process(const SessionInfrastructure& session) {
  if (!session.pid || !session.process_start_ticks) return Liveness::kUnknown;
  if (session.host && *session.host != host_name()) return Liveness::kUnknown;
  if (session.boot_id && !boot_id().empty() && *session.boot_id != boot_id()) return Liveness::kGone;
  return process_start_ticks(*session.pid) == session.process_start_ticks ? Liveness::kAlive
                                                                          : Liveness::kGone;
}

}  // namespace atm::kernel
