// SPDX-License-Identifier: MIT
// The golden numbers are calculated by hand from the vendor's price list, in the comments beside them.
#include "price_table.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

namespace {

using atm::Money;
using cost::Day;
using cost::PriceTable;
using cost::Usage;
using namespace std::chrono_literals;

constexpr Day kToday = std::chrono::sys_days(2026y / std::chrono::November / 22d);

const PriceTable& table() {
  static const PriceTable parsed = PriceTable::parse(cost::kPricesJson);
  return parsed;
}

std::int64_t micros(std::string_view model, const Usage& usage, Day day = kToday) {
  const auto cost = table().estimate(model, usage, day);
  REQUIRE(cost.has_value());
  return cost->microdollars();
}

}  // namespace

TEST_CASE("a response costs the sum of its disjoint counts") {
  // Sonnet 4.6: 7 x 3 + 320 x 15 + 37,532 x 0.30 + 1,396 x 3.75 = 21 + 4,800 + 11,259.6 + 5,235 = 21,315.6
  CHECK(micros("claude-sonnet-4-6", {.input_tokens = 7,
                                     .output_tokens = 320,
                                     .cache_read_tokens = 37'532,
                                     .cache_write_5m_tokens = 1'396}) == 21'316);
}

TEST_CASE("a cache write costs twice the input for an hour, and 1.25 times for five minutes") {
  CHECK(micros("claude-opus-4-5-20251101", {.cache_write_5m_tokens = 1'000'000}) == 6'250'000);
  CHECK(micros("claude-opus-4-5-20251101", {.cache_write_1h_tokens = 1'000'000}) == 10'000'000);
  // The recorded session: 10 x 3 + 20 x 15 + 20,000 x 6 = 120,330, the agent's own figure.
  CHECK(micros("claude-sonnet-4-6",
               {.input_tokens = 10, .output_tokens = 20, .cache_write_1h_tokens = 20'000}) == 120'330);
}

TEST_CASE("every price of the vendor's list is in the table") {
  struct Row {
    const char* model;
    std::int64_t input, output, write_5m, write_1h, read;  // microdollars per million tokens
  };
  constexpr Row kRows[] = {
      {"claude-opus-5-5", 4'000'000, 20'000'000, 5'000'000, 8'000'000, 200'000},
      {"claude-opus-5", 5'000'000, 25'000'000, 6'250'000, 10'000'000, 500'000},
      {"claude-opus-4-8", 5'000'000, 25'000'000, 6'250'000, 10'000'000, 500'000},
      {"claude-opus-4-7", 5'000'000, 25'000'000, 6'250'000, 10'000'000, 500'000},
      {"claude-opus-4-6", 5'000'000, 25'000'000, 6'250'000, 10'000'000, 500'000},
      {"claude-opus-4-5-20251101", 5'000'000, 25'000'000, 6'250'000, 10'000'000, 500'000},
      {"claude-opus-4-1-20250805", 15'000'000, 75'000'000, 18'750'000, 30'000'000, 1'500'000},
      {"claude-opus-4-20250514", 15'000'000, 75'000'000, 18'750'000, 30'000'000, 1'500'000},
      {"claude-sonnet-5-5", 2'000'000, 10'000'000, 2'500'000, 4'000'000, 100'000},
      {"claude-sonnet-5", 2'000'000, 10'000'000, 2'500'000, 4'000'000, 200'000},
      {"claude-sonnet-4-6", 3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000},
      {"claude-sonnet-4-5-20250929", 3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000},
      {"claude-sonnet-4-20250514", 3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000},
      {"claude-3-7-sonnet-20250219", 3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000},
      {"claude-3-5-sonnet-20241022", 3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000},
      {"claude-haiku-4-5-20251001", 1'000'000, 5'000'000, 1'250'000, 2'000'000, 100'000},
      {"claude-3-5-haiku-20241022", 800'000, 4'000'000, 1'000'000, 1'600'000, 80'000},
      {"claude-fable-5", 10'000'000, 50'000'000, 12'500'000, 20'000'000, 1'000'000},
      {"claude-mythos-5", 10'000'000, 50'000'000, 12'500'000, 20'000'000, 1'000'000},
      {"claude-fable-5-1", 10'000'000, 50'000'000, 12'500'000, 20'000'000, 250'000},
      {"claude-mythos-5-1", 10'000'000, 50'000'000, 12'500'000, 20'000'000, 250'000},
      {"claude-fable-5-2", 8'000'000, 40'000'000, 10'000'000, 16'000'000, 200'000},
      {"claude-mythos-5-2", 8'000'000, 40'000'000, 10'000'000, 16'000'000, 200'000},
      // Its second tier, above 100,000 prompt tokens; output has the price of the first here, without a
      // prompt.
      {"claude-haiku-5-5", 500'000, 500'000, 625'000, 1'000'000, 50'000},
  };
  constexpr std::uint64_t kMillion = 1'000'000;
  for (const Row& row : kRows) {
    INFO(row.model);
    CHECK(micros(row.model, {.input_tokens = kMillion}) == row.input);
    CHECK(micros(row.model, {.output_tokens = kMillion}) == row.output);
    CHECK(micros(row.model, {.cache_write_5m_tokens = kMillion}) == row.write_5m);
    CHECK(micros(row.model, {.cache_write_1h_tokens = kMillion}) == row.write_1h);
    CHECK(micros(row.model, {.cache_read_tokens = kMillion}) == row.read);
  }
}

TEST_CASE("a prompt of more than 100,000 tokens costs five times as much on Haiku 5.5") {
  // 100,000 x 0.10 + 1,000 x 0.50 = 10,500; one token more: 100,001 x 0.50 + 1,000 x 2.50 = 52,500.5
  CHECK(micros("claude-haiku-5-5", {.input_tokens = 100'000, .output_tokens = 1'000}) == 10'500);
  CHECK(micros("claude-haiku-5-5", {.input_tokens = 100'001, .output_tokens = 1'000}) == 52'501);
  // The prompt is input, cache writes and cache reads together: 50,000 x 0.05 + 50,001 x 0.625 = 33,750.625
  CHECK(micros("claude-haiku-5-5", {.cache_read_tokens = 50'000, .cache_write_5m_tokens = 50'001}) == 33'751);
}

TEST_CASE("a fast response has the fast price, or no estimate if there is none") {
  // 1,000 x 8 + 1,000 x 40 + 1,000 x 0.40 = 48,400
  CHECK(
      micros("claude-opus-5-5",
             {.input_tokens = 1'000, .output_tokens = 1'000, .cache_read_tokens = 1'000, .is_fast = true}) ==
      48'400);
  CHECK_FALSE(table().estimate("claude-sonnet-4-6", {.input_tokens = 1, .is_fast = true}, kToday));
}

TEST_CASE("web searches cost a cent each, for any response") {
  CHECK(micros("claude-sonnet-4-6", {.web_searches = 3}) == 30'000);
  CHECK(micros("claude-sonnet-4-6", {.input_tokens = 1'000'000, .web_searches = 1, .is_batch = true}) ==
        1'510'000);
}

TEST_CASE("batch halves the tokens' price and inference in the US adds a tenth") {
  CHECK(micros("claude-sonnet-4-6", {.input_tokens = 1'000'000, .is_batch = true}) == 1'500'000);
  CHECK(micros("claude-sonnet-4-6", {.input_tokens = 1'000'000, .is_us_inference = true}) == 3'300'000);
  CHECK(micros("claude-sonnet-4-6", {.input_tokens = 1'000'000, .is_batch = true, .is_us_inference = true}) ==
        1'650'000);
}

TEST_CASE("a model is found in every spelling of its id") {
  const Usage million{.input_tokens = 1'000'000};
  for (const char* id :
       {"claude-opus-4-6", "claude-opus-4-6[1m]", "claude-opus-4-6[1M]", "us.anthropic.claude-opus-4-6-v1",
        "anthropic/claude-opus-4-6", "claude-opus-4-6-20260205", "claude-opus-4-6@20260205",
        "arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-opus-4-6-v1:0"}) {
    INFO(id);
    CHECK(micros(id, million) == 5'000'000);
  }
}

TEST_CASE("an unknown model has no price") {
  for (const char* id : {"", "<synthetic>", "claude", "claude-opus-4-9", "claude-opus-5-5-turbo", "gpt-5",
                         "my-gateway/some-model"}) {
    INFO(id);
    CHECK_FALSE(table().estimate(id, {.input_tokens = 1'000'000}, kToday));
  }
}

TEST_CASE("the price is the one of that day") {
  const PriceTable two = PriceTable::parse(R"({
    "web_search_usd": 0, "cache_write_5m_factor": 1.25, "cache_write_1h_factor": 2, "cache_read_factor": 0.1,
    "us_inference_factor": 1, "batch_factor": 1,
    "prices": [
      {"model": "m", "valid_from": "2026-07-01", "input": 2, "output": 4},
      {"model": "m", "valid_from": "2026-01-01", "input": 3, "output": 6}]})");
  const auto on = [&two](std::chrono::year_month_day date) {
    return two.estimate("m", {.input_tokens = 1'000'000}, Day(date))->microdollars();
  };
  using std::chrono::January, std::chrono::July, std::chrono::June, std::chrono::December;
  CHECK(on(2026y / January / 1d) == 3'000'000);
  CHECK(on(2026y / June / 30d) == 3'000'000);
  CHECK(on(2026y / July / 1d) == 2'000'000);
  // Before its first price, a model has its first price.
  CHECK(on(2025y / December / 31d) == 3'000'000);
}

TEST_CASE("the error of a broken price file states the position") {
  const auto parse = [](const std::string& row) {
    return PriceTable::parse(
        R"({"web_search_usd":0,"cache_write_5m_factor":1,"cache_write_1h_factor":1,"cache_read_factor":1,
        "us_inference_factor":1,"batch_factor":1,"prices":[)" +
        row + "]}");
  };
  CHECK_THROWS_WITH(PriceTable::parse("[]"), "prices.json: the top level: web_search_usd is missing");
  CHECK_THROWS_WITH(parse(R"({"input":1})"), "prices.json: a row of prices: model is missing");
  CHECK_THROWS_WITH(parse(R"({"model":"m","valid_from":"2026-02-30","input":1,"output":1})"),
                    "prices.json: m: valid_from is not a day, expected YYYY-MM-DD");
  CHECK_THROWS_WITH(parse(R"({"model":"m","valid_from":"2026-02-01","input":"1","output":1})"),
                    "prices.json: m: input is not a number from 0 to 1000");
  const std::string row = R"({"model":"m","valid_from":"2026-02-01","input":1,"output":1})";
  CHECK_THROWS_WITH(parse(row + ',' + row), "prices.json: m: a second price from the same day");
}

TEST_CASE("an estimate never falls if a response gets longer, and never overflows") {
  CHECK(rc::check([](std::uint64_t input, std::uint64_t output, std::uint64_t read, std::uint64_t write) {
    const Usage usage{.input_tokens = input,
                      .output_tokens = output,
                      .cache_read_tokens = read,
                      .cache_write_5m_tokens = write};
    Usage longer = usage;
    longer.output_tokens = output > UINT64_MAX - 1'000 ? output : output + 1'000;
    const auto less = table().estimate("claude-haiku-5-5", usage, kToday);
    const auto more = table().estimate("claude-haiku-5-5", longer, kToday);
    RC_ASSERT(less.has_value());
    RC_ASSERT(*less >= Money());
    RC_ASSERT(*more >= *less);
  }));
}
