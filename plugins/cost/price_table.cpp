// SPDX-License-Identifier: MIT
#include "price_table.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/model.hpp>
#include <limits>

namespace cost {

namespace {

// Billions of tokens at hundreds of dollars per million exceed 64 bits at this scale.
__extension__ using Wide = unsigned __int128;

constexpr Wide kMillion = 1'000'000;

const Rates* rates_of(const Price& price, const Usage& usage) noexcept {
  if (usage.is_fast) return price.fast ? &*price.fast : nullptr;
  const Wide prompt = Wide{usage.input_tokens} + usage.cache_read_tokens + usage.cache_write_5m_tokens +
                      usage.cache_write_1h_tokens;
  const Rates* rates = &price.standard;
  for (const Tier& tier : price.tiers) {
    if (prompt > tier.above_prompt_tokens) rates = &tier.rates;
  }
  return rates;
}

/// The cost in the unit of TokenPrice.
Wide token_cost(const Rates& rates, const Usage& usage) noexcept {
  return Wide{usage.input_tokens} * rates.input + Wide{usage.output_tokens} * rates.output +
         Wide{usage.cache_read_tokens} * rates.cache_read +
         Wide{usage.cache_write_5m_tokens} * rates.cache_write_5m +
         Wide{usage.cache_write_1h_tokens} * rates.cache_write_1h;
}

atm::Money rounded(Wide cost) noexcept {
  const Wide micros = (cost + kMillion / 2) / kMillion;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return atm::Money::from_microdollars(micros > Wide{kMost} ? kMost : static_cast<std::int64_t>(micros));
}

}  // namespace

const Price* PriceTable::find(std::string_view model_id, Day day) const noexcept {
  const PricedModel* model = atm::longest_prefix(std::span<const PricedModel>(models_), model_id);
  if (model == nullptr) return nullptr;
  const auto later = std::find_if(model->prices.begin(), model->prices.end(),
                                  [day](const Price& price) { return price.valid_from > day; });
  return later == model->prices.begin() ? &*later : &*std::prev(later);
}

std::optional<atm::Money> PriceTable::estimate(std::string_view model_id, const Usage& usage,
                                               Day day) const noexcept {
  const Price* price = find(model_id, day);
  const Rates* rates = price != nullptr ? rates_of(*price, usage) : nullptr;
  if (rates == nullptr) return std::nullopt;
  Wide tokens = token_cost(*rates, usage);
  if (usage.is_us_inference) tokens = tokens * us_inference_ / kMillion;
  if (usage.is_batch) tokens = tokens * batch_ / kMillion;
  return rounded(tokens + Wide{usage.web_searches} * web_search_);
}

}  // namespace cost
