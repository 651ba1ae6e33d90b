// SPDX-License-Identifier: MIT
// The difference between the agent's own cost of a session and the amount of the ledger. It is shown and never added.
#pragma once

#include <atm/domain/money.hpp>
#include <atm/domain/session.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session_table.hpp"

namespace atm::cli {

struct GapPart {
  std::string_view name;                 // for programs
  std::string text;                      // for users
  std::optional<std::uint64_t> count{};  // absent: unknown
};

struct SpentGap {
  Money agent;
  bool is_more = false;          // the agent's figure is the greater one
  Money amount;                  // without a sign
  std::vector<GapPart> parts{};  // what it may consist of
};

/// Absent: the agent reports no cost.
[[nodiscard]] std::optional<SpentGap> spent_gap(const SessionDomain& session, const Spent& spent);

/// The session object `json` with the member `ledger`.
[[nodiscard]] std::string with_ledger(const std::string& json, const SessionDomain& session,
                                      const Spent& spent);

}  // namespace atm::cli
