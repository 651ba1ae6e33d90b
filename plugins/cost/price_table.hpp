// SPDX-License-Identifier: MIT
// The price of a model on a day, from prices.json, which the build embeds into the plugin.
#pragma once

#include <atm/domain/money.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cost {

using Day = std::chrono::sys_days;

/// Millionths of a microdollar per token, which is dollars per million tokens, times a million: exact for every
/// published price.
using TokenPrice = std::uint64_t;

/// The tokens and extras of one model response. The five counts are disjoint: no token is in two of them.
struct Usage {
  std::uint64_t input_tokens = 0;  ///< neither read from the cache nor written to it
  std::uint64_t output_tokens = 0;
  std::uint64_t cache_read_tokens = 0;
  std::uint64_t cache_write_5m_tokens = 0;
  std::uint64_t cache_write_1h_tokens = 0;
  std::uint64_t web_searches = 0;
  bool is_fast = false;
  bool is_batch = false;
  bool is_us_inference = false;  ///< the caller requested inference in the US only
};

/// The prices of one kind of request.
struct Rates {
  TokenPrice input = 0;
  TokenPrice output = 0;
  TokenPrice cache_read = 0;
  TokenPrice cache_write_5m = 0;
  TokenPrice cache_write_1h = 0;
};

/// Rates of responses whose prompt (input, cache writes and cache reads) is longer than a bound.
struct Tier {
  std::uint64_t above_prompt_tokens = 0;
  Rates rates;
};

/// The price of a model from a day.
struct Price {
  Day valid_from{};
  Rates standard;
  std::optional<Rates> fast;  ///< absent: not offered, or unknown
  std::vector<Tier> tiers;    ///< rising; for standard requests
};

struct PricedModel {
  std::string prefix;         ///< the id without its date
  std::vector<Price> prices;  ///< oldest first, never empty
};

/// A factor as millionths.
using Factor = std::uint64_t;

class PriceTable final {
 public:
  /// Throws std::runtime_error with the fault and its position.
  [[nodiscard]] static PriceTable parse(std::string_view json);

  /// The price of a model, for any spelling of its id, on a day; nullptr for an unknown model. On earlier days the
  /// first price applies, because a model is not sold before it has a price.
  [[nodiscard]] const Price* find(std::string_view model_id, Day day) const noexcept;

  /// The list price of a response, rounded half up to the microdollar. Absent for an unknown model, and for a fast
  /// response of a model without fast prices: prices are never guessed.
  [[nodiscard]] std::optional<atm::Money> estimate(std::string_view model_id, const Usage& usage,
                                                   Day day) const noexcept;

 private:
  std::vector<PricedModel> models_;
  TokenPrice web_search_ = 0;  ///< per search
  Factor us_inference_ = 0;
  Factor batch_ = 0;
};

/// prices.json.
extern const std::string_view kPricesJson;

}  // namespace cost
