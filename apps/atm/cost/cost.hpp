// SPDX-License-Identifier: MIT
// atm cost, atm prices: what the agents spent, from their own files, without a daemon (docs/operate/cost.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exit_code.hpp"

namespace atm::cli {

struct CostOptions {
  std::vector<std::string> by;
  std::string since;
  std::string until;
  std::string zone;
  bool json = false;
  bool csv = false;
  bool live = false;      // on a terminal: show the answer again whenever it changes
  std::string fail_over;  // dollars; empty: no limit
};
struct PricesOptions {
  std::string model;
  std::string at;
};

[[nodiscard]] ExitCode run_cost(const CostOptions& options);
/// The words of `--by`.
[[nodiscard]] std::vector<std::string> cost_dimensions();

[[nodiscard]] ExitCode run_cost_explain(const std::string& id);
[[nodiscard]] ExitCode run_cost_audit();
[[nodiscard]] ExitCode run_cost_reprice(bool dry_run);
[[nodiscard]] ExitCode run_prices(const PricesOptions& options);
/// Checks the override files: kFailed if one has an error.
[[nodiscard]] ExitCode run_prices_check();

}  // namespace atm::cli
