// SPDX-License-Identifier: MIT
// The budgets of the user: [budget] in atm.toml.
#pragma once

#include <atm/domain/error.hpp>
#include <string>
#include <vector>

#include "cost/books.hpp"
#include "ledger/money.hpp"
#include "ledger/summary.hpp"
#include "ledger/zone.hpp"

namespace atm::cli {

/// Amounts in dollars; 0: no budget.
struct Budgets {
  ledger::Pico day = 0;
  ledger::Pico project = 0;  // of each project, this month
  ledger::Pico session = 0;  // of each session with a response today
  std::vector<std::string> problems{};

  [[nodiscard]] bool is_set() const noexcept { return day != 0 || project != 0 || session != 0; }
};

/// Reads the table from this file. A file that is missing has no budgets; a table with an error neither, and a problem
/// says why.
[[nodiscard]] Budgets read_budgets(const std::string& file);

/// How much of a budget is spent.
struct BudgetUse {
  std::string budget;  // `day`, `project`, `session`
  std::string name;    // of the day, the project or the session
  ledger::Sum spent;
  ledger::Pico limit = 0;

  /// In percent, rounded down, at most 10^6.
  [[nodiscard]] unsigned percent() const noexcept;
};

/// The use of every budget, the most used one first.
[[nodiscard]] Result<std::vector<BudgetUse>> budget_uses(Books& books, const Budgets& budgets,
                                                         const ledger::Zone& zone, ledger::Day today);

/// One line for the day, and for each project and session that spent four fifths of its budget or more.
[[nodiscard]] std::string budget_text(const std::vector<BudgetUse>& uses);

}  // namespace atm::cli
