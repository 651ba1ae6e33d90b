// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace atm::kernel {

/// Writes a line of at most 512 bytes to a descriptor if it does not block, else nothing: a full pipe or a stopped
/// terminal delays neither a crash nor a forced exit. Async-signal-safe.
void write_urgent_line(int fd, std::string_view line) noexcept;

/// During its lifetime a crash of the process writes one line with the signal and the thread's current call into a
/// plugin, and adds the signal to the current crash marker. Then the process ends as without it. A plugin that calls
/// exit() ends the daemon with code 70, so it never appears as an orderly stop. One at a time. [main]
class CrashReport final {
 public:
  static constexpr int kExitCode = 70;

  explicit CrashReport(bool is_journal);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
};

/// Sets the crash marker during the creation or start of a plugin: its descriptor and the plugin's id, which outlive
/// it. -1: none. [main]
void set_crash_marker(int fd, const char* plugin) noexcept;

}  // namespace atm::kernel
