// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/registry/liveness.hpp"

namespace atm::kernel {

class ProcessTable;

/// Whether a session's process runs, by pid and start time, because pids are reused. A zombie does not run. kUnknown
/// for a process of another machine or PID namespace, or without a known start time. [any]
[[nodiscard]] Liveness probe_process(const ProcessTable& processes, const ProcessPlace& place);

}  // namespace atm::kernel
