// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace unix_socket {

/// When a process started, in clock ticks since boot (proc(5), stat field 22): with the pid it names one
/// process for good. Absent when there is none. [any]
[[nodiscard]] std::optional<std::int64_t> process_start_ticks(std::int64_t pid) noexcept;

/// One process and no later one of its number.
struct ProcessId {
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;
  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};
/// Not so of one that has ended and whose exit status nobody has taken yet. [any]
[[nodiscard]] bool is_running(const ProcessId& process) noexcept;

}  // namespace unix_socket
