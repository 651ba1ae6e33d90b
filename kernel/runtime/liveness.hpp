// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/registry/registry.hpp"

namespace atm::kernel {

class ProcessTable;

/// Whether a session's process runs, by pid and start time: a pid alone is used again, and a zombie runs no
/// more. kUnknown for a process of another machine or PID namespace, or one whose start was never seen. [any]
[[nodiscard]] Liveness probe_process(const ProcessTable& processes, const SessionRuntime& session);

}  // namespace atm::kernel
