// SPDX-License-Identifier: MIT
// The status JSON that Claude Code writes to its status line command.
#pragma once

#include <atm/domain/context_usage.hpp>
#include <atm/domain/duration.hpp>
#include <atm/domain/lines_changed.hpp>
#include <atm/domain/model.hpp>
#include <atm/domain/money.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm::cli {

inline constexpr std::size_t kStatusInputBytes = 1024 * 1024;

/// Unknown values are empty or absent; no text is terminal-safe yet.
struct StatusInput {
  std::string session_id;
  std::string session_name;
  std::string directory;
  std::string worktree_branch;
  std::string version;
  std::string effort;
  std::string agent;
  std::string vim_mode;
  Model model;
  ContextUsage context;
  std::optional<Money> cost;
  std::optional<SessionDuration> duration;
  LinesChanged lines;
  std::optional<double> five_hour_percent;
  std::optional<double> seven_day_percent;
  std::optional<std::uint64_t> five_hour_resets_at;  // Unix seconds
  std::optional<std::uint64_t> seven_day_resets_at;
  std::optional<std::uint64_t> pull_request;
};

/// Missing members, null and other types are unknown; text is cut at 4 KiB. Absent: no JSON object.
[[nodiscard]] std::optional<StatusInput> read_status_input(std::string_view bytes);

}  // namespace atm::cli
