// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace atm::ledger {

/// The text of lib/ledger/prices.json.
[[nodiscard]] std::string_view built_in_prices() noexcept;

}  // namespace atm::ledger
