// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace atm::kernel {

/// Writes a line of at most 512 bytes to a descriptor that can take it at once, and nothing to one that cannot: a full
/// pipe or a stopped terminal holds up neither a crash nor an end by force. Async-signal-safe.
void write_urgent_line(int fd, std::string_view line) noexcept;

/// As long as it lives, a crash of the process writes one line that names the signal and the call into a plugin that
/// the thread was in, and adds the signal to the crash marker that stands; then the process ends as it would have
/// without. A plugin that calls exit() ends the daemon with code 70, and never looks like an orderly stop. One at a
/// time. [main]
class CrashReport final {
 public:
  static constexpr int kExitCode = 70;

  explicit CrashReport(bool is_journal);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
};

/// The crash marker that stands while a plugin is created or started: its descriptor and the plugin's id, which outlive
/// it. -1: none stands. [main]
void set_crash_marker(int fd, const char* plugin) noexcept;

}  // namespace atm::kernel
