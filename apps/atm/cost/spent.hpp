// SPDX-License-Identifier: MIT
// What the ledger counted for sessions, for the commands that show sessions.
#pragma once

#include <string_view>

#include "cost/books.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// The sums of all sessions, after a read of what is new. Empty if there is no ledger yet, or if so much is new that the
/// reading would take long: `atm cost` creates and completes it. With `session` only that session;
/// `with_compactions` counts the compactions in its files, which reads them.
[[nodiscard]] SpentBySession spent_by_session(const CostPaths& paths, std::string_view session = {},
                                              bool with_compactions = false);

}  // namespace atm::cli
