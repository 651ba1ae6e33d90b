// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>

#include "cost.hpp"
#include "rate.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::Money;
using atm::testing::OwnedAttrs;
using namespace std::chrono_literals;

constexpr std::int64_t kNovember2026 = 1'795'352'313'000'000'000;

atm::testing::AnalyzeResult analyze(const OwnedAttrs& session, std::string_view config = "{}",
                                    const char* type = "status.reported") {
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance plugin(atm_plugin_v1, host, config);
  return plugin.analyze({type, "s", "claude_code", "", "test", kNovember2026, {}}, session);
}

OwnedAttrs spent(std::int64_t micros, std::int64_t ms) {
  return {{"cost.total_usd_micros", micros}, {"duration.total_ms", ms}};
}

const atm::testing::OwnedValue kNone = std::monostate{};

}  // namespace

TEST_CASE("the rate is the cost divided by the hours") {
  CHECK(cost::hourly_rate(Money::from_usd(1.5), 30min) == Money::from_usd(3));
  CHECK(cost::hourly_rate(Money::from_usd(0), 1h) == Money());
  CHECK(cost::project_cost(Money::from_usd(1.5), 30min, 8) == Money::from_usd(24));
}

TEST_CASE("there is no rate below 3.6 seconds") {
  CHECK_FALSE(cost::hourly_rate(Money::from_usd(1), 3'599ms));
  CHECK(cost::hourly_rate(Money::from_usd(1), 3'600ms) == Money::from_usd(1'000));
  CHECK_FALSE(cost::project_cost(Money::from_usd(1), 3'599ms, 8));
}

TEST_CASE("a status report results in rate and projection") {
  const auto result = analyze(spent(350'000, 360'000));
  CHECK(result.status == atm::Status::kOk);
  CHECK(result.facts == OwnedAttrs{{"cost.hourly_rate_usd", 3.5},
                                   {"cost.projected_usd", 28.0},
                                   {"cost.rate_source", "agent"}});
}

TEST_CASE("the projection is for the configured hours") {
  CHECK(analyze(spent(350'000, 360'000), R"({"target_hours":2})").facts.at("cost.projected_usd") ==
        atm::testing::OwnedValue(7.0));
}

TEST_CASE("facts that are no longer known are removed") {
  const OwnedAttrs nothing{
      {"cost.hourly_rate_usd", kNone}, {"cost.projected_usd", kNone}, {"cost.rate_source", kNone}};
  CHECK(analyze({}).facts == nothing);
  CHECK(analyze(spent(350'000, 3'599)).facts == nothing);
  CHECK(analyze({{"duration.total_ms", std::int64_t{360'000}}}).facts == nothing);
}

TEST_CASE("a report of a limit results in the time at which it is used up") {
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance plugin(atm_plugin_v1, host, "{}");
  const auto facts = [&](double percent) {
    const std::int64_t now = kNovember2026 / 1'000'000'000;
    return plugin
        .analyze(
            {"status.reported",
             "s",
             "claude_code",
             "",
             "test",
             kNovember2026,
             {{"limits.five_hour.used_percentage", percent}, {"limits.five_hour.resets_at", now + 10'800}}},
            {})
        .facts;
  };
  CHECK(facts(50).at("cost.five_hour.full_at") ==
        atm::testing::OwnedValue(kNovember2026 / 1'000'000'000 + 7'200));
  CHECK(facts(50).count("cost.five_hour.full_error_s") == 1);
  CHECK(facts(20).at("cost.five_hour.full_at") == kNone);
  CHECK(facts(50).count("cost.seven_day.full_at") == 0);
}

TEST_CASE("observations that cannot change the cost are skipped") {
  const auto result = analyze(spent(350'000, 360'000), "{}", "tool.started");
  CHECK(result.status == atm::Status::kSkip);
  CHECK(result.facts.empty());
}

TEST_CASE("the facts are those of the README") {
  const OwnedAttrs facts = analyze(spent(350'000, 360'000)).facts;
  CHECK(facts.size() == 3);
  CHECK(std::holds_alternative<double>(facts.at("cost.hourly_rate_usd")));
  CHECK(std::holds_alternative<double>(facts.at("cost.projected_usd")));
  CHECK(std::holds_alternative<std::string>(facts.at("cost.rate_source")));
}

TEST_CASE("all facts are finite for any session") {
  CHECK(rc::check([](std::int64_t micros, std::int64_t ms) {
    for (const auto& [key, value] : analyze(spent(micros, ms), R"({"target_hours":8760})").facts) {
      if (const auto* number = std::get_if<double>(&value)) RC_ASSERT(std::isfinite(*number));
    }
  }));
}
