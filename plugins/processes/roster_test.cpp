// SPDX-License-Identifier: MIT
#include "roster.hpp"

#include "support/catch.hpp"

using processes::ProcessId;
using processes::Roster;

namespace {

constexpr ProcessId kOne{1, 10};
constexpr ProcessId kTwo{2, 20};
using Ids = std::set<ProcessId>;

}  // namespace

TEST_CASE("only the first session of a process and its last change it", "[processes]") {
  Roster roster;
  roster.set("a", {kOne});
  CHECK(roster.changed() == Ids{kOne});
  roster.set("b", {kOne});
  roster.set("a", {kOne});
  roster.set("a", {});
  CHECK(roster.changed().empty());
  CHECK(roster.has(kOne));
  roster.set("b", {});
  CHECK(roster.changed() == Ids{kOne});
  CHECK_FALSE(roster.has(kOne));
}

TEST_CASE("a session that changes process leaves the old one", "[processes]") {
  Roster roster;
  roster.set("a", {kOne});
  static_cast<void>(roster.changed());
  roster.set("a", {kTwo});
  CHECK(roster.changed() == Ids{kOne, kTwo});
  CHECK(roster.take(kOne).empty());
  CHECK(roster.take(kTwo) == Roster::Sessions{"a"});
}

TEST_CASE("a session in two processes is in both until one ends", "[processes]") {
  Roster roster;
  roster.set("a", {kOne});
  roster.add("a", kTwo);
  CHECK(roster.changed() == Ids{kOne, kTwo});
  CHECK(roster.take(kOne) == Roster::Sessions{"a"});
  CHECK_FALSE(roster.has(kOne));
  CHECK(roster.has(kTwo));
  roster.set("a", {});
  CHECK_FALSE(roster.has(kTwo));
}

TEST_CASE("the end of a process gives all its sessions, once", "[processes]") {
  Roster roster;
  roster.set("a", {kOne});
  roster.set("b", {kOne});
  roster.set("c", {kTwo});
  CHECK(roster.take(kOne) == Roster::Sessions{"a", "b"});
  CHECK(roster.take(kOne).empty());
  CHECK(roster.has(kTwo));
}

TEST_CASE("what a snapshot does not show is forgotten, what it shows again is untouched", "[processes]") {
  Roster roster;
  roster.set("gone", {kOne});
  roster.set("stays", {kTwo});
  static_cast<void>(roster.changed());
  roster.begin_snapshot();
  roster.set("stays", {kTwo});
  roster.end_snapshot();
  CHECK(roster.changed() == Ids{kOne});
  CHECK(roster.has(kTwo));
}
