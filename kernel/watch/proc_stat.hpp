// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm::kernel {

/// What /proc/PID/stat says (proc(5)), as far as anybody here asks.
struct ProcStat {
  std::string comm;  ///< any bytes
  char state = '?';
  std::int64_t ppid = 0;
  std::int64_t tty_nr = 0;
  std::uint64_t start_ticks = 0;

  /// Ended: a zombie, or on its way out of the table.
  [[nodiscard]] bool has_ended() const noexcept { return state == 'Z' || state == 'X' || state == 'x'; }
};

/// Nothing for a text that is cut short or of another form.
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view text);

/// "/dev/pts/3" for the device number of field 7; empty for none and for one that is no terminal we know.
[[nodiscard]] std::string tty_name(std::int64_t tty_nr);

/// The pid in each PID namespace from the reader's to the process's own, by the NSpid line of /proc/PID/status.
[[nodiscard]] std::vector<std::int64_t> parse_proc_ns_pids(std::string_view status);

/// The inode number in what /proc/PID/ns/pid points to, `pid:[4026531836]`.
[[nodiscard]] std::optional<std::uint64_t> parse_proc_namespace(std::string_view link);

/// The real user id in /proc/PID/status.
[[nodiscard]] std::optional<std::uint32_t> parse_proc_uid(std::string_view status);

}  // namespace atm::kernel
