// SPDX-License-Identifier: MIT
// The counts of one response, and the conditions that select its price.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace atm::ledger {

/// The disjoint kinds of tokens. `kCacheWrite` is the write with the vendor's usual lifetime (five minutes), and
/// `kCacheWriteLong` the one with a lifetime of an hour.
enum class TokenKind : std::uint8_t { kInput, kOutput, kCacheWrite, kCacheWriteLong, kCacheRead };
inline constexpr std::size_t kTokenKinds = 5;
inline constexpr std::array<std::string_view, kTokenKinds> kTokenNames{"input", "output", "cache_write_5m",
                                                                       "cache_write_1h", "cache_read"};

/// The greatest count of one kind that a record may state.
inline constexpr std::uint64_t kMaxCount = 1'000'000'000;

struct Usage {
  std::array<std::uint32_t, kTokenKinds> tokens{};
  std::uint32_t web_searches = 0;

  [[nodiscard]] std::uint32_t& operator[](TokenKind kind) { return tokens[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::uint32_t operator[](TokenKind kind) const {
    return tokens[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint64_t total_tokens() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint32_t count : tokens) sum += count;
    return sum;
  }
  friend auto operator<=>(const Usage&, const Usage&) = default;
};

/// What selects the price of a response besides its model and day.
enum Condition : std::uint8_t {
  kFast = 1,      ///< fast mode
  kUsOnly = 2,    ///< inference in the USA only
  kBatch = 4,     ///< batch service
  kPriority = 8,  ///< priority service: paid by commitment, shown at the list price
};
using Conditions = std::uint8_t;

}  // namespace atm::ledger
