// SPDX-License-Identifier: MIT
#include "wait_condition.hpp"

#include "session_samples.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

using protocol::SessionRegistered;
using protocol::SessionRemoved;

/// The condition behind the copy it is decided from, with messages numbered as the daemon does.
class Waited {
 public:
  explicit Waited(Until until, std::string id = {}) : condition_(until, std::move(id)) {}
  std::optional<WaitCondition::Decision> apply(protocol::DaemonMessage message) {
    if (auto* sessions = std::get_if<protocol::Sessions>(&message)) sessions->seq = ++seq_;
    if (auto* registered = std::get_if<SessionRegistered>(&message)) registered->seq = ++seq_;
    if (auto* removed = std::get_if<SessionRemoved>(&message)) removed->seq = ++seq_;
    const auto changes = copy_.apply(message);
    return condition_.decide(changes, copy_);
  }
  void restart() {
    copy_ = {};
    condition_.forget();
  }

 private:
  client::SessionCopy copy_;
  WaitCondition condition_;
  std::uint64_t seq_ = 0;
};

protocol::DaemonMessage all(std::vector<protocol::Session> sessions) {
  return protocol::Sessions{std::move(sessions), 0, false};
}

protocol::DaemonMessage now(protocol::Session session) {
  return SessionRegistered{std::move(session), 0, 0};
}

protocol::Session busy(const char* id) {
  return sample_session(id, SessionStatus::thinking());
}
protocol::Session over(const char* id) {
  return sample_session(id, SessionStatus::ended());
}
protocol::Session calling(const char* id, bool confirmed = true, bool acknowledged = false) {
  protocol::Session session = sample_session(id, SessionStatus::waiting_for_permission("Bash"));
  session.domain.attention = Attention{"permission", kNow, acknowledged, confirmed};
  return session;
}

// Of the session that met the condition; empty while none has.
std::string met(const std::optional<WaitCondition::Decision>& decision) {
  return decision && decision->is_met ? decision->id : "";
}

TEST_CASE("a call counts when it is announced and until it is acknowledged", "[wait]") {
  CHECK(holds(Until::kNeedsInput, calling("s").domain));
  CHECK_FALSE(holds(Until::kNeedsInput, calling("s", false).domain));
  CHECK_FALSE(holds(Until::kNeedsInput, calling("s", true, true).domain));
  CHECK_FALSE(holds(Until::kNeedsInput, busy("s").domain));
  protocol::Session failed = sample_session("s", SessionStatus::error("rate_limit"));
  failed.domain.attention = Attention{"error", kNow, false, false};
  CHECK(holds(Until::kNeedsInput, failed.domain));
}

TEST_CASE("only rest that is certain is idle, and background work is none", "[wait]") {
  CHECK(holds(Until::kIdle, idle("s").domain));
  CHECK_FALSE(holds(Until::kIdle, sample_session("s", SessionStatus::background(1)).domain));
  protocol::Session perhaps = idle("s");
  perhaps.domain.certain = false;
  CHECK_FALSE(holds(Until::kIdle, perhaps.domain));
}

TEST_CASE("what is so already decides at once", "[wait]") {
  for (const auto& [until, session] :
       {std::pair(Until::kIdle, idle("s")), {Until::kNeedsInput, calling("s")}, {Until::kEnded, over("s")}}) {
    const auto decision = Waited(until, "s").apply(all({busy("other"), session}));
    REQUIRE(decision.has_value());
    CHECK(decision->is_met);
    CHECK(decision->id == "s");
  }
}

TEST_CASE("a session waited for is told from the others", "[wait]") {
  Waited condition(Until::kIdle, "mine");
  CHECK_FALSE(condition.apply(all({busy("mine"), idle("other")})).has_value());
  CHECK_FALSE(condition.apply(now(idle("another"))).has_value());
  CHECK_FALSE(condition.apply(SessionRemoved{"other", "ended", 3}).has_value());
  const auto decision = condition.apply(now(idle("mine")));
  REQUIRE(decision.has_value());
  CHECK(decision->session->domain.status == SessionStatus::idle());
}

TEST_CASE("a session that is over can need no input: the waiting is, too", "[wait]") {
  Waited ended(Until::kNeedsInput, "s");
  CHECK_FALSE(ended.apply(all({busy("s")})).has_value());
  const auto ending = ended.apply(now(over("s")));
  REQUIRE(ending.has_value());
  CHECK_FALSE(ending->is_met);
  Waited removed(Until::kIdle, "s");
  CHECK_FALSE(removed.apply(all({busy("s")})).has_value());
  const auto decision = removed.apply(SessionRemoved{"s", "replaced", 3});
  REQUIRE(decision.has_value());
  CHECK_FALSE(decision->is_met);
  CHECK(decision->reason == "replaced");
}

TEST_CASE("a session that goes has ended, also when a snapshot after a gap names it no more", "[wait]") {
  Waited told(Until::kEnded, "s");
  CHECK_FALSE(told.apply(all({busy("s")})).has_value());
  CHECK(met(told.apply(SessionRemoved{"s", "process_exited", 3})) == "s");
  Waited missing(Until::kEnded, "s");
  CHECK_FALSE(missing.apply(all({busy("s")})).has_value());
  CHECK_FALSE(missing.apply(protocol::Gap{7}).has_value());
  CHECK(met(missing.apply(all({}))) == "s");
}

TEST_CASE("a session that went between the first look and the subscription has ended", "[wait]") {
  WaitCondition condition(Until::kEnded, "s");
  client::SessionCopy before;
  const auto first = before.apply(protocol::Sessions{{busy("s")}, 1, false});
  CHECK_FALSE(condition.decide(first, before).has_value());
  client::SessionCopy followed;
  CHECK_FALSE(condition.decide({}, followed).has_value());
  const auto second = followed.apply(protocol::Sessions{{}, 2, false});
  CHECK(met(condition.decide(second, followed)) == "s");
}

TEST_CASE("another daemon that does not know the session yet says nothing of it", "[wait]") {
  Waited condition(Until::kEnded, "s");
  CHECK_FALSE(condition.apply(all({busy("s")})).has_value());
  condition.restart();
  CHECK_FALSE(condition.apply(all({})).has_value());
  CHECK_FALSE(condition.apply(now(busy("s"))).has_value());
  CHECK(met(condition.apply(now(over("s")))) == "s");
}

TEST_CASE("of any, the first session that does it is taken, of several the one that did first", "[wait]") {
  Waited condition(Until::kNeedsInput);
  CHECK_FALSE(condition.apply(all({busy("a"), idle("b")})).has_value());
  CHECK(met(condition.apply(now(calling("b")))) == "b");
  protocol::Session longer = calling("z");
  longer.domain.status_since -= std::chrono::minutes(1);
  CHECK(met(Waited(Until::kNeedsInput).apply(all({calling("a"), longer, calling("m")}))) == "z");
}

TEST_CASE("of any, a session that had ended before is not the first to end", "[wait]") {
  Waited condition(Until::kEnded);
  CHECK_FALSE(condition.apply(all({over("old"), over("older"), busy("a"), busy("b")})).has_value());
  CHECK_FALSE(condition.apply(now(over("old"))).has_value());
  CHECK_FALSE(condition.apply(all({over("old"), over("older"), busy("a"), busy("b")})).has_value());
  CHECK_FALSE(condition.apply(SessionRemoved{"older", "ended", 5}).has_value());
  SECTION("one that ends is") {
    CHECK(met(condition.apply(now(over("b")))) == "b");
  }
  SECTION("one that goes without a word is") {
    const auto decision = condition.apply(SessionRemoved{"a", "evicted", 6});
    CHECK(met(decision) == "a");
    CHECK(decision->reason == "evicted");
  }
  SECTION("one that was resumed and ends again is") {
    CHECK_FALSE(condition.apply(now(busy("old"))).has_value());
    CHECK(met(condition.apply(now(over("old")))) == "old");
  }
  SECTION("one that ended while the daemon was away is") {
    condition.restart();
    CHECK(met(condition.apply(all({over("a"), busy("b")}))) == "a");
  }
}

TEST_CASE("of any, one that ends does not end the waiting for another's rest", "[wait]") {
  Waited condition(Until::kIdle);
  CHECK_FALSE(condition.apply(all({busy("a"), busy("b")})).has_value());
  CHECK_FALSE(condition.apply(now(over("a"))).has_value());
  CHECK_FALSE(condition.apply(SessionRemoved{"a", "ended", 3}).has_value());
  CHECK(met(condition.apply(now(idle("b")))) == "b");
}

}  // namespace
}  // namespace atm::cli
