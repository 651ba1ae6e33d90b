// SPDX-License-Identifier: MIT
// Reads prices.json.
#include <algorithm>
#include <atm/json.hpp>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "price_table.hpp"

namespace cost {

namespace {

using atm::json::Value;

constexpr double kMicrodollars = 1'000'000;

[[noreturn]] void fail(const std::string& where, std::string_view what) {
  throw std::runtime_error("prices.json: " + where + ": " + std::string(what));
}

/// A price or a factor, as millionths.
std::optional<std::uint64_t> millionths(const Value& object, std::string_view name,
                                        const std::string& where) {
  const Value* value = atm::json::find(object, name);
  if (value == nullptr) return std::nullopt;
  const auto number = atm::json::get_double(object, name);
  constexpr double kMost = 1000;
  if (!number || *number < 0 || *number > kMost)
    fail(where, std::string(name) + " is not a number from 0 to 1000");
  return static_cast<std::uint64_t>(std::llround(*number * kMicrodollars));
}

std::uint64_t required(const Value& object, std::string_view name, const std::string& where) {
  const auto value = millionths(object, name, where);
  if (!value) fail(where, std::string(name) + " is missing");
  return *value;
}

Day day_of(std::string_view text, const std::string& where) {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const auto number = [text](std::size_t at, std::size_t size, unsigned& out) {
    const char* end = text.data() + at + size;
    return std::from_chars(text.data() + at, end, out).ptr == end;
  };
  const bool is_date = text.size() == 10 && text[4] == '-' && text[7] == '-' && number(0, 4, year) &&
                       number(5, 2, month) && number(8, 2, day);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!is_date || !date.ok()) fail(where, "valid_from is not a day, expected YYYY-MM-DD");
  return Day(date);
}

/// The factors between the price of input and the prices of the cache.
struct CacheFactors {
  Factor read;
  Factor write_5m;
  Factor write_1h;
};

Rates rates_of(const Value& object, const CacheFactors& factors, const std::string& where) {
  constexpr std::uint64_t kWhole = 1'000'000;
  Rates rates;
  rates.input = required(object, "input", where);
  rates.output = required(object, "output", where);
  rates.cache_read = rates.input * factors.read / kWhole;
  rates.cache_write_5m = rates.input * factors.write_5m / kWhole;
  rates.cache_write_1h = rates.input * factors.write_1h / kWhole;
  return rates;
}

Price price_of(const Value& row, CacheFactors factors, const std::string& where) {
  Price price;
  price.valid_from = day_of(atm::json::get_string(row, "valid_from").value_or(""), where);
  factors.read = millionths(row, "cache_read_factor", where).value_or(factors.read);
  price.standard = rates_of(row, factors, where);
  if (const Value* fast = atm::json::get_object(row, "fast")) price.fast = rates_of(*fast, factors, where);
  if (const Value* tiers = atm::json::get_array(row, "tiers")) {
    for (const Value& tier : tiers->GetArray()) {
      const auto above = atm::json::get_int(tier, "above_prompt_tokens");
      if (!above || *above <= 0) fail(where, "above_prompt_tokens is not a positive whole number");
      price.tiers.push_back({static_cast<std::uint64_t>(*above), rates_of(tier, factors, where)});
    }
  }
  std::sort(price.tiers.begin(), price.tiers.end(),
            [](const Tier& a, const Tier& b) { return a.above_prompt_tokens < b.above_prompt_tokens; });
  return price;
}

void add(std::vector<PricedModel>& models, std::string_view prefix, Price price, const std::string& where) {
  auto model = std::find_if(models.begin(), models.end(),
                            [prefix](const PricedModel& known) { return known.prefix == prefix; });
  if (model == models.end()) model = models.insert(models.end(), PricedModel{std::string(prefix), {}});
  const auto later = std::find_if(model->prices.begin(), model->prices.end(), [&price](const Price& known) {
    return known.valid_from >= price.valid_from;
  });
  if (later != model->prices.end() && later->valid_from == price.valid_from)
    fail(where, "a second price from the same day");
  model->prices.insert(later, std::move(price));
}

}  // namespace

PriceTable PriceTable::parse(std::string_view json) {
  atm::json::Reader reader;
  const Value* root = reader.parse(json);
  if (root == nullptr) fail("the file", reader.error());
  const std::string top = "the top level";
  PriceTable table;
  // One search has a price in dollars, not in dollars per million, so the scale applies again.
  table.web_search_ = required(*root, "web_search_usd", top) * static_cast<std::uint64_t>(kMicrodollars);
  table.us_inference_ = required(*root, "us_inference_factor", top);
  table.batch_ = required(*root, "batch_factor", top);
  const CacheFactors factors{required(*root, "cache_read_factor", top),
                             required(*root, "cache_write_5m_factor", top),
                             required(*root, "cache_write_1h_factor", top)};
  const Value* rows = atm::json::get_array(*root, "prices");
  if (rows == nullptr) fail(top, "prices is not an array");
  for (const Value& row : rows->GetArray()) {
    const std::string_view model = atm::json::get_string(row, "model").value_or("");
    if (model.empty()) fail("a row of prices", "model is missing");
    const std::string where(model);
    add(table.models_, model, price_of(row, factors, where), where);
  }
  return table;
}

}  // namespace cost
