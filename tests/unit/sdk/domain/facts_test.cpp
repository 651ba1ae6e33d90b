// SPDX-License-Identifier: MIT
#include <atm/domain/facts.hpp>

#include <rapidcheck.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using atm::Facts;
using atm::FactValue;

TEST_CASE("facts: a value is found by its key and its type") {
  Facts facts;
  CHECK(facts.set("cost.hourly_rate_usd", 1.25));
  CHECK(facts.set("context.level", std::string("warning")));
  CHECK(facts.set("context.remaining_turns", std::int64_t{7}));
  REQUIRE(facts.find("cost.hourly_rate_usd") != nullptr);
  CHECK(*facts.get<double>("cost.hourly_rate_usd") == 1.25);
  CHECK(facts.get<std::int64_t>("cost.hourly_rate_usd") == nullptr);
  CHECK(*facts.get<std::string>("context.level") == "warning");
  CHECK(facts.find("cost") == nullptr);
  CHECK(facts.begin()->key.view() == "context.level");
}

TEST_CASE("facts: setting the same value again returns that nothing changed") {
  Facts facts;
  CHECK(facts.set("a.b", true));
  CHECK_FALSE(facts.set("a.b", true));
  CHECK(facts.set("a.b", std::int64_t{1}));
  CHECK(facts.size() == 1);
}

TEST_CASE("facts: the facts of one analyzer are removed together, without others") {
  Facts facts;
  for (const auto* key : {"cost", "cost.a", "cost.b", "cost_x.a", "costs.a", "a.cost."}) facts.set(key, true);
  CHECK(facts.erase_prefix("cost.") == 2);
  CHECK(facts.size() == 4);
  CHECK(facts.find("cost.a") == nullptr);
  CHECK(facts.find("cost_x.a") != nullptr);
  CHECK(facts.erase_prefix("none.") == 0);
}

TEST_CASE("facts: any sequence of changes gives the same content and order as a map") {
  CHECK(rc::check([](const std::vector<std::pair<std::uint8_t, std::int64_t>>& changes) {
    Facts facts;
    std::map<std::string, FactValue> expected;
    for (const auto& [key_number, value] : changes) {
      const std::string key = "k." + std::to_string(key_number % 16);
      if (value % 3 == 0) {
        RC_ASSERT(facts.erase(key) == (expected.erase(key) == 1));
      } else {
        facts.set(key, value);
        expected[key] = value;
      }
    }
    RC_ASSERT(facts.size() == expected.size());
    auto at = facts.begin();
    for (const auto& [key, value] : expected) {
      RC_ASSERT(at->key.view() == key);
      RC_ASSERT(at->value == value);
      ++at;
    }
  }));
}

TEST_CASE("facts: all sessions share one text of a key, over all threads") {
  std::atomic<int> lost = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&lost] {
      for (int i = 0; i < 2'000; ++i) {
        Facts facts;
        for (const auto* key : {"cost.hourly_rate_usd", "context.level", "agent.prompt_cache.expires_at"})
          facts.set(key, std::int64_t{i});
        const Facts copy = facts;
        facts.erase("context.level");
        if (copy.get<std::int64_t>("context.level") == nullptr) ++lost;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(lost == 0);
  Facts one;
  Facts other;
  one.set("cost.hourly_rate_usd", 1.0);
  other.set(std::string("cost.hourly_") + "rate_usd", 2.0);
  CHECK(one.begin()->key.view().data() == other.begin()->key.view().data());
  CHECK(one.begin()->key == other.begin()->key);
}
