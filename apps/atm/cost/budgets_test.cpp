// SPDX-License-Identifier: MIT
#include "cost/budgets.hpp"

#include <atm/json.hpp>
#include <string>

#include "cost/cost_text.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::cli;
using atm::test::contains;
using atm::test::TempDir;

namespace {

std::string response(const std::string& id, const std::string& session, const std::string& day,
                     unsigned output) {
  return R"({"type":"assistant","sessionId":")" + session + R"(","cwd":"/home/dev/p","timestamp":")" + day +
         R"(T09:00:00Z","message":{"id":"msg_)" + id +
         R"(","model":"claude-sonnet-4-6","usage":{"input_tokens":0,"output_tokens":)" +
         std::to_string(output) + "}}}\n";
}

Budgets budgets_of(const TempDir& dir, const std::string& text) {
  return read_budgets(dir.file("atm.toml", text).string());
}

}  // namespace

TEST_CASE("budgets are read from atm.toml, and an amount with an error is reported", "[cost]") {
  const TempDir dir;
  CHECK_FALSE(read_budgets((dir.path() / "missing.toml").string()).is_set());
  CHECK_FALSE(budgets_of(dir, "[limits]\nsessions = 5\n").is_set());
  const Budgets good = budgets_of(dir, "[budget]\nday = \"20\"\nsession = \"0.50\"\n");
  CHECK(good.day == ledger::parse_decimal("20", 12));
  CHECK(good.session == ledger::parse_decimal("0.5", 12));
  CHECK(good.project == 0);
  CHECK(good.problems.empty());
  const Budgets bad = budgets_of(dir, "[budget]\nday = 20\nproject = \"much\"\nsession = \"0\"\n");
  CHECK_FALSE(bad.is_set());
  REQUIRE(bad.problems.size() == 3);
  CHECK(
      contains(bad.problems[1], "atm.toml:3: budget.project is \"much\", expected dollars above 0 as text"));
  CHECK(budgets_of(dir, "[budget\n").problems.size() == 1);
}

TEST_CASE("the use of a budget is that of its day, month or session", "[cost]") {
  const TempDir dir;
  // $1.50 for 100,000 tokens. The first session also spent yesterday, the second one only in the month before.
  dir.file("config/projects/-home-dev-p/s.jsonl", response("1", "s1", "2026-11-20", 100'000) +
                                                      response("2", "s1", "2026-11-19", 200'000) +
                                                      response("3", "s2", "2026-10-01", 900'000));
  Books books({{(dir.path() / "config").string()}, "", (dir.path() / "ledger.db").string()});
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  const ledger::Day today = ledger::parse_day("2026-11-20").value();
  const auto dollars = [](const char* text) { return ledger::parse_decimal(text, 12).value(); };
  const auto uses = budget_uses(books, {dollars("10"), dollars("5"), dollars("4")}, zone, today).value();
  REQUIRE(uses.size() == 3);
  CHECK(uses[0].budget == "session");
  CHECK(uses[0].name == "s1");
  CHECK(uses[0].percent() == 112);
  CHECK(uses[1].budget == "project");
  CHECK(uses[1].percent() == 90);
  CHECK(uses[2].name == "2026-11-20");
  CHECK(uses[2].percent() == 15);
  CHECK(budget_text(uses) ==
        "budget of session s1: $4.50 of $4.00, 112%, exceeded\n"
        "budget of project /home/dev/p: $4.50 of $5.00, 90%\n"
        "budget of day 2026-11-20: $1.50 of $10.00, 15%\n");
  CHECK(budget_text(budget_uses(books, {0, dollars("6"), 0}, zone, today).value()).empty());
  CHECK(budget_uses(books, {}, zone, today).value().empty());
  const std::string json = cost_json({}, {}, books, uses);
  CHECK(contains(json, R"({"budget":"session","name":"s1","usd":"4.500000000000","unpriced_responses":0,)"
                       R"("limit_usd":"4.000000000000","used_percentage":112})"));
}
