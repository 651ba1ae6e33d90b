// SPDX-License-Identifier: MIT
// A tail whose sink is busy or whose file exceeds one read.
#include "kernel/watch/file_tail.hpp"
#include "support/catch.hpp"
#include "tail_fixture.hpp"

using namespace atm::kernel;
using Log = TailFixture::Log;

TEST_CASE("a busy sink is called again after a pause and loses no line", "[watch][tail]") {
  TailFixture f;
  f.takes = 1;
  f.files.write("log", "one\ntwo\nthree\n");
  f.follow("log");
  CHECK(f.changes() == Log{"one"});
  f.files.append("log", "four\n");
  f.takes = 1;
  CHECK(f.changes().empty());
  CHECK(f.changes_after(kFirstBusyNs) == Log{"two"});
  SECTION("while the file is written") {
    f.takes = 100;
    CHECK(f.changes_after(2 * kFirstBusyNs) == Log{"three", "four"});
  }
  SECTION("while the file is rotated") {
    f.files.rename("log", "log.1");
    f.files.write("log", "five\n");
    f.takes = 100;
    CHECK(f.changes_after(2 * kFirstBusyNs) == Log{"three", "four", "<replaced>", "five"});
  }
  SECTION("while the file is purged") {
    f.files.remove("log");
    f.takes = 100;
    CHECK(f.changes_after(2 * kFirstBusyNs) == Log{"three", "four", "<gone>"});
  }
}

TEST_CASE("the pause of a sink that stays busy grows to one second", "[watch][tail]") {
  TailFixture f;
  f.takes = 0;
  f.files.write("log", "one\n");
  f.follow("log");
  for (int i = 0; i < 60'000; i += 20) f.changes_after(20 * kMs);
  CHECK(f.watcher.stats().busy >= 60);
  CHECK(f.watcher.stats().busy < 70);
}

TEST_CASE("a large file is read completely without delaying other files", "[watch][tail]") {
  TailFixture f;
  std::string large;
  Log expected;
  for (int i = 0; large.size() < 3'000'000; ++i) {
    expected.push_back("line " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 300), '.'));
    large += expected.back() + "\n";
  }
  f.files.write("large", large);
  f.files.write("small", "small\n");
  Watcher::Id id = 0;
  std::size_t before_small = 0;
  Log lines;
  const auto take = [&](Watcher::Id, const TailLine& l) {
    lines.emplace_back(l.text);
    return ConsumeResult::kTaken;
  };
  const auto take_small = [&](Watcher::Id, const TailLine&) {
    before_small = lines.size();
    return ConsumeResult::kTaken;
  };
  REQUIRE(f.watcher.follow(&f, {f.files.path("large")}, take, nullptr, id) == WatchError::kNone);
  REQUIRE(f.watcher.follow(&f, {f.files.path("small")}, take_small, nullptr, id) == WatchError::kNone);
  f.watcher.run_until_idle();
  CHECK(lines == expected);
  CHECK(before_small < lines.size() / 2);
}
