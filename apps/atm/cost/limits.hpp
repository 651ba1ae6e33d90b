// SPDX-License-Identifier: MIT
// The limits of the vendors: what the agents reported, kept in the ledger, and when a limit is used up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <atm/protocol/session.hpp>
#include "cost/books.hpp"
#include "ledger/limit.hpp"
#include "ledger/summary.hpp"
#include "table.hpp"

namespace atm::cli {

/// A window that contains the present.
struct CurrentLimit {
  std::string agent;
  std::string window;  // `five_hour`, `seven_day`
  std::int64_t begins_at = 0;
  std::int64_t resets_at = 0;
  bool is_estimated = true;  // from the times of the responses; the members below are absent
  std::optional<double> used_percentage{};
  std::optional<std::int64_t> seen_at{};
  std::optional<std::int64_t> full_at{};  // at the rate so far; absent: not before the reset, or unknown
  std::optional<std::int64_t> full_error{};
};

[[nodiscard]] std::int64_t unix_seconds();

/// What the sessions of a running daemon reported. Starts none, and returns nothing if none answers. The costs are those
/// of agents that the ledger reads no files of.
[[nodiscard]] Reported ask_reported(const CostPaths& paths);
[[nodiscard]] Reported reported_by(const std::vector<protocol::Session>& sessions, const CostPaths& paths);

/// Adds the windows of five hours that the vendors reported.
void add_reported(const std::vector<ledger::Limit>& limits, Books& books, ledger::Windows& windows);

/// The windows at `now` (Unix seconds): those of the reports, and the estimated ones of agents without a report about
/// five hours. `windows` is finished.
[[nodiscard]] std::vector<CurrentLimit> current_limits(const std::vector<ledger::Limit>& limits,
                                                       const ledger::Windows& windows,
                                                       const ledger::Names& names, std::int64_t now);

/// An empty line and a table; empty without limits.
[[nodiscard]] std::string limits_text(const std::vector<CurrentLimit>& limits, std::int64_t now,
                                      const Canvas& canvas);

/// The agents' own costs, a line for each agent; empty without costs.
[[nodiscard]] std::string agent_costs_text(const std::vector<ledger::AgentCost>& costs);

/// The report of a status line of Claude Code, now. What is absent is unknown.
[[nodiscard]] std::vector<ledger::Limit> limits_of(std::optional<double> five_hour_percent,
                                                   std::optional<std::uint64_t> five_hour_resets_at,
                                                   std::optional<double> seven_day_percent,
                                                   std::optional<std::uint64_t> seven_day_resets_at);

/// Adds reports to the ledger in this file. Does nothing if there is none.
void keep_limits(const std::string& path, const std::vector<ledger::Limit>& limits);

}  // namespace atm::cli
