// SPDX-License-Identifier: MIT
// Ingests the files that hooks write; the rules are in docs/specs/protocol.md, section 11.
#include "ingest/spool.hpp"

#include <rapidcheck.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "ingest/spool_test_support.hpp"
#include "support/catch.hpp"

using namespace unix_socket;
using namespace unix_socket::test;
using atm::Status;

TEST_CASE("WIRE-P1: spool entries are ingested in order, once, and the file is removed", "[spool]") {
  Bench bench;
  bench.write(line(kNow - 3, "a") + line(kNow - 1, "b"));
  bench.write(line(kNow - 2, "c"));
  CHECK(bench.all() == "abc");
  CHECK_FALSE(bench.has("records"));
  CHECK_FALSE(bench.has("taken"));
  CHECK(bench.spool.tally().records == 3);
  bench.write(line(kNow, "d"));
  CHECK(bench.all() == "abcd");
  CHECK_FALSE(bench.spool.is_held());
}

TEST_CASE("WIRE-P2: a file that a daemon died over comes first and complete", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"), "taken");
  bench.write(line(kNow, "c"));
  CHECK(bench.all() == "abc");
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("WIRE-P2: the file exists until its last record is handed over", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"));
  bench.look();
  CHECK(bench.take_in(Spool::kEver, 1) == Spool::Progress::kMore);
  CHECK(bench.has("taken"));
  bench.write(line(kNow, "c"));
  bench.look();
  CHECK(bench.taken == "a");
  CHECK(bench.has("records"));
  CHECK(bench.take_in() == Spool::Progress::kDone);
  CHECK(bench.taken == "abc");
  CHECK_FALSE(bench.has("taken"));
  CHECK_FALSE(bench.has("records"));
}

TEST_CASE("WIRE-P3: torn and invalid lines are counted, and lose no other record", "[spool]") {
  Bench bench;
  const std::string whole = record(kNow, "x");
  SECTION("torn") {
    bench.write(line(kNow, "a") + "\n" + whole.substr(0, whole.size() / 2));
    bench.write(line(kNow, "b") + "\n" + whole.substr(0, 5));
    CHECK(bench.all() == "ab");
    CHECK(bench.spool.tally() == SpoolTally{2, 0, 2, 0, 0});
  }
  SECTION("only the newline is missing") {
    bench.write(line(kNow, "a") + "\n" + whole);
    CHECK(bench.all() == "ax");
  }
  SECTION("no JSON, NUL, another message, not UTF-8") {
    bench.write(line(kNow, "a") + "nonsense\n" + std::string(100, '\0') + "\n{\"type\":\"get_stats\"}\n[]\n" +
                "{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"n\":\"\xff\"}}\n" + line(kNow, "b"));
    CHECK(bench.all() == "ab");
    CHECK(bench.spool.tally().torn == 5);
  }
  SECTION("a line over the limit, in one piece and in many") {
    bench.write(line(kNow, "a") + std::string(kLineBytes + 1, 'x') + line(kNow, "b") +
                std::string(1 << 20, 'y') + line(kNow, "c") + std::string(1 << 20, 'z'));
    CHECK(bench.all() == "abc");
    CHECK(bench.spool.tally().torn == 3);
  }
  SECTION("a line of exactly the limit") {
    const std::string padding(kLineBytes - record(kNow, "").size(), 'p');
    bench.write(line(kNow, padding));
    CHECK(bench.all() == padding);
  }
}

TEST_CASE("WIRE-P4: entries that are too old are counted and not ingested", "[spool]") {
  Bench bench;
  bench.write(line(kNow - kMaxAge - 1, "a") + line(kNow - kMaxAge, "b") + line(kNow + kMaxAge, "c"));
  bench.write("\n{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"n\":\"d\"}}\n");
  CHECK(bench.all() == "bcd");
  CHECK(bench.spool.tally() == SpoolTally{3, 0, 0, 1, 0});
}

TEST_CASE("WIRE-P5: dropped records are counted once", "[spool]") {
  Bench bench;
  bench.write("...", "dropped");
  bench.look();
  CHECK(bench.spool.tally().dropped == 3);
  bench.look();
  CHECK(bench.spool.tally().dropped == 0);
  CHECK_FALSE(bench.has("dropped"));
  bench.write(".", "dropped");
  bench.look();
  CHECK(bench.spool.tally().dropped == 1);
}

TEST_CASE("WIRE-P6: exactly the entries written up to a time are handed over", "[spool]") {
  Bench bench;
  bench.write(line(kNow + 10, "a") + line(kNow + 30, "b") + line(kNow + 20, "c") + line(kNow + 40, "d"));
  bench.look();
  CHECK(bench.take_in(kNow + 9) == Spool::Progress::kDone);
  CHECK(bench.taken.empty());
  CHECK(bench.take_in(kNow + 20) == Spool::Progress::kDone);
  CHECK(bench.taken == "ac");
  CHECK(bench.take_in(kNow + 29) == Spool::Progress::kDone);
  CHECK(bench.taken == "ac");
  CHECK(bench.spool.is_waiting());
  CHECK(bench.take_in(kNow + 40) == Spool::Progress::kDone);
  CHECK(bench.taken == "acbd");
}

TEST_CASE("a busy host loses nothing and receives nothing twice", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"));
  bench.look();
  bench.status = Status::kBusy;
  CHECK(bench.take_in() == Spool::Progress::kBusy);
  CHECK(bench.take_in() == Spool::Progress::kBusy);
  bench.status = Status::kOk;
  CHECK(bench.take_in() == Spool::Progress::kDone);
  CHECK(bench.taken == "ab");
}

TEST_CASE("a record that its parser refuses is counted and delays no other", "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "b"));
  bench.look();
  bench.status = Status::kNotFound;
  CHECK(bench.take_in() == Spool::Progress::kDone);
  CHECK(bench.spool.tally() == SpoolTally{0, 2, 0, 0, 0});
  CHECK_FALSE(bench.has("taken"));
}

TEST_CASE("WIRE-P9: a record over which a daemon died is retried once, and set aside after the second death",
          "[spool]") {
  Bench bench;
  bench.write(line(kNow, "a") + line(kNow, "bad") + line(kNow, "c"));
  const auto die_over_bad = [&] {
    Spool dying({bench.directory(), kLineBytes, kMaxAge}, [&](const SpoolRecord& one) -> Status {
      if (Bench::name_in(one.payload()) == "bad") throw std::runtime_error("the daemon dies");
      bench.taken += Bench::name_in(one.payload());
      return Status::kOk;
    });
    dying.look(Spool::Look::kForAll, kNow);
    CHECK_THROWS(dying.take_in(Spool::kEver, kNow, 1000));
  };
  die_over_bad();
  SECTION("the next daemon survives it") {
    CHECK(bench.all() == "abadc");
    CHECK(bench.spool.tally() == SpoolTally{2, 0, 0, 0, 0});
  }
  SECTION("a busy host does not count as a death") {
    bench.look();
    bench.status = Status::kBusy;
    CHECK(bench.take_in() == Spool::Progress::kBusy);
    bench.status = Status::kOk;
    CHECK(bench.take_in() == Spool::Progress::kDone);
    CHECK(bench.taken == "abadc");
  }
  SECTION("the next daemon dies too") {
    die_over_bad();
    CHECK(bench.all() == "ac");
    const SpoolTally tally = bench.spool.tally();
    CHECK(tally.set_aside == 1);
    CHECK(tally.records == 1);
    CHECK(tally.torn == 0);
    const auto kept = bench.refused();
    REQUIRE(kept.size() == 1);
    std::ifstream in(kept[0]);
    std::string text;
    std::getline(in, text);
    CHECK(text == record(kNow, "bad"));
    CHECK(std::filesystem::status(kept[0]).permissions() == std::filesystem::perms(0600));
    REQUIRE(bench.spool.problems().size() == 1);
  }
}

TEST_CASE("WIRE-P9: at most eight records and 1 MiB are set aside, for seven days", "[spool]") {
  constexpr std::int64_t kDay = 86'400'000'000'000;
  Bench bench;
  // Each record is in the state that two dead daemons leave.
  for (int i = 0; i < 10; ++i) {
    std::string one = line(kNow, std::to_string(i));
    one[1] = '\x02';
    bench.write(one);
    bench.look();
    CHECK(bench.spool.take_in(Spool::kEver, kNow + i, 1000) == Spool::Progress::kDone);
  }
  CHECK(bench.spool.tally().set_aside == 10);
  CHECK(bench.refused().size() == 8);
  const auto opened = SpoolDirectory::open(bench.directory());
  REQUIRE(opened);
  REQUIRE(*opened);
  CHECK((*opened)->set_aside(std::string(1 << 19, 'x'), 100));
  CHECK((*opened)->set_aside(std::string(1 << 19, 'y'), 101));
  CHECK(bench.refused().size() < 8);
  CHECK_FALSE((*opened)->set_aside(std::string(1 << 20, 'z'), 102));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now_ns = std::chrono::nanoseconds(now).count();
  SpoolDirectory::prune_refused(bench.directory(), now_ns + 6 * kDay);
  CHECK_FALSE(bench.refused().empty());
  SpoolDirectory::prune_refused(bench.directory(), now_ns + 8 * kDay);
  CHECK(bench.refused().empty());
}

TEST_CASE("law: each whole record of any file is handed over once, in the order of its session", "[spool]") {
  CHECK(rc::check([](const std::vector<std::string>& between, const std::vector<std::uint8_t>& pauses,
                     const std::vector<std::uint8_t>& live) {
    constexpr std::size_t kSessions = 3;
    Bench bench;
    std::string wanted[kSessions];
    std::int64_t times[kSessions] = {kNow, kNow, kNow};
    std::string text;
    for (std::size_t i = 0; i < pauses.size(); ++i) {
      if (i < between.size()) text += between[i];
      const std::size_t session = pauses[i] % kSessions;
      times[session] += pauses[i];
      // a, d, g, ... belong to the first.
      const char name = static_cast<char>('a' + session + kSessions * (wanted[session].size() % 8));
      text += line(times[session], std::string(1, name));
      wanted[session] += name;
    }
    bench.write(text);
    bench.look();
    for (const std::uint8_t time : live) RC_ASSERT(bench.take_in(kNow + time) == Spool::Progress::kDone);
    std::string found[kSessions];
    for (const char name : bench.all()) found[static_cast<std::size_t>(name - 'a') % kSessions] += name;
    for (std::size_t i = 0; i < kSessions; ++i) RC_ASSERT(found[i] == wanted[i]);
    RC_ASSERT_FALSE(bench.has("taken"));
  }));
}

TEST_CASE("WIRE-P10: records of a paused channel wait in order and delay no others", "[spool]") {
  Bench bench;
  bench.paused = "c/h";
  bench.write(line(kNow - 3, "a") + line(kNow - 2, "x", "d/h") + line(kNow - 1, "b"));
  CHECK(bench.all() == "x");
  CHECK(bench.tries == 2);  // `b` waits behind `a` and is not tried
  CHECK(bench.has("paused"));
  CHECK_FALSE(bench.has("taken"));
  CHECK(bench.spool.tally() == SpoolTally{.records = 1, .paused = 2});
  bench.write(line(kNow, "c", "c/other") + line(kNow, "y", "d/h"));
  CHECK(bench.all() == "xy");
  CHECK(bench.tries == 4);  // `a` once more
  bench.paused.clear();
  CHECK(bench.all() == "xyabc");
  bench.look();
  CHECK_FALSE(bench.has("paused"));
  CHECK_FALSE(bench.spool.is_held());
}

TEST_CASE("WIRE-P10: records that waited for the end of a pause when a daemon ended come first", "[spool]") {
  Bench bench;
  bench.write(line(kNow - 1, "a"), "paused");
  bench.write(line(kNow, "b"));
  CHECK(bench.all() == "ab");
  bench.look();
  CHECK_FALSE(bench.has("paused"));
}

TEST_CASE("WIRE-P10: a record that does not fit behind the records of a paused channel is counted",
          "[spool]") {
  Bench bench;
  bench.paused = "c/h";
  bench.write(line(kNow, "a") + std::string(16 << 20, '\n'), "paused");
  bench.write(line(kNow, "b") + line(kNow, "x", "d/h"));
  CHECK(bench.all() == "x");
  CHECK(bench.spool.tally() == SpoolTally{.records = 1, .dropped = 1});
}

TEST_CASE("WIRE-P10: the count of daemons that died over a record moves with it", "[spool]") {
  Bench bench;
  bench.paused = "c/h";
  std::string tried = line(kNow, "a");
  tried[1] = '\x01';
  bench.write(tried, "taken");
  CHECK(bench.all().empty());
  std::ifstream file(bench.directory() + "/paused");
  std::string text;
  while (text.empty()) REQUIRE(std::getline(file, text));
  CHECK(text.front() == '\x01');
}
