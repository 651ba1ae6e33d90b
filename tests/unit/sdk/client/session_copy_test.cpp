// SPDX-License-Identifier: MIT
#include <atm/client/session_copy.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace atm::client {
namespace {

using protocol::Activity;
using protocol::Gap;
using protocol::ServerHello;
using protocol::SessionRegistered;
using protocol::SessionRemoved;
using protocol::Sessions;
using protocol::SessionUpdated;
using State = SessionCopy::State;

protocol::Session session(std::string id, std::uint64_t rev = 1) {
  protocol::Session made{SessionDomain{SessionId(std::move(id))}};
  made.domain.rev = rev;
  return made;
}

Sessions all(std::vector<protocol::Session> sessions, std::uint64_t seq, bool more = false) {
  return {std::move(sessions), seq, more};
}

ServerHello hello(std::optional<std::uint64_t> epoch) {
  ServerHello greeting;
  greeting.accepted = true;
  greeting.epoch = epoch;
  return greeting;
}

std::vector<std::string> ids(const SessionCopy& copy) {
  std::vector<std::string> found;
  for (const auto& [id, one] : copy.sessions()) found.push_back(id);
  return found;
}

using Ids = std::vector<std::string>;

/// A copy with the state of two sessions at event 10.
SessionCopy begun() {
  SessionCopy copy;
  copy.apply(hello(1));
  copy.apply(all({session("a"), session("b", 4)}, 10));
  return copy;
}

TEST_CASE("a copy is current from the end of the first snapshot on", "[client]") {
  SessionCopy copy;
  CHECK(copy.state() == State::kBehind);
  copy.apply(hello(1));
  CHECK(copy.state() == State::kBehind);
  const auto changes = copy.apply(all({session("a"), session("b")}, 10));
  CHECK(copy.is_current());
  CHECK(copy.seq() == 10);
  CHECK(changes.seen == Ids{"a", "b"});
  CHECK(ids(copy) == Ids{"a", "b"});
}

TEST_CASE("events add, replace and remove sessions with gaps in seq", "[client]") {
  SessionCopy copy = begun();
  CHECK(copy.apply(SessionRegistered{session("c"), 12, 1}).seen == Ids{"c"});
  CHECK(copy.apply(SessionUpdated{session("b", 9), 20, 9}).seen == Ids{"b"});
  CHECK(copy.find("b")->domain.rev == 9);
  const auto changes = copy.apply(SessionRemoved{"a", "ended", 21});
  REQUIRE(changes.removed.size() == 1);
  CHECK(changes.removed[0].id == "a");
  CHECK(changes.removed[0].reason == "ended");
  copy.apply(Activity{{}, 22, 10});
  CHECK(copy.seq() == 22);
  CHECK(copy.is_current());
  CHECK(ids(copy) == Ids{"b", "c"});
}

TEST_CASE("an unseen session, or one that returns, is no loss", "[client]") {
  SessionCopy copy = begun();
  CHECK(copy.apply(SessionRemoved{"never", "ended", 12}).removed.empty());
  CHECK(copy.apply(SessionRegistered{session("b", 1), 15, 1}).seen == Ids{"b"});
  CHECK(copy.find("b")->domain.rev == 1);
  CHECK(copy.is_current());
}

TEST_CASE("WIRE-E3: between a gap and the end of the next snapshot the copy is outdated and keeps its state",
          "[client]") {
  SessionCopy copy = begun();
  copy.apply(Gap{7});
  CHECK(copy.state() == State::kBehind);
  CHECK(copy.gaps() == 1);
  CHECK(copy.missed() == 7);
  CHECK(ids(copy) == Ids{"a", "b"});
  CHECK(copy.apply(all({session("b", 6)}, 18, true)).seen.empty());
  CHECK(copy.state() == State::kBehind);
  const auto changes = copy.apply(all({session("c")}, 18));
  CHECK(copy.is_current());
  CHECK(changes.seen == Ids{"b", "c"});
  REQUIRE(changes.removed.size() == 1);
  CHECK(changes.removed[0].id == "a");
  CHECK(changes.removed[0].reason.empty());
  CHECK(copy.seq() == 18);
}

TEST_CASE("the parts of a snapshot are visible before the last one", "[client]") {
  SessionCopy copy;
  CHECK(copy.arriving() == nullptr);
  copy.apply(all({session("b"), session("c")}, 10, true));
  REQUIRE(copy.arriving() != nullptr);
  CHECK(copy.arriving()->size() == 2);
  CHECK(copy.sessions().empty());
  CHECK(copy.apply(all({session("a")}, 10)).seen == Ids{"b", "c", "a"});
  CHECK(copy.arriving() == nullptr);
  CHECK(ids(copy) == Ids{"a", "b", "c"});
}

TEST_CASE("WIRE-E3: the parts of a snapshot before a gap are void", "[client]") {
  SessionCopy copy;
  copy.apply(all({session("gone")}, 10, true));
  copy.apply(Gap{3});
  copy.apply(all({session("a")}, 20));
  CHECK(ids(copy) == Ids{"a"});
  CHECK(copy.is_current());
}

TEST_CASE("the parts of a previous connection or subscription are void", "[client]") {
  SessionCopy copy;
  copy.apply(all({session("gone")}, 10, true));
  SECTION("the connection") {
    copy.disconnected();
    copy.apply(all({session("a")}, 10));
  }
  SECTION("the hello of the next connection") {
    copy.apply(hello({}));
    copy.apply(all({session("a")}, 10));
  }
  SECTION("the subscription") {
    copy.apply(all({session("a")}, 20));
  }
  CHECK(ids(copy) == Ids{"a"});
}

TEST_CASE("after a disconnection the copy is outdated, and reports sessions removed in the meantime",
          "[client]") {
  SessionCopy copy = begun();
  copy.disconnected();
  CHECK(copy.state() == State::kBehind);
  CHECK(ids(copy) == Ids{"a", "b"});
  CHECK_FALSE(copy.apply(hello(1)).is_another_start);
  CHECK(ids(copy) == Ids{"a", "b"});
  const auto changes = copy.apply(all({session("b", 5)}, 11));
  CHECK(changes.removed.size() == 1);
  CHECK(copy.is_current());
}

TEST_CASE("another start of the daemon empties the copy and counts from the beginning", "[client]") {
  SessionCopy copy = begun();
  copy.disconnected();
  const auto changes = copy.apply(hello(2));
  CHECK(changes.is_another_start);
  CHECK(changes.removed.empty());
  CHECK(copy.sessions().empty());
  CHECK(copy.epoch() == 2U);
  CHECK(copy.state() == State::kBehind);
  CHECK(copy.apply(all({session("b")}, 3)).removed.empty());
  CHECK(copy.is_current());
  CHECK(copy.seq() == 3);
}

TEST_CASE("a daemon without an epoch counts as a new one each time", "[client]") {
  SessionCopy copy;
  CHECK_FALSE(copy.apply(hello({})).is_another_start);
  copy.apply(all({session("a")}, 10));
  CHECK(copy.apply(hello({})).is_another_start);
  CHECK(copy.sessions().empty());
}

TEST_CASE("WIRE-E1, WIRE-E2: an inconsistent event breaks the copy until the next snapshot", "[client]") {
  SessionCopy copy = begun();
  SECTION("a repeated event") {
    copy.apply(SessionUpdated{session("b", 5), 12, 5});
    CHECK(copy.apply(SessionUpdated{session("b", 5), 12, 5}).seen.empty());
  }
  SECTION("an event with a lower seq, whose older state is ignored") {
    copy.apply(SessionUpdated{session("b", 6), 14, 6});
    copy.apply(SessionUpdated{session("b", 5), 13, 5});
    CHECK(copy.find("b")->domain.rev == 6);
  }
  SECTION("an update of a session that was never registered") {
    CHECK(copy.apply(SessionUpdated{session("unheard", 3), 12, 3}).seen == Ids{"unheard"});
  }
  SECTION("a revision that does not increase") {
    copy.apply(SessionUpdated{session("b", 4), 12, 4});
  }
  SECTION("an event within a snapshot") {
    copy.apply(all({session("a")}, 12, true));
    copy.apply(SessionUpdated{session("b", 5), 13, 5});
  }
  SECTION("an event between a gap and its snapshot") {
    copy.apply(Gap{1});
    copy.apply(SessionRegistered{session("c"), 12, 1});
  }
  SECTION("a snapshot older than the copy") {
    copy.apply(SessionUpdated{session("b", 5), 12, 5});
    copy.apply(all({session("a"), session("b", 4)}, 11));
  }
  CHECK(copy.state() == State::kBroken);
  copy.apply(all({session("a"), session("b", 8)}, 30));
  CHECK(copy.is_current());
  CHECK(ids(copy) == Ids{"a", "b"});
}

TEST_CASE("messages outside the subscription change nothing", "[client]") {
  SessionCopy copy = begun();
  for (const protocol::DaemonMessage& message :
       {protocol::DaemonMessage(protocol::Pong{99}), protocol::DaemonMessage(protocol::Ok{99U, {}, {}}),
        protocol::DaemonMessage(protocol::Stats{}), protocol::DaemonMessage(protocol::ErrorReply{}),
        protocol::DaemonMessage(protocol::SessionReply{session("other")})}) {
    const auto changes = copy.apply(message);
    CHECK(changes.seen.empty());
    CHECK(changes.removed.empty());
  }
  CHECK(copy.seq() == 10);
  CHECK(copy.is_current());
}

}  // namespace
}  // namespace atm::client
