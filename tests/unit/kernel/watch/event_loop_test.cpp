// SPDX-License-Identifier: MIT
#include "kernel/watch/event_loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <string>
#include <vector>

#include "kernel/system/clock.hpp"
#include "support/catch.hpp"

using namespace atm::kernel;

TEST_CASE("timers run in the order of their time, cancelled ones never", "[watch][loop]") {
  ManualClock clock;
  EventLoop loop(clock);
  std::string ran;
  loop.after(20, [&] { ran += 'c'; });
  loop.after(10, [&] { ran += 'a'; });
  const auto cancelled = loop.after(10, [&] { ran += '!'; });
  loop.after(10, [&] { ran += 'b'; });
  loop.cancel(cancelled);
  loop.turn(0);
  CHECK(ran.empty());
  clock.advance(20);
  loop.turn(0);
  CHECK(ran == "abc");
}

TEST_CASE("a timer that sets itself again does not delay other timers", "[watch][loop]") {
  ManualClock clock;
  EventLoop loop(clock);
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    loop.after(0, again);
  };
  loop.after(0, again);
  loop.turn(0);
  loop.turn(0);
  CHECK(runs == 2);
}

TEST_CASE("a timer that another one cancels in the same iteration does not run", "[watch][loop]") {
  ManualClock clock;
  EventLoop loop(clock);
  bool has_run = false;
  EventLoop::Token second = 0;
  loop.after(1, [&] { loop.cancel(second); });
  second = loop.after(2, [&] { has_run = true; });
  clock.advance(2);
  loop.turn(0);
  CHECK_FALSE(has_run);
}

TEST_CASE("a descriptor that a call of the same iteration removes is not called", "[watch][loop]") {
  ManualClock clock;
  EventLoop loop(clock);
  struct Pipe {
    Pipe() {
      REQUIRE(::pipe(ends.data()) == 0);
      REQUIRE(::write(ends[1], "x", 1) == 1);
    }
    ~Pipe() {
      ::close(ends[0]);
      ::close(ends[1]);
    }
    std::array<int, 2> ends{};
  };
  const std::array<Pipe, 2> pipes;
  std::array<EventLoop::Token, 2> tokens{};
  int calls = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    tokens[i] = loop.add_fd(pipes[i].ends[0], [&] {
      ++calls;
      for (std::size_t k = 0; k < 2; ++k) loop.remove_fd(tokens[k], pipes[k].ends[0]);
    });
    REQUIRE(tokens[i] != 0);
  }
  loop.turn(0);
  loop.turn(0);
  CHECK(calls == 1);
}

TEST_CASE("a descriptor that the system refuses returns 0", "[watch][loop]") {
  ManualClock clock;
  EventLoop loop(clock);
  CHECK(loop.add_fd(-1, [] {}) == 0);
}

TEST_CASE("posted tasks run in order on the loop, and a call waits for them", "[watch][loop]") {
  const SystemClock clock;
  EventLoop loop(clock);
  std::vector<int> ran;
  std::promise<void> started;
  std::thread thread([&] { loop.run([&] { started.set_value(); }); });
  started.get_future().wait();
  const auto fill = [&](int from) {
    for (int i = from; i < from + 100; ++i) CHECK(loop.post([&ran, i] { ran.push_back(i); }));
  };
  fill(0);
  std::size_t seen = 0;
  std::thread::id where;
  CHECK(loop.call([&] {
    seen = ran.size();
    where = std::this_thread::get_id();
  }));
  CHECK(seen == 100);
  CHECK(where == thread.get_id());
  fill(100);
  loop.close();
  thread.join();
  CHECK(ran.size() == 200);
  CHECK(std::is_sorted(ran.begin(), ran.end()));
  CHECK_FALSE(loop.post([] {}));
  CHECK_FALSE(loop.call([] {}));
}

TEST_CASE("the loop sleeps until a timer is due", "[watch][loop]") {
  const SystemClock clock;
  EventLoop loop(clock);
  const std::int64_t begin = clock.monotonic_ns();
  constexpr std::int64_t kDelay = 30'000'000;
  bool has_run = false;
  loop.after(kDelay, [&] { has_run = true; });
  int turns = 0;
  while (!has_run && ++turns < 10) loop.turn(-1);
  CHECK(has_run);
  CHECK(turns <= 2);
  CHECK(clock.monotonic_ns() - begin >= kDelay);
}
