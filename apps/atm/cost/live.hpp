// SPDX-License-Identifier: MIT
// atm cost --live on a terminal.
#pragma once

#include "cost/books.hpp"
#include "cost/budgets.hpp"
#include "cost/cost.hpp"
#include "ledger/zone.hpp"

namespace atm::cli {

/// Shows the answer and replaces it whenever the ledger, the day or the size of the terminal changes, until a signal
/// requests the end. The last answer stays on the terminal.
[[nodiscard]] ExitCode run_live(const CostOptions& options, const ledger::Zone& zone, const CostPaths& paths,
                                const Budgets& budgets, Books& books);

}  // namespace atm::cli
