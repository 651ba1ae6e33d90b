// SPDX-License-Identifier: MIT
// The sessions of the registry, for sources that read what an agent writes or shows elsewhere.
#pragma once

#include <atm/plugin/host.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atm {

struct LiveSession {
  std::string id;
  std::string agent;
  std::string transcript_path{};
  std::string cwd{};
  std::int64_t pid = 0;  ///< 0: unknown, or not visible here
  std::uint64_t start_ticks = 0;
  std::string tty{};
  std::string tmux_pane{};
  std::string tmux_socket{};
};

/// The sessions of these agents that have not ended. Waits at most two seconds for the registry; empty without an answer.
/// Not within a callback of the host. [any]
[[nodiscard]] std::vector<LiveSession> live_sessions(const Host& host,
                                                     std::span<const std::string_view> agents);

}  // namespace atm
