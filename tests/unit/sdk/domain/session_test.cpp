// SPDX-License-Identifier: MIT
#include <atm/domain/session.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "support/catch.hpp"

using atm::Attention;
using atm::SessionDomain;
using atm::SessionId;
using atm::SessionStatus;
using atm::StatusKind;
using atm::Timestamp;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp kStart{500'000h};

SessionDomain fresh() {
  return SessionDomain(SessionId("8e11bfb5-7dc2"), kStart);
}

}  // namespace

TEST_CASE("session: a new session is active, with all other values unknown or zero") {
  const SessionDomain session = fresh();
  CHECK(session.status == SessionStatus::active());
  CHECK_FALSE(session.context.usage_percentage().has_value());
  CHECK(session.cost == atm::Money());
  CHECK(session.duration == atm::SessionDuration{});
  CHECK(session.started_at == kStart);
  CHECK(session.last_activity == kStart);
  CHECK(session.status_since == kStart);
  CHECK(session.agent_type == atm::AgentType());
}

TEST_CASE("session: 89 seconds of silence are fresh, 91 stale") {
  const SessionDomain session = fresh();
  CHECK_FALSE(session.is_stale(kStart + 89s, false));
  CHECK_FALSE(session.is_stale(kStart + 90s, false));
  CHECK(session.is_stale(kStart + 91s, false));
  CHECK(session.should_cleanup(kStart + 91s, false));
  CHECK_FALSE(session.should_cleanup(kStart + 89s, false));
}

TEST_CASE("session: a session with a live process is never removed for silence or age") {
  const SessionDomain session = fresh();
  CHECK_FALSE(session.is_stale(kStart + 1000h, true));
  CHECK_FALSE(session.should_cleanup(kStart + 1000h, true));
}

TEST_CASE("session: a session older than 24 hours is removed even if busy, unless verified alive") {
  SessionDomain session = fresh();
  session.last_activity = kStart + 24h;
  CHECK_FALSE(session.should_cleanup(kStart + 24h, false));
  CHECK(session.should_cleanup(kStart + 24h + 1s, false));
  CHECK_FALSE(session.should_cleanup(kStart + 24h + 1s, true));
}

TEST_CASE("session: an ended session is removed, alive or not") {
  SessionDomain session = fresh();
  session.end();
  CHECK(session.should_cleanup(kStart, true));
  CHECK(session.should_cleanup(kStart, false));
}

TEST_CASE("session: an end closes all open items once") {
  SessionDomain session = fresh();
  session.status = SessionStatus::waiting_for_input("question");
  session.attention = Attention{"question", kStart, false};
  session.subagents.push_back({"a1", "Explore", kStart});
  session.end(kStart + 5s);
  CHECK(session.status.kind() == StatusKind::kEnded);
  CHECK(session.status_since == kStart + 5s);
  CHECK_FALSE(session.attention.has_value());
  CHECK(session.subagents.empty());
  const SessionDomain ended = session;
  session.end(kStart + 9s);
  CHECK(session == ended);
}

TEST_CASE("session: a configured limit replaces the default") {
  atm::Limits limits;
  limits.stale_after = 5s;
  CHECK(fresh().is_stale(kStart + 6s, false, limits));
}

TEST_CASE("session: a full context needs attention from the warning threshold on") {
  SessionDomain session = fresh();
  CHECK_FALSE(session.needs_context_attention());
  session.context.used_percentage = 79.9;
  CHECK_FALSE(session.needs_context_attention());
  session.context.used_percentage = 80;
  CHECK(session.needs_context_attention());
}

TEST_CASE("session: laws of time") {
  CHECK(rc::check(
      "a clock that was set back makes nothing stale or old", [](std::int64_t seen, std::int64_t now) {
        const SessionDomain session(SessionId("x"), Timestamp(std::chrono::nanoseconds(std::max(seen, now))));
        const Timestamp earlier(std::chrono::nanoseconds(std::min(seen, now)));
        RC_ASSERT_FALSE(session.is_stale(earlier, false));
        RC_ASSERT_FALSE(session.should_cleanup(earlier, false));
      }));
  CHECK(rc::check("a stale session stays stale and is due for clean-up", [](std::int64_t a, std::int64_t b) {
    const Timestamp sooner(std::chrono::nanoseconds(std::min(a, b)));
    const Timestamp later(std::chrono::nanoseconds(std::max(a, b)));
    const SessionDomain session(SessionId("x"), Timestamp(0ns));
    if (session.is_stale(sooner, false)) RC_ASSERT(session.is_stale(later, false));
    if (session.is_stale(sooner, false)) RC_ASSERT(session.should_cleanup(sooner, false));
  }));
}
