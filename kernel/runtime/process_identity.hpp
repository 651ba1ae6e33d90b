// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace atm::kernel {

/// When a process started, in clock ticks since boot (proc(5), stat field 22): with the pid it names one
/// process for good. Nothing for a process that is gone or a zombie. [any]
[[nodiscard]] std::optional<std::uint64_t> process_start_ticks(std::int64_t pid);

/// This boot of this machine, and the machine's name; empty when unknown. Read once. [any]
[[nodiscard]] const std::string& boot_id();
[[nodiscard]] const std::string& host_name();

}  // namespace atm::kernel
