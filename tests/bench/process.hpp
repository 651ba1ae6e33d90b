// SPDX-License-Identifier: MIT
// Child processes and the clock that measures them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace atm::bench {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

using test::TempDir;

/// Starts a program; its standard input is `stdin_path`, its output goes to `out_path`. Throws
/// std::runtime_error.
[[nodiscard]] pid_t spawn(const std::vector<std::string>& command,
                          const std::vector<std::string>& environment, const std::string& stdin_path,
                          const std::string& out_path);

/// The exit code, or 128 and the signal.
int wait_exit(pid_t pid);

/// CPU time of all threads of a process.
[[nodiscard]] std::int64_t cpu_ns(pid_t pid);
/// CPU time of the thread with this name; 0: no such thread.
[[nodiscard]] std::int64_t thread_cpu_ns(pid_t pid, const std::string& name);
/// Bytes that the process caused to be written to a disk.
[[nodiscard]] std::int64_t written_bytes(pid_t pid);
/// VmRSS, KiB.
[[nodiscard]] std::int64_t resident_kib(pid_t pid);

}  // namespace atm::bench
