// SPDX-License-Identifier: MIT
// Parts of the texts about sums of money.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/scan.hpp"
#include "ledger/summary.hpp"
#include "table.hpp"

namespace atm::cli {

/// The amount of a sum with everything that it leaves out: `$4.20`, `$4.20 + unpriced`, `unpriced`.
[[nodiscard]] std::string amount_text(const ledger::Sum& sum);

/// `1 response`, `2 responses`
[[nodiscard]] std::string counted(std::uint64_t count, const std::string& singular);
[[nodiscard]] std::string tokens_text(std::uint64_t count);
/// `$0.000003`: a price of one token in dollars, without trailing zeros.
[[nodiscard]] std::string unit_text(ledger::Pico unit);

[[nodiscard]] ledger::Sum total_of(const ledger::Groups& groups);
/// The cells of a table: responses, four counts of tokens, the amount.
[[nodiscard]] std::vector<Cell> sum_cells(const ledger::Sum& sum, Style style);
/// Lines about what a total leaves out or does not know.
[[nodiscard]] std::string sum_notes(const ledger::Sum& total);

/// The names of the results of lines in JSON.
inline constexpr std::array<std::string_view, ledger::kLineResults> kResultNames{
    "other", "responses", "synthetic", "malformed_records", "unreadable_lines", "torn_lines"};

}  // namespace atm::cli
