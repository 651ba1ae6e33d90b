// SPDX-License-Identifier: MIT
#include "kernel/system/timers.hpp"

#include <atomic>
#include <future>
#include <vector>

#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
const int kOwnerA = 0;
const int kOwnerB = 0;

struct TimersFixture {
  ManualClock clock;
  Timers timers{clock};
  std::vector<std::uint64_t> fired;

  std::uint64_t start(std::int64_t delay, std::int64_t period = 0, Timers::Owner owner = &kOwnerA) {
    std::uint64_t timer = 0;
    REQUIRE(timers.start(
                owner, delay, period, [this](std::uint64_t id) { fired.push_back(id); }, timer) ==
            TimerError::kNone);
    return timer;
  }
};

}  // namespace

TEST_CASE("timers fire in the order of their time, each once", "[timers]") {
  TimersFixture f;
  const auto late = f.start(20 * kMillisecond);
  const auto soon = f.start(10 * kMillisecond);
  CHECK(f.timers.run_due() == 0);
  f.clock.advance(30 * kMillisecond);
  CHECK(f.timers.run_due() == 2);
  CHECK(f.fired == std::vector<std::uint64_t>{soon, late});
  CHECK(f.timers.run_due() == 0);
}

TEST_CASE("a periodic timer that was missed fires once, not once for each period", "[timers]") {
  TimersFixture f;
  f.start(10 * kMillisecond, 10 * kMillisecond);
  f.clock.advance(1000 * kMillisecond);
  CHECK(f.timers.run_due() == 1);
  f.clock.advance(10 * kMillisecond);
  CHECK(f.timers.run_due() == 1);
}

TEST_CASE("a change of the wall clock moves no timer", "[timers]") {
  TimersFixture f;
  f.start(10 * kMillisecond);
  f.clock.step_wall(3'600'000 * kMillisecond);
  CHECK(f.timers.run_due() == 0);
}

TEST_CASE("a cancelled timer does not fire and only its owner can cancel it", "[timers]") {
  TimersFixture f;
  const auto timer = f.start(10 * kMillisecond);
  CHECK_FALSE(f.timers.cancel(&kOwnerB, timer));
  CHECK(f.timers.cancel(&kOwnerA, timer));
  CHECK_FALSE(f.timers.cancel(&kOwnerA, timer));
  f.clock.advance(20 * kMillisecond);
  CHECK(f.timers.run_due() == 0);
}

TEST_CASE("a periodic timer can end itself", "[timers]") {
  TimersFixture f;
  int runs = 0;
  std::uint64_t timer = 0;
  const auto end_self = [&](std::uint64_t id) {
    ++runs;
    f.timers.cancel(&kOwnerA, id);
  };
  REQUIRE(f.timers.start(&kOwnerA, 0, kMillisecond, end_self, timer) == TimerError::kNone);
  f.timers.run_due();
  f.clock.advance(10 * kMillisecond);
  f.timers.run_due();
  CHECK(runs == 1);
}

TEST_CASE("impossible times and too many timers are refused", "[timers]") {
  TimersFixture f;
  std::uint64_t timer = 0;
  const auto nothing = [](std::uint64_t) {};
  CHECK(f.timers.start(&kOwnerA, -1, 0, nothing, timer) == TimerError::kInvalid);
  CHECK(f.timers.start(&kOwnerA, 0, 1, nothing, timer) == TimerError::kInvalid);
  CHECK(f.timers.start(&kOwnerA, INT64_MAX, 0, nothing, timer) == TimerError::kNone);
  f.clock.advance(1);
  CHECK(f.timers.start(&kOwnerA, INT64_MAX, 0, nothing, timer) == TimerError::kInvalid);
  for (std::size_t i = 1; i < Timers::kMaxPerOwner; ++i) f.start(kMillisecond);
  CHECK(f.timers.start(&kOwnerA, 0, 0, nothing, timer) == TimerError::kFull);
  f.start(kMillisecond, 0, &kOwnerB);
  f.timers.cancel_all(&kOwnerA);
  f.start(kMillisecond);
  f.timers.stop();
  CHECK(f.timers.start(&kOwnerA, 0, 0, nothing, timer) == TimerError::kClosed);
}

TEST_CASE("on the real clock cancel waits for the running callback", "[timers]") {
  const SystemClock clock;
  Timers timers(clock);
  timers.run_in_background();
  std::promise<void> entered;
  std::promise<void> go_on;
  std::atomic<bool> is_done{false};
  std::uint64_t timer = 0;
  const auto slow = [&](std::uint64_t) {
    entered.set_value();
    go_on.get_future().wait();
    is_done = true;
  };
  REQUIRE(timers.start(&kOwnerA, 0, 0, slow, timer) == TimerError::kNone);
  entered.get_future().wait();
  auto cancelled = std::async(std::launch::async, [&] {
    timers.cancel(&kOwnerA, timer);
    return is_done.load();
  });
  go_on.set_value();
  CHECK(cancelled.get());
}

TEST_CASE("a new earliest timer wakes the thread", "[timers]") {
  const SystemClock clock;
  Timers timers(clock);
  timers.run_in_background();
  std::uint64_t timer = 0;
  REQUIRE(timers.start(
              &kOwnerA, 3'600'000 * kMillisecond, 0, [](std::uint64_t) {}, timer) == TimerError::kNone);
  std::promise<void> fired;
  REQUIRE(timers.start(
              &kOwnerA, kMillisecond, 0, [&](std::uint64_t) { fired.set_value(); }, timer) ==
          TimerError::kNone);
  CHECK(fired.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}
