// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace unix_socket {

/// When a process started, in clock ticks since boot (proc(5), stat field 22): with the pid it names one
/// process for good. Absent when there is none. [any]
[[nodiscard]] std::optional<std::int64_t> process_start_ticks(std::int64_t pid) noexcept;

}  // namespace unix_socket
