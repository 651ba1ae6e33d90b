// SPDX-License-Identifier: MIT
#include "ledger/prices.hpp"

#include <string>

#include "ledger/ledger_test_support.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::ledger;
using atm::test::contains;
using atm::test::TempDir;

namespace {

std::string table(const std::string& rows) {
  return R"({"schema":"atm.prices/1","rows":[)" + rows + "]}";
}
std::string row(const std::string& model, const std::string& from, const std::string& input,
                const std::string& more = "") {
  return R"({"model":")" + model + R"(","from":")" + from + R"(","usd_per_million":{"input":")" + input +
         R"("})" + more + "}";
}
PriceTable parsed(const std::string& rows, bool is_user = false) {
  return PriceTable::parse(table(rows), "x.json", is_user).value();
}
std::string error_of(const std::string& text) {
  const auto read = PriceTable::parse(text, "x.json", true);
  return read ? "" : read.error().message;
}
Day day(const char* text) {
  return parse_day(text).value();
}
Usage input(std::uint32_t count) {
  Usage usage;
  usage[TokenKind::kInput] = count;
  return usage;
}

}  // namespace

TEST_CASE("COST-P1 the project's table is readable and every row has a source", "[ledger]") {
  const PriceTable& prices = PriceTable::built_in();
  CHECK(prices.models().size() > 60);
  CHECK(prices.as_of() == day("2026-11-28"));
  for (const auto& [model, rows] : prices.models()) {
    for (const PriceRow& row : rows) {
      CAPTURE(row.id());
      CHECK_FALSE(row.sources.empty());
      CHECK_FALSE(row.certainty.empty());
      CHECK(row.card[0]);
      CHECK(row.card[1]);
      for (const std::string& source : row.sources) CHECK(prices.sources().count(source) == 1);
    }
  }
}

TEST_CASE("COST-P2 the row of a day is the latest that began by then", "[ledger]") {
  const PriceTable prices = parsed(row("m", "2026-02-01", "2") + "," + row("m", "2026-01-01", "1"));
  const auto price = [&](const char* at) { return *prices.quote("m", input(1), 0, day(at)).unit[0]; };
  CHECK(price("2026-01-31") == Pico{1'000'000});
  CHECK(price("2026-02-01") == Pico{2'000'000});
  CHECK(price("2020-01-01") == Pico{1'000'000});
  CHECK(prices.quote("m", input(1), 0, std::nullopt).amount == Pico{2'000'000});
  CHECK(prices.quote("n", input(1), 0, day("2026-01-01")).unpriced == Unpriced::kUnknownModel);
}

TEST_CASE("COST-P3 prices are decimal text", "[ledger]") {
  CHECK(parse_decimal("0.025", 6) == Pico{25'000});
  CHECK(parse_decimal("12", 6) == Pico{12'000'000});
  CHECK(parse_decimal("1.2500000", 6) == Pico{1'250'000});
  for (const char* text :
       {"", ".", "1.", ".5", "-1", "1e3", "0.0000001", "1,5", " 1", "9999999999999999999999"})
    CHECK_FALSE(parse_decimal(text, 6));
  CHECK(contains(error_of(table(R"({"model":"m","from":"2026-01-01","usd_per_million":{"input":0.1}})")),
                 "write it as \"0.25\""));
}

TEST_CASE("COST-P4 a price times its factors is a whole number of pico-dollars", "[ledger]") {
  CHECK(contains(error_of(table(row("m", "2026-01-01", "0.000001", R"(,"us_factor":"1.1")"))),
                 "row 1 (m): a price times its factors"));
  CHECK(error_of(table(row("m", "2026-01-01", "0.00001", R"(,"us_factor":"1.1")"))).empty());
}

TEST_CASE("COST-P5 a kind of tokens without a price makes the response unpriced", "[ledger]") {
  const PriceTable prices = parsed(row("m", "2026-01-01", "1"));
  Usage usage = input(1);
  usage[TokenKind::kOutput] = 1;
  CHECK(prices.quote("m", usage, 0, day("2026-01-01")).unpriced == Unpriced::kNoPriceOfKind);
  usage = input(1);
  usage.web_searches = 1;
  CHECK(prices.quote("m", usage, 0, day("2026-01-01")).unpriced == Unpriced::kNoPriceOfKind);
}

TEST_CASE("COST-P6 an announced price applies from its day and not before", "[ledger]") {
  const PriceTable& prices = PriceTable::built_in();
  CHECK_FALSE(prices.find("gemini-3.6-flash", day("2026-12-31"))->is_announced());
  CHECK(prices.find("gemini-3.6-flash", day("2027-01-01"))->is_announced());
  CHECK_FALSE(prices.find("gemini-3.6-flash", std::nullopt)->is_announced());
}

TEST_CASE("COST-P8 a user's rows take precedence", "[ledger]") {
  const TempDir dir;
  dir.file("prices/a.json",
           table(row("claude-opus-5-5", "2026-10-01", "1") + "," + row("mine", "2026-01-01", "3")));
  dir.file("prices/b.json", table(row("claude-opus-5-5", "2026-10-01", "2")));
  dir.file("prices/notes.txt", "no prices");
  const LoadedPrices loaded = load_prices((dir.path() / "prices").string());
  REQUIRE(loaded.errors.empty());
  // The file whose name comes later replaces the row of the same day. Before the user's first day the table's row holds.
  CHECK(loaded.table.quote("claude-opus-5-5", input(1), 0, day("2026-10-02")).amount == Pico{2'000'000});
  CHECK(loaded.table.quote("claude-opus-5-5", input(1), 0, day("2026-09-30")).amount == Pico{4'000'000});
  CHECK(loaded.table.quote("mine", input(1), 0, day("2025-01-01")).amount == Pico{3'000'000});
  const PriceRow* const used = loaded.table.find("claude-opus-5-5", day("2026-10-02"));
  CHECK(used->is_user);
  CHECK(used->id() == "user:claude-opus-5-5@2026-10-01");
  CHECK(used->batch == Factor{1, 2});
}

TEST_CASE("errors in a price file name the place and the remedy", "[ledger]") {
  CHECK(contains(error_of("{"), "x.json"));
  CHECK(contains(error_of("{}"), R"(expected "atm.prices/1")"));
  CHECK(contains(error_of(R"({"schema":"atm.prices/1"})"), "member rows is missing"));
  CHECK(contains(error_of(table(row("m", "2026-02-30", "1"))), "row 1 (m): from is missing or no day"));
  CHECK(contains(error_of(table(row("m", "2026-01-01", "-1"))), "price input"));
  CHECK(contains(error_of(table(row("m", "2026-01-01", "1") + "," + row("m", "2026-01-01", "2"))),
                 "two rows user:m@2026-01-01"));
  CHECK(contains(error_of(table(row("m", "2026-01-01", "1", R"(,"fast":{"outputs":"1"})"))),
                 "unknown price 'outputs'"));
  CHECK(contains(error_of(table(row("m", "2026-01-01", "1", R"(,"tiers":[{"usd_per_million":{}}])"))),
                 "above_prompt_tokens"));
  CHECK(contains(error_of(table(row("m", "2026-01-01", "1", R"(,"batch_factor":0.5)"))),
                 "write it as \"1.1\""));
  const TempDir dir;
  dir.file("bad.json", "{");
  dir.file("good.json", table(row("mine", "2026-01-01", "3")));
  const LoadedPrices loaded = load_prices(dir.path().string());
  CHECK(loaded.errors.size() == 1);
  CHECK(loaded.table.find("mine", 0) != nullptr);
}
