// SPDX-License-Identifier: MIT
// The answer of atm cost to the question that its options ask.
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "cost/books.hpp"
#include "cost/budgets.hpp"
#include "cost/cost.hpp"
#include "cost/cost_text.hpp"
#include "ledger/summary.hpp"
#include "ledger/zone.hpp"

namespace atm::cli {

[[nodiscard]] ledger::Day today_in(const ledger::Zone& zone);

/// The day that contains the time which an option names.
[[nodiscard]] Result<ledger::Day> day_of(const std::string& option, const std::string& text,
                                         const ledger::Zone& zone);

/// The question of today.
[[nodiscard]] Result<CostView> view_of(const CostOptions& options, const ledger::Zone& zone);

struct CostReport {
  ledger::Groups groups;
  std::string text;
};
[[nodiscard]] Result<CostReport> cost_report(Books& books, const CostOptions& options, const CostView& view,
                                             const ledger::Zone& zone, const CostPaths& paths,
                                             const Budgets& budgets);

}  // namespace atm::cli
