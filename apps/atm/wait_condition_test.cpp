// SPDX-License-Identifier: MIT
#include "wait_condition.hpp"

#include "session_samples.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

using protocol::SessionRegistered;
using protocol::SessionRemoved;

/// The condition and the copy that it evaluates, with messages numbered as the daemon does.
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

// The id of the session that met the condition; empty if none has.
std::string met(const std::optional<WaitCondition::Decision>& decision) {
  return decision && decision->is_met ? decision->id : "";
}

TEST_CASE("attention counts from its announcement until it is acknowledged", "[wait]") {
  CHECK(holds(Until::kNeedsInput, calling("s").domain));
  CHECK_FALSE(holds(Until::kNeedsInput, calling("s", false).domain));
  CHECK_FALSE(holds(Until::kNeedsInput, calling("s", true, true).domain));
  CHECK_FALSE(holds(Until::kNeedsInput, busy("s").domain));
  protocol::Session failed = sample_session("s", SessionStatus::error("rate_limit"));
  failed.domain.attention = Attention{"error", kNow, false, false};
  CHECK(holds(Until::kNeedsInput, failed.domain));
}

TEST_CASE("only certain idle counts, and background work does not", "[wait]") {
  CHECK(holds(Until::kIdle, idle("s").domain));
  CHECK_FALSE(holds(Until::kIdle, sample_session("s", SessionStatus::background(1)).domain));
  protocol::Session perhaps = idle("s");
  perhaps.domain.certain = false;
  CHECK_FALSE(holds(Until::kIdle, perhaps.domain));
}

TEST_CASE("a condition that already holds decides at once", "[wait]") {
  for (const auto& [until, session] :
       {std::pair(Until::kIdle, idle("s")), {Until::kNeedsInput, calling("s")}, {Until::kEnded, over("s")}}) {
    const auto decision = Waited(until, "s").apply(all({busy("other"), session}));
    REQUIRE(decision.has_value());
    CHECK(decision->is_met);
    CHECK(decision->id == "s");
  }
}

TEST_CASE("only the named session decides", "[wait]") {
  Waited condition(Until::kIdle, "mine");
  CHECK_FALSE(condition.apply(all({busy("mine"), idle("other")})).has_value());
  CHECK_FALSE(condition.apply(now(idle("another"))).has_value());
  CHECK_FALSE(condition.apply(SessionRemoved{"other", "ended", 3}).has_value());
  const auto decision = condition.apply(now(idle("mine")));
  REQUIRE(decision.has_value());
  CHECK(decision->session->domain.status == SessionStatus::idle());
}

TEST_CASE("the end of a session ends a wait for input", "[wait]") {
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

TEST_CASE("a removed session has ended, also if it is only missing in the snapshot after a gap", "[wait]") {
  Waited told(Until::kEnded, "s");
  CHECK_FALSE(told.apply(all({busy("s")})).has_value());
  CHECK(met(told.apply(SessionRemoved{"s", "process_exited", 3})) == "s");
  Waited missing(Until::kEnded, "s");
  CHECK_FALSE(missing.apply(all({busy("s")})).has_value());
  CHECK_FALSE(missing.apply(protocol::Gap{7}).has_value());
  CHECK(met(missing.apply(all({}))) == "s");
}

TEST_CASE("a session that is removed between the first list and the subscription has ended", "[wait]") {
  WaitCondition condition(Until::kEnded, "s");
  client::SessionCopy before;
  const auto first = before.apply(protocol::Sessions{{busy("s")}, 1, false});
  CHECK_FALSE(condition.decide(first, before).has_value());
  client::SessionCopy followed;
  CHECK_FALSE(condition.decide({}, followed).has_value());
  const auto second = followed.apply(protocol::Sessions{{}, 2, false});
  CHECK(met(condition.decide(second, followed)) == "s");
}

TEST_CASE("a session that another daemon does not know yet has not ended", "[wait]") {
  Waited condition(Until::kEnded, "s");
  CHECK_FALSE(condition.apply(all({busy("s")})).has_value());
  condition.restart();
  CHECK_FALSE(condition.apply(all({})).has_value());
  CHECK_FALSE(condition.apply(now(busy("s"))).has_value());
  CHECK(met(condition.apply(now(over("s")))) == "s");
}

TEST_CASE("with --any the first session decides, and of several the longest waiting one", "[wait]") {
  Waited condition(Until::kNeedsInput);
  CHECK_FALSE(condition.apply(all({busy("a"), idle("b")})).has_value());
  CHECK(met(condition.apply(now(calling("b")))) == "b");
  protocol::Session longer = calling("z");
  longer.domain.status_since -= std::chrono::minutes(1);
  CHECK(met(Waited(Until::kNeedsInput).apply(all({calling("a"), longer, calling("m")}))) == "z");
}

TEST_CASE("with --any a session that had already ended does not decide", "[wait]") {
  Waited condition(Until::kEnded);
  CHECK_FALSE(condition.apply(all({over("old"), over("older"), busy("a"), busy("b")})).has_value());
  CHECK_FALSE(condition.apply(now(over("old"))).has_value());
  CHECK_FALSE(condition.apply(all({over("old"), over("older"), busy("a"), busy("b")})).has_value());
  CHECK_FALSE(condition.apply(SessionRemoved{"older", "ended", 5}).has_value());
  SECTION("but one that ends does") {
    CHECK(met(condition.apply(now(over("b")))) == "b");
  }
  SECTION("but one that is missing without an announced removal does") {
    const auto decision = condition.apply(SessionRemoved{"a", "evicted", 6});
    CHECK(met(decision) == "a");
    CHECK(decision->reason == "evicted");
  }
  SECTION("but one that is resumed and ends again does") {
    CHECK_FALSE(condition.apply(now(busy("old"))).has_value());
    CHECK(met(condition.apply(now(over("old")))) == "old");
  }
  SECTION("but one that ends while the daemon is away does") {
    condition.restart();
    CHECK(met(condition.apply(all({over("a"), busy("b")}))) == "a");
  }
}

TEST_CASE("with --any the end of a session does not end a wait for idle", "[wait]") {
  Waited condition(Until::kIdle);
  CHECK_FALSE(condition.apply(all({busy("a"), busy("b")})).has_value());
  CHECK_FALSE(condition.apply(now(over("a"))).has_value());
  CHECK_FALSE(condition.apply(SessionRemoved{"a", "ended", 3}).has_value());
  CHECK(met(condition.apply(now(idle("b")))) == "b");
}

}  // namespace
}  // namespace atm::cli
