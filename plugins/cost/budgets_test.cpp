// SPDX-License-Identifier: MIT
#include "budgets.hpp"

#include <atm/testing.hpp>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using atm::testing::OwnedAttrs;
using atm::testing::OwnedValue;

constexpr std::int64_t kDay = 86'400'000'000'000;
constexpr std::int64_t kNovember24 = 1'795'521'600'000'000'000;  // 2026-11-24 12:00 UTC

// Reports of sessions with budgets of $10 each. The facts of a session come back with its next report.
class Sessions final {
 public:
  explicit Sessions(std::string config = R"({"budget":{"day":"10","project":"10","session":"10"}})")
      : config_(std::move(config)) {
    setenv("TZ", "UTC0", 1);
    restart();
  }
  // As a new daemon does: facts are restored, the instance is new.
  void restart() {
    atm::json::Reader reader;
    budgets_ = cost::Budgets(*reader.parse(config_));
  }
  // What the report changes.
  OwnedAttrs report(const std::string& id, std::int64_t micros, std::int64_t day = 0,
                    std::int64_t started = 0, const char* project = "/home/dev/p") {
    OwnedAttrs& known = known_[id];
    known["cwd"] = std::string(project);
    const std::vector<atm_attr> attrs = atm::testing::borrow(known);
    atm_observation o{};
    o.size = sizeof o;
    o.time_ns = kNovember24 + day * kDay;
    atm_session s{};
    s.size = sizeof s;
    s.id = {id.data(), id.size()};
    s.started_at_ns = kNovember24 + started * kDay;
    s.attrs = attrs.data();
    s.attr_count = attrs.size();
    OwnedAttrs changes;
    const atm_fact_sink sink{sizeof(atm_fact_sink), 0, &changes,
                             [](void* self, const atm_attr* fact) -> atm_status {
                               static_cast<OwnedAttrs*>(self)->insert_or_assign(
                                   std::string(atm::to_view(fact->key)), atm::testing::own(fact->value));
                               return ATM_OK;
                             }};
    budgets_.report(atm::ObservationView(o), atm::SessionSnapshot(s), atm::Money::from_microdollars(micros),
                    atm::FactSink(&sink));
    for (const auto& [key, value] : changes) known[key] = value;
    return changes;
  }

 private:
  std::string config_;
  cost::Budgets budgets_;
  std::map<std::string, OwnedAttrs> known_;
};

OwnedValue share(const OwnedAttrs& facts, const char* budget) {
  const auto found = facts.find("cost.budget." + std::string(budget) + ".used_percentage");
  return found == facts.end() ? OwnedValue(std::monostate{}) : found->second;
}

}  // namespace

TEST_CASE("a report has the used share of the budgets of its session, its project and the day") {
  Sessions sessions;
  CHECK(share(sessions.report("a", 2'000'000), "session") == OwnedValue(20.0));
  const OwnedAttrs second = sessions.report("b", 3'000'000, 0, 0, "/home/dev/other");
  CHECK(share(second, "session") == OwnedValue(30.0));
  CHECK(share(second, "day") == OwnedValue(50.0));
  CHECK(share(second, "project") == OwnedValue(30.0));
  // The figure of a session is cumulative.
  CHECK(share(sessions.report("a", 2'500'000), "day") == OwnedValue(55.0));
}

TEST_CASE("what a session spent on earlier days is not of this day") {
  Sessions sessions;
  CHECK(share(sessions.report("a", 4'000'000), "day") == OwnedValue(40.0));
  const OwnedAttrs next = sessions.report("a", 5'000'000, 1);
  CHECK(share(next, "day") == OwnedValue(10.0));
  CHECK(share(next, "project") == OwnedValue(50.0));
  CHECK(share(sessions.report("a", 6'000'000, 7), "project") == OwnedValue(10.0));  // December
  // An unknown part of the first figure of an older session is of this day: none of it is counted.
  Sessions others;
  CHECK(share(others.report("old", 4'000'000, 0, -3), "day") == OwnedValue(0.0));
  CHECK(share(others.report("old", 4'500'000, 0, -3), "day") == OwnedValue(5.0));
}

TEST_CASE("neither a restart of the agent nor one of the daemon loses what a session spent") {
  Sessions sessions;
  CHECK(share(sessions.report("a", 3'000'000), "day") == OwnedValue(30.0));
  CHECK(share(sessions.report("a", 500'000), "day") == OwnedValue(35.0));
  sessions.restart();
  CHECK(share(sessions.report("a", 1'000'000), "day") == OwnedValue(40.0));
}

TEST_CASE("without a budget there is no fact, and an amount that is no number is no budget") {
  CHECK(Sessions("{}").report("a", 1'000'000).empty());
  CHECK(Sessions(R"({"budget":{"day":"many","session":"-1","project":5}})").report("a", 1'000'000).empty());
  const OwnedAttrs facts = Sessions(R"({"budget":{"session":"0.5"}})").report("a", 1'000'000);
  CHECK(facts == OwnedAttrs{{"cost.budget.session.used_percentage", 200.0}});
}
