// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm::posix {

/// The fields of /proc/PID/stat (proc(5)) that the project uses.
struct ProcStat {
  std::string comm;  ///< any bytes
  char state = '?';
  std::int64_t ppid = 0;
  std::int64_t group = 0;  ///< of processes
  std::int64_t tty_nr = 0;
  std::int64_t foreground_group = -1;  ///< of its terminal; -1: none
  std::uint64_t start_ticks = 0;
  bool is_kernel_thread = false;

  /// Whether it is in the foreground of its terminal.
  [[nodiscard]] bool is_in_foreground() const noexcept { return tty_nr != 0 && group == foreground_group; }
  /// Ended: a zombie, or about to leave the process table.
  [[nodiscard]] bool has_ended() const noexcept { return state == 'Z' || state == 'X' || state == 'x'; }
};

/// Nothing for incomplete or malformed text.
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view text);

/// Reads the file of a process; nothing if there is no such process.
[[nodiscard]] std::optional<ProcStat> read_proc_stat(std::int64_t pid);

/// "/dev/pts/3" for the device number of field 7; empty for none or an unknown terminal.
[[nodiscard]] std::string tty_name(std::int64_t tty_nr);

/// The pid in each PID namespace from the reader's to the process's own, from the NSpid line of /proc/PID/status.
[[nodiscard]] std::vector<std::int64_t> parse_proc_ns_pids(std::string_view status);

/// The inode number in the target of /proc/PID/ns/pid, `pid:[4026531836]`.
[[nodiscard]] std::optional<std::uint64_t> parse_proc_namespace(std::string_view link);

/// The real user id in /proc/PID/status.
[[nodiscard]] std::optional<std::uint32_t> parse_proc_uid(std::string_view status);

}  // namespace atm::posix
