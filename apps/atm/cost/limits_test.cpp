// SPDX-License-Identifier: MIT
#include "cost/limits.hpp"

#include <chrono>
#include <filesystem>
#include <limits>
#include <string>

#include "session_samples.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::cli;
using atm::test::contains;
using atm::test::TempDir;
using ledger::Limit;

namespace {

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kPresent = 1'795'370'000;
constexpr std::int64_t kNanos = 1'000'000'000;

}  // namespace

TEST_CASE("the limits are those of the vendor where it reported them, else estimated", "[cost]") {
  ledger::Names names;
  ledger::Windows windows;
  const ledger::Name claude = names.add("claude_code");
  const ledger::Name codex = names.add("codex");
  windows.add_reported(claude, (kPresent - 3 * kHour) * kNanos, (kPresent + 2 * kHour) * kNanos);
  for (const ledger::Name program : {claude, codex}) windows.add(program, (kPresent - kHour) * kNanos);
  windows.finish();
  const std::vector<Limit> reported{
      {"claude_code", "five_hour", kPresent - 5 * kHour, 99, kPresent - 6 * kHour},  // of an earlier window
      {"claude_code", "five_hour", kPresent + 2 * kHour, 60, kPresent - 300},
      {"claude_code", "seven_day", kPresent + 24 * kHour, 30, kPresent - 300}};
  const auto limits = current_limits(reported, windows, names, kPresent);
  REQUIRE(limits.size() == 3);
  CHECK(limits[0].window == "five_hour");
  CHECK_FALSE(limits[0].is_estimated);
  CHECK(limits[0].begins_at == kPresent - 3 * kHour);
  CHECK(limits[0].used_percentage == 60);
  // 60 % in 175 minutes: the rest lasts 116 minutes and 40 seconds.
  CHECK(limits[0].full_at == kPresent - 300 + 7'000);
  CHECK(limits[0].full_error > 0);
  CHECK(limits[1].window == "seven_day");
  CHECK_FALSE(limits[1].full_at.has_value());
  CHECK(limits[2].agent == "codex");
  CHECK(limits[2].is_estimated);
  CHECK(limits[2].begins_at == (kPresent - kHour) / kHour * kHour);
  CHECK_FALSE(limits[2].used_percentage.has_value());
  const std::string text = limits_text(limits, kPresent, {});
  CHECK(contains(text, "60%"));
  CHECK(contains(text, "1h 51m (+-"));
  CHECK(contains(text, "vendor, 0h 5m ago"));
  CHECK(contains(text, "estimated"));
  CHECK(limits_text({}, kPresent, {}).empty());
}

TEST_CASE("of two reports about windows whose ends differ by seconds the latest counts", "[cost]") {
  const std::vector<Limit> reported{{"claude_code", "five_hour", kPresent + kHour, 10, kPresent - 60},
                                    {"claude_code", "five_hour", kPresent + kHour + 1, 12, kPresent - 30},
                                    {"claude_code", "five_hour", kPresent + kHour + 2, 11, kPresent - 50}};
  const auto limits = current_limits(reported, {}, {}, kPresent);
  REQUIRE(limits.size() == 1);
  CHECK(limits[0].used_percentage == 12);
}

TEST_CASE("reports about limits are kept in a ledger that exists", "[cost]") {
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  const auto report = [](double percent, std::int64_t seen) {
    return std::vector<Limit>{{"claude_code", "five_hour", kPresent + kHour, percent, seen}};
  };
  keep_limits(path, report(10, kPresent));
  CHECK_FALSE(std::filesystem::exists(path));
  auto store = ledger::Store::open(path);
  REQUIRE(store);
  keep_limits(path, report(10, kPresent));
  keep_limits(path, report(20, kPresent + 5));
  keep_limits(path, report(5, kPresent + 4));  // an earlier report that arrives late
  CHECK(store->limits().value() == report(20, kPresent + 5));
  // An unchanged report is written once a minute.
  keep_limits(path, report(20, kPresent + 60));
  CHECK(store->limits().value() == report(20, kPresent + 5));
  keep_limits(path, report(20, kPresent + 70));
  CHECK(store->limits().value() == report(20, kPresent + 70));
  // Impossible values are left out.
  keep_limits(path,
              {{"claude_code", "five_hour", -1, 1, kPresent},
               {"claude_code", "five_hour", std::numeric_limits<std::int64_t>::max(), 1, kPresent},
               {"claude_code", "five_hour", kPresent, std::numeric_limits<double>::quiet_NaN(), kPresent}});
  CHECK(store->limits()->size() == 1);
}

TEST_CASE("a status line reports the limits that it has", "[cost]") {
  CHECK(limits_of({}, {}, {}, {}).empty());
  CHECK(limits_of(10, {}, {}, 5).empty());
  const auto limits = limits_of(10, kPresent, 20, kPresent + 1);
  REQUIRE(limits.size() == 2);
  CHECK(limits[1].window == "seven_day");
  CHECK(limits[1].used_percentage == 20);
  CHECK(limits[1].resets_at == kPresent + 1);
}

TEST_CASE("limits and the costs of agents without files come from the sessions of the daemon", "[cost]") {
  CostPaths paths;
  paths.sources.push_back({});
  paths.sources.back().program = "pi";
  std::vector<protocol::Session> sessions;
  for (const char* const agent : {"claude_code", "pi", "opencode", "opencode"}) {
    sessions.push_back(sample_session("s" + std::to_string(sessions.size()), SessionStatus::idle()));
    SessionDomain& domain = sessions.back().domain;
    domain.agent = agent;
    domain.cost = Money::from_microdollars(2'600);
    domain.cost_source = "agent";
  }
  sessions.back().domain.cost = Money();
  Facts& facts = sessions.front().domain.facts;
  facts.set("agent.limits.five_hour.used_percentage", 42.0);
  facts.set("agent.limits.five_hour.resets_at", kPresent + kHour);
  facts.set("agent.limits.seven_day.used_percentage", 42.0);  // without its end
  const Reported reported = reported_by(sessions, paths);
  const std::int64_t seen = std::chrono::duration_cast<std::chrono::seconds>(
                                sessions.front().domain.last_activity.time_since_epoch())
                                .count();
  CHECK(reported.limits == std::vector<Limit>{{"claude_code", "five_hour", kPresent + kHour, 42, seen}});
  CHECK(reported.costs == std::vector<ledger::AgentCost>{{"opencode", "s2", 2'600, seen}});
  CHECK(agent_costs_text(reported.costs) ==
        "\nopencode: $0.0026 by its own figures, 1 session, in no total\n");
  CHECK(agent_costs_text({}).empty());
  // A figure that begins again does not replace the greater one.
  auto store = ledger::Store::open("");
  REQUIRE(store);
  REQUIRE(store->add_agent_costs(reported.costs));
  REQUIRE(store->add_agent_costs({{"opencode", "s2", 1, seen + 1}, {"opencode", "s3", 5, seen}}));
  const auto kept = store->agent_costs();
  REQUIRE(kept);
  REQUIRE(kept->size() == 2);
  CHECK(kept->front() == reported.costs.front());
}
