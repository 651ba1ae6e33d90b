// SPDX-License-Identifier: MIT
#include "process_session_map.hpp"

#include "support/catch.hpp"

using processes::ProcessId;
using processes::ProcessSessionMap;

namespace {

constexpr ProcessId kOne{1, 10};
constexpr ProcessId kTwo{2, 20};
using Ids = std::set<ProcessId>;

}  // namespace

TEST_CASE("only the first and the last session of a process change it", "[processes]") {
  ProcessSessionMap process_sessions;
  process_sessions.set("a", {kOne});
  CHECK(process_sessions.changed() == Ids{kOne});
  process_sessions.set("b", {kOne});
  process_sessions.set("a", {kOne});
  process_sessions.set("a", {});
  CHECK(process_sessions.changed().empty());
  CHECK(process_sessions.has(kOne));
  process_sessions.set("b", {});
  CHECK(process_sessions.changed() == Ids{kOne});
  CHECK_FALSE(process_sessions.has(kOne));
}

TEST_CASE("a session that changes its process leaves the old one", "[processes]") {
  ProcessSessionMap process_sessions;
  process_sessions.set("a", {kOne});
  static_cast<void>(process_sessions.changed());
  process_sessions.set("a", {kTwo});
  CHECK(process_sessions.changed() == Ids{kOne, kTwo});
  CHECK(process_sessions.take(kOne).empty());
  CHECK(process_sessions.take(kTwo) == ProcessSessionMap::Sessions{"a"});
}

TEST_CASE("a session in two processes is in both until one ends", "[processes]") {
  ProcessSessionMap process_sessions;
  process_sessions.set("a", {kOne});
  process_sessions.add("a", kTwo);
  CHECK(process_sessions.changed() == Ids{kOne, kTwo});
  CHECK(process_sessions.take(kOne) == ProcessSessionMap::Sessions{"a"});
  CHECK_FALSE(process_sessions.has(kOne));
  CHECK(process_sessions.has(kTwo));
  process_sessions.set("a", {});
  CHECK_FALSE(process_sessions.has(kTwo));
}

TEST_CASE("the end of a process returns all its sessions once", "[processes]") {
  ProcessSessionMap process_sessions;
  process_sessions.set("a", {kOne});
  process_sessions.set("b", {kOne});
  process_sessions.set("c", {kTwo});
  CHECK(process_sessions.take(kOne) == ProcessSessionMap::Sessions{"a", "b"});
  CHECK(process_sessions.take(kOne).empty());
  CHECK(process_sessions.has(kTwo));
}

TEST_CASE("a session that is missing in a snapshot is removed, and the others are unchanged", "[processes]") {
  ProcessSessionMap process_sessions;
  process_sessions.set("gone", {kOne});
  process_sessions.set("stays", {kTwo});
  static_cast<void>(process_sessions.changed());
  process_sessions.begin_snapshot();
  process_sessions.set("stays", {kTwo});
  process_sessions.end_snapshot();
  CHECK(process_sessions.changed() == Ids{kOne});
  CHECK(process_sessions.has(kTwo));
}
