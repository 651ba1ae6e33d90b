// SPDX-License-Identifier: MIT
#include <atm/domain/context_usage.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "support/catch.hpp"

using atm::ContextThresholds;
using atm::ContextUsage;
using atm::ContextWarningLevel;

namespace {

ContextUsage golden() {
  ContextUsage usage;
  usage.total_input_tokens = 5141;
  usage.context_window_size = 200'000;
  usage.current_input_tokens = 7;
  usage.cache_creation_tokens = 1396;
  usage.cache_read_tokens = 37'532;
  return usage;
}

ContextUsage at_percent(double percent) {
  ContextUsage usage;
  usage.used_percentage = percent;
  return usage;
}

ContextUsage of_tokens(std::uint64_t input, std::uint64_t created, std::uint64_t read) {
  ContextUsage usage;
  usage.current_input_tokens = input;
  usage.cache_creation_tokens = created;
  usage.cache_read_tokens = read;
  return usage;
}

}  // namespace

TEST_CASE("context: occupancy is input and cache of the last response, not the totals") {
  CHECK(golden().context_tokens() == 38'935U);
  CHECK(golden().usage_percentage().value() == Approx(19.4675).epsilon(1e-12));
  CHECK(golden().remaining_tokens() == 161'065U);
  CHECK(golden().str() == "19.5% (38K/200K)");
  CHECK(golden().compact() == "19%");
  CHECK_FALSE(golden().is_warning());
}

TEST_CASE("context: unknown is not zero") {
  const ContextUsage nothing;
  CHECK_FALSE(nothing.context_tokens().has_value());
  CHECK_FALSE(nothing.usage_percentage().has_value());
  CHECK_FALSE(nothing.remaining_tokens().has_value());
  CHECK_FALSE(nothing.is_warning());
  CHECK_FALSE(nothing.exceeds_200k());
  CHECK(nothing.str() == "-");
  CHECK(nothing.compact() == "-");

  ContextUsage without_cache = golden();
  without_cache.cache_read_tokens.reset();
  CHECK_FALSE(without_cache.context_tokens().has_value());

  ContextUsage without_window = golden();
  without_window.context_window_size.reset();
  CHECK_FALSE(without_window.usage_percentage().has_value());
  CHECK(without_window.str() == "38K");
  without_window.context_window_size = 0;
  CHECK_FALSE(without_window.usage_percentage().has_value());
}

TEST_CASE("context: the agent's own figure has priority and is clamped") {
  ContextUsage usage = golden();
  usage.used_percentage = 42;
  CHECK(usage.usage_percentage() == 42);
  CHECK(usage.str() == "42.0% (38K/200K)");
  CHECK(at_percent(250).usage_percentage() == 100);
  CHECK(at_percent(-1).usage_percentage() == 0);
  CHECK(at_percent(19.5).str() == "19.5%");
  usage.used_percentage = std::nan("");
  CHECK(usage.usage_percentage().value() == Approx(19.4675));
  usage.used_percentage = HUGE_VAL;
  CHECK(usage.usage_percentage().value() == Approx(19.4675));
}

TEST_CASE("context: a level begins at its threshold") {
  using Level = ContextWarningLevel;
  CHECK(at_percent(59.99).level() == Level::kNormal);
  CHECK(at_percent(60).level() == Level::kElevated);
  CHECK(at_percent(79.99).level() == Level::kElevated);
  CHECK(at_percent(80).level() == Level::kWarning);
  CHECK(at_percent(89.99).level() == Level::kWarning);
  CHECK(at_percent(90).level() == Level::kCritical);
  CHECK(at_percent(79.99).is_warning() == false);
  CHECK(at_percent(80).is_warning());
  CHECK_FALSE(at_percent(89.99).is_critical());
  CHECK(at_percent(90).is_critical());
  CHECK(at_percent(50).level(ContextThresholds{10, 20, 50}) == Level::kCritical);
  CHECK(Level::kNormal < Level::kElevated);
  CHECK(Level::kWarning < Level::kCritical);
}

TEST_CASE("context: 200k is exceeded by one more token in any window") {
  CHECK_FALSE(of_tokens(200'000, 0, 0).exceeds_200k());
  CHECK(of_tokens(200'000, 0, 1).exceeds_200k());
}

TEST_CASE("context: laws") {
  CHECK(rc::check("the sum saturates, the percentage stays in range, nothing remains below zero",
                  [](std::uint64_t input, std::uint64_t created, std::uint64_t read, std::uint64_t window) {
                    ContextUsage usage = of_tokens(input, created, read);
                    usage.context_window_size = window;
                    RC_ASSERT(usage.context_tokens().value() >= std::max({input, created, read}));
                    const auto percent = usage.usage_percentage();
                    RC_ASSERT(percent.has_value() == (window > 0));
                    if (percent) RC_ASSERT(*percent >= 0 && *percent <= 100);
                    RC_ASSERT(usage.remaining_tokens().value() <= window);
                  }));
  CHECK(rc::check("more tokens never lower the percentage or the level",
                  [](std::uint32_t input, std::uint32_t more, std::uint32_t window) {
                    ContextUsage less = of_tokens(input, 0, 0);
                    ContextUsage full = of_tokens(std::uint64_t{input} + more, 0, 0);
                    less.context_window_size = full.context_window_size = window;
                    RC_ASSERT((less.usage_percentage() <= full.usage_percentage()));
                    RC_ASSERT(less.level() <= full.level());
                    RC_ASSERT(less.remaining_tokens().value() >= full.remaining_tokens().value());
                  }));
}
