// SPDX-License-Identifier: MIT
#include "kernel/watch/process_watcher.hpp"

#include <atomic>

#include "child.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/watch/watcher.hpp"
#include "proc_tree.hpp"
#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
const int kOwner = 0;

// A watcher without a thread, on a manual clock.
struct WatcherFixture {
  explicit WatcherFixture(WatcherOptions options = {}) : watcher(clock, std::move(options)) {}

  Watcher::Id watch(std::int64_t pid, std::uint64_t start_ticks) {
    Watcher::Id id = 0;
    REQUIRE(watcher.watch_process(
                &kOwner, pid, start_ticks, [this](Watcher::Id) { ++ended; }, id) == WatchError::kNone);
    watcher.run_until_idle();
    return id;
  }
  int ended_after(std::int64_t ns) {
    clock.advance(ns);
    watcher.run_until_idle();
    return ended;
  }

  ManualClock clock;
  Watcher watcher;
  int ended = 0;
};

WatcherOptions without_pidfd(const std::string& root = "/proc") {
  return {root, false, 0};
}

std::uint64_t start_of(const ProcessTable& table, std::int64_t pid) {
  const auto entry = table.lookup(pid);
  REQUIRE(entry);
  return entry->start_ticks;
}

}  // namespace

TEST_CASE("the end of a process is reported once, without polling, before its parent reaps it",
          "[watch][process]") {
  const ManualClock clock;
  Child child;
  Signal signal;
  int ended = 0;
  Watcher::Id id = 0;
  Watcher watcher(clock);
  watcher.run_in_background();
  const auto tell = [&](Watcher::Id told) { signal.update([&] { ended += told == id ? 1 : 100; }); };
  const std::uint64_t start = start_of(watcher.processes(), child.pid());
  REQUIRE(watcher.watch_process(&kOwner, child.pid(), start, tell, id) == WatchError::kNone);
  child.kill();
  CHECK(signal.wait([&] { return ended != 0; }));
  child.reap();
  CHECK(watcher.remove(&kOwner, Watcher::Kind::kProcess, id) == WatchError::kNotFound);
  CHECK(ended == 1);
  CHECK(watcher.stats().polled == 0);
  CHECK(watcher.stats().processes == 0);
}

TEST_CASE("without a pidfd the end is detected within a second", "[watch][process]") {
  WatcherFixture f(without_pidfd());
  Child child;
  f.watch(child.pid(), start_of(f.watcher.processes(), child.pid()));
  CHECK(f.ended_after(10 * kSecond) == 0);
  child.kill();
  child.wait();  // it stays a zombie
  CHECK(f.ended_after(kSecond - 1) == 0);
  CHECK(f.ended_after(1) == 1);
  child.reap();
  CHECK(f.ended_after(10 * kSecond) == 1);
}

TEST_CASE("an absent, ended or different process is reported at once", "[watch][process]") {
  const bool has_pidfd = GENERATE(true, false);
  WatcherFixture f({"/proc", has_pidfd, 0});
  Child child;
  const std::uint64_t start = start_of(f.watcher.processes(), child.pid());
  SECTION("reaped") {
    child.kill();
    child.reap();
    f.watch(child.pid(), start);
  }
  SECTION("a zombie") {
    child.kill();
    child.wait();
    f.watch(child.pid(), start);
  }
  SECTION("its pid is reused") {
    f.watch(child.pid(), start - 1);
  }
  CHECK(f.ended == 1);
  CHECK(f.watcher.stats().processes == 0);
}

TEST_CASE("a pid that is reused between two polls ends the watch", "[watch][process]") {
  ProcTree tree;
  WatcherFixture f(without_pidfd(tree.root()));
  PosedProcess p;
  tree.put(p);
  f.watch(p.pid, p.start_ticks);
  CHECK(f.ended_after(kSecond) == 0);
  SECTION("used again") {
    p.start_ticks = 2000;
    tree.put(p);
  }
  SECTION("a zombie") {
    p.state = 'Z';
    tree.put(p);
  }
  SECTION("gone") {
    tree.remove(p.pid);
  }
  CHECK(f.ended_after(kSecond) == 1);
}

TEST_CASE("a removed watch reports nothing", "[watch][process]") {
  const bool has_pidfd = GENERATE(true, false);
  WatcherFixture f({"/proc", has_pidfd, 0});
  Child child;
  const auto id = f.watch(child.pid(), start_of(f.watcher.processes(), child.pid()));
  CHECK(f.watcher.remove(&f, Watcher::Kind::kProcess, id) == WatchError::kNotFound);
  CHECK(f.watcher.remove(&kOwner, Watcher::Kind::kFile, id) == WatchError::kNotFound);
  CHECK(f.watcher.remove(&kOwner, Watcher::Kind::kProcess, id) == WatchError::kNone);
  child.kill();
  child.wait();
  CHECK(f.ended_after(10 * kSecond) == 0);
}

TEST_CASE("removal races with the end: one report or none, and none after the return", "[watch][process]") {
  const SystemClock clock;
  Watcher watcher(clock);
  watcher.run_in_background();
  for (int round = 0; round < 50; ++round) {
    Child child;
    const std::uint64_t start = start_of(watcher.processes(), child.pid());
    std::atomic<int> ended{0};
    Watcher::Id id = 0;
    const auto tell = [&](Watcher::Id) { ++ended; };
    REQUIRE(watcher.watch_process(&kOwner, child.pid(), start, tell, id) == WatchError::kNone);
    child.kill();
    const WatchError removed = watcher.remove(&kOwner, Watcher::Kind::kProcess, id);
    const int at_return = ended;
    CHECK(at_return == (removed == WatchError::kNone ? 0 : 1));
    child.reap();
    CHECK(ended == at_return);
  }
}

TEST_CASE("the number of watched processes is limited, and removals free places", "[watch][process]") {
  ProcTree tree;
  WatcherFixture f(without_pidfd(tree.root()));
  PosedProcess p;
  tree.put(p);
  for (std::size_t i = 0; i < Watcher::kMaxOfKind; ++i) {
    Watcher::Id id = 0;
    REQUIRE(f.watcher.watch_process(
                &kOwner, p.pid, p.start_ticks, [&](Watcher::Id) { ++f.ended; }, id) == WatchError::kNone);
  }
  Watcher::Id id = 0;
  const auto tell = [](Watcher::Id) {};
  CHECK(f.watcher.watch_process(&kOwner, p.pid, p.start_ticks, tell, id) == WatchError::kFull);
  f.watcher.run_until_idle();
  tree.remove(p.pid);
  CHECK(f.ended_after(kSecond) == static_cast<int>(Watcher::kMaxOfKind));
  CHECK(f.watcher.watch_process(&kOwner, p.pid, p.start_ticks, tell, id) == WatchError::kNone);
}

TEST_CASE("an invalid process is refused", "[watch][process]") {
  WatcherFixture f;
  Watcher::Id id = 0;
  const auto tell = [](Watcher::Id) {};
  for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40})
    CHECK(f.watcher.watch_process(&kOwner, pid, 1, tell, id) == WatchError::kInvalid);
  CHECK(f.watcher.watch_process(&kOwner, 1, 1, nullptr, id) == WatchError::kInvalid);
}
