// SPDX-License-Identifier: MIT
// Formats sums of money for users and programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cost/books.hpp"
#include "cost/budgets.hpp"
#include "cost/limits.hpp"
#include "ledger/summary.hpp"
#include "table.hpp"

namespace atm::cli {

/// `▁▄█`: one character for each amount, scaled to the greatest.
[[nodiscard]] std::string sparkline(const std::vector<ledger::Pico>& amounts);

/// What the question was; part of every output.
struct CostView {
  std::vector<ledger::Dimension> by;
  ledger::Range range;
  std::string since;  // as days; empty: no bound
  std::string until;
  std::string zone;
  ledger::Day today = 0;
};

/// The table of the groups and their total, then what the total leaves out.
[[nodiscard]] std::string cost_table(const ledger::Groups& groups, const CostView& view, const Books& books,
                                     const Canvas& canvas, bool bars);

/// What the overview shows: today by model, the last fourteen days, this month, and everything.
struct Overview {
  ledger::Groups today;
  ledger::Groups days;
  ledger::Groups month;
  ledger::Groups all;
};
inline constexpr ledger::Day kOverviewDays = 14;
[[nodiscard]] std::string cost_overview(const Overview& overview, const CostView& view, const Books& books,
                                        const Canvas& canvas, bool bars);

/// One object of the schema `atm.cost/1`.
[[nodiscard]] std::string cost_json(const ledger::Groups& groups, const CostView& view, const Books& books,
                                    const std::vector<BudgetUse>& budgets = {},
                                    const std::vector<CurrentLimit>& limits = {},
                                    const std::vector<ledger::AgentCost>& agent_costs = {});

/// A title line and one line for each group.
[[nodiscard]] std::string cost_csv(const ledger::Groups& groups, const CostView& view);

/// Everything known about one response, so that its amount can be computed again by hand.
[[nodiscard]] std::string entry_text(const ledger::Names& names, std::string_view key,
                                     const ledger::Entry& entry);

/// Entries with their keys, in the order of time.
using KeyedEntries = std::vector<std::pair<std::string, ledger::Entry>>;
/// The responses of one session.
[[nodiscard]] std::string session_entries(const ledger::Names& names, std::string_view session,
                                          const KeyedEntries& entries, const Canvas& canvas);

/// The price rows of `model`, or of all models, on `day` or on every day.
[[nodiscard]] std::string prices_text(const ledger::PriceTable& prices, std::string_view model,
                                      std::optional<ledger::Day> day, const Canvas& canvas);

/// A line that the table is older than 60 days; empty if it is not.
[[nodiscard]] std::string age_text(const ledger::PriceTable& prices, ledger::Day today);

}  // namespace atm::cli
