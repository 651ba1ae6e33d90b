// SPDX-License-Identifier: MIT
// One record of a response in a file of an agent, as a reader found it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/usage.hpp"

namespace atm::ledger {

/// Nanoseconds since 1970, UTC.
using Time = std::int64_t;
/// A response without a time; later than every other time.
inline constexpr Time kUndated = std::numeric_limits<Time>::max();

/// What a user should know about an entry.
enum Mark : std::uint8_t {
  kLow = 1,             ///< interrupted: the agent wrote fewer output tokens than the vendor bills (COST-U24)
  kMaybeNotBilled = 2,  ///< refused: the vendor may not bill it
  kFallbackCredit = 4,  ///< the vendor may give a credit for a retry on another model; it is not applied
};
using Marks = std::uint8_t;

/// What became of a line.
enum class LineResult : std::uint8_t {
  kNothing,  ///< no response
  kResponse,
  kSynthetic,   ///< the agent's own text in the form of a response
  kMalformed,   ///< a response with a value that is no count; not counted
  kUnreadable,  ///< not JSON
  kTorn,        ///< the last line, not complete yet
};
inline constexpr std::size_t kLineResults = 6;
using LineCounts = std::array<std::uint64_t, kLineResults>;

/// A second line of the same response, billed beside it (COST-U19).
struct Extra {
  std::string_view model;  // empty: the response's model
  Usage usage{};
};

/// The texts are valid until the reader reads the next line.
struct Record {
  std::string_view key{};  // empty: the record has no identity; the ledger uses its place
  std::string_view program{};
  std::string_view model{};
  std::string_view session{};        // empty: unknown
  std::string_view owner_session{};  // the session that made the request, if the record names it
  std::string_view project{};
  std::string_view worktree{};
  std::string_view branch{};
  std::string_view subagent{};
  std::string_view subagent_type{};
  std::string_view tool_server{};  // of the first tool use
  std::uint64_t block = 0;         // position of the record in its response
  Time time = kUndated;
  Usage usage{};
  std::vector<Extra> extras{};
  std::optional<Pico> agent_amount{};  // the agent's own dollars; in no sum of list prices
  Conditions conditions = 0;
  Marks marks = 0;
  bool is_sidechain = false;
};

}  // namespace atm::ledger
