// SPDX-License-Identifier: MIT
// Where a session runs: the data by which the daemon finds its process and terminal.
#pragma once

#include <atm/domain/ids.hpp>
#include <atm/domain/rare.hpp>
#include <atm/domain/timestamp.hpp>
#include <atm/domain/tool_usage.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atm {

/// A process, and the terminal in which it runs. All members may be unknown.
struct ProcessPlace {
  /// The process id; see pid_ns for its namespace.
  std::optional<std::int64_t> pid;
  /// Clock ticks from boot to the start of the process (proc(5), stat field 22). Pid and start time together identify
  /// one process; the system reuses a pid alone.
  std::optional<std::uint64_t> process_start_ticks;
  /// Inode number of the PID namespace of `pid`, if the daemon cannot see that process; 0: an unknown namespace.
  /// Absent: `pid` is a pid of the daemon's own namespace.
  std::optional<std::uint64_t> pid_ns;
  /// The boot of the machine to which start_ticks refers.
  std::optional<std::string> boot_id;
  std::optional<std::string> bound_by;   ///< the origin that first named this process, `claude_code/hook`
  std::optional<Timestamp> bound_at;     ///< when that origin named it
  bool verified = false;                 ///< the daemon or a source has seen that process alive
  bool is_server = false;                ///< that process runs sessions that it does not show
  std::optional<std::string> host;       ///< hostname
  std::optional<std::string> tty;        ///< `/dev/pts/3`
  std::optional<std::string> tmux_pane;  ///< `%3`
  Rare<std::string> socket_path;         ///< socket of the tmux server
  /// The terminal program outside of tmux: `kitty`, `wezterm`, `zellij`, `screen`, `vscode`, or another word.
  Rare<std::string> terminal_program;
  Rare<std::string> terminal_pane;    ///< its word for the pane or window
  Rare<std::string> terminal_socket;  ///< its socket, or the name of its session
};

/// The processes and files of a session. The inherited members describe the process whose state the session shows.
struct SessionRuntime : ProcessPlace {
  std::vector<ProcessPlace> other_processes;  ///< other live processes in which the session is open
  std::optional<TranscriptPath> transcript_path;
  RecentTools recent_tools;
  std::uint64_t update_count = 0;      ///< observations folded in
  std::uint64_t hook_event_count = 0;  ///< of these, from hooks
};

}  // namespace atm
