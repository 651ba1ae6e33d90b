// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace unix_socket {

/// The start time of a process in clock ticks since boot (proc(5), stat field 22); with the PID it identifies a process
/// uniquely. Absent if there is no such process. [any]
[[nodiscard]] std::optional<std::int64_t> process_start_ticks(std::int64_t pid);

/// Identifies a process even if its PID is reused.
struct ProcessId {
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;
  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};
/// False for a zombie. [any]
[[nodiscard]] bool is_running(const ProcessId& process);

}  // namespace unix_socket
