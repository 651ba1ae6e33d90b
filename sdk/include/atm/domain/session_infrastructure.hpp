// SPDX-License-Identifier: MIT
// Where a session runs: what the daemon needs to find its process and terminal. Kept apart from what the
// session is.
#pragma once

#include <atm/domain/ids.hpp>
#include <atm/domain/timestamp.hpp>
#include <atm/domain/tool_usage.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atm {

/// The process and the terminal that a session is open in.
struct ProcessPlace {
  std::optional<std::int64_t> pid;
  /// Clock ticks from boot to the process's start (proc(5), stat field 22): with the pid it names one process
  /// for good, where a pid alone is used again.
  std::optional<std::uint64_t> process_start_ticks;
  /// The PID namespace that `pid` belongs to, by inode number, where it names no process of the daemon's own; 0: not
  /// known which.
  std::optional<std::uint64_t> pid_ns;
  std::optional<std::string> boot_id;
  std::optional<std::string> bound_by;  ///< the origin that named this process first, `claude_code/hook`
  std::optional<Timestamp> bound_at;    ///< when it did
  bool verified = false;                ///< somebody who can look has seen that process alive
  std::optional<std::string> host;
  std::optional<std::string> tty;
  std::optional<std::string> tmux_pane;    ///< `%3`
  std::optional<std::string> socket_path;  ///< of the tmux server
};

/// `pid` and its neighbours name the process whose state the session shows.
struct SessionInfrastructure : ProcessPlace {
  std::vector<ProcessPlace> other_processes;  ///< further live processes that the session is open in
  std::optional<TranscriptPath> transcript_path;
  RecentTools recent_tools;
  std::uint64_t update_count = 0;      ///< reports folded in
  std::uint64_t hook_event_count = 0;  ///< of these, hooks
  std::optional<std::string> last_error;
};

}  // namespace atm
