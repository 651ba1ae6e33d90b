// SPDX-License-Identifier: MIT
#include <atm/domain/aggregator.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using atm::SessionAggregator;
using atm::SessionDomain;
using atm::SessionId;
using atm::SessionStatus;
using atm::Timestamp;
using SessionRef = SessionAggregator::SessionRef;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp kNow{500'000h};

SessionDomain session(std::string id, std::optional<double> percent, double usd, std::chrono::seconds quiet) {
  SessionDomain made(SessionId(std::move(id)), kNow - quiet);
  made.context.used_percentage = percent;
  made.cost = atm::Money::from_usd(usd);
  made.duration = {1000, 400};
  return made;
}

std::vector<SessionRef> refs(const std::vector<SessionDomain>& sessions) {
  std::vector<SessionRef> result;
  for (const SessionDomain& each : sessions) result.push_back(&each);
  return result;
}

std::string ids(const std::vector<SessionRef>& sessions) {
  std::string text;
  for (const SessionRef each : sessions) text += each->id.str();
  return text;
}

}  // namespace

TEST_CASE("aggregator: without sessions the result is zero and unknown") {
  CHECK(SessionAggregator::aggregate({}, kNow) == atm::SessionAggregate{});
}

TEST_CASE("aggregator: counts, sums, and averages over known values") {
  std::vector<SessionDomain> sessions{session("a", 90, 1.5, 1s), session("b", 30, 0.25, 100s),
                                      session("c", std::nullopt, 0, 1s), session("d", 80, 2, 100s)};
  sessions[2].status = SessionStatus::waiting_for_input("question");
  sessions[3].status = SessionStatus::ended();
  const auto sum = SessionAggregator::aggregate(refs(sessions), kNow);
  CHECK(sum.total == 4);
  CHECK(sum.active == 2);
  CHECK(sum.stale == 1);
  CHECK(sum.attention_needed == 1);
  CHECK(sum.total_cost == atm::Money::from_usd(3.75));
  CHECK(sum.total_duration == atm::SessionDuration{4000, 1600});
  CHECK(sum.avg_context.value() == Approx(200.0 / 3));
  CHECK(sum.max_context == 90);
  CHECK(sum.high_context == 2);
}

TEST_CASE("aggregator: a quiet session whose process is verified alive is active") {
  const std::vector<SessionDomain> sessions{session("a", 1, 0, 100s), session("b", 1, 0, 100s)};
  const auto sum = SessionAggregator::aggregate(
      refs(sessions), kNow, [](const SessionDomain& each) { return each.id.view() == "b"; });
  CHECK(sum.active == 1);
  CHECK(sum.stale == 1);
}

TEST_CASE("aggregator: groups by agent type, in the order given") {
  std::vector<SessionDomain> sessions{session("a", 1, 0, 1s), session("b", 1, 0, 1s), session("c", 1, 0, 1s)};
  sessions[1].agent_type = atm::AgentType::parse("explore");
  const auto groups = SessionAggregator::group_by_agent_type(refs(sessions));
  CHECK(groups.size() == 2);
  CHECK(ids(groups.at("general_purpose")) == "ac");
  CHECK(ids(groups.at("explore")) == "b");
}

TEST_CASE("aggregator: orders are largest or newest first, unknown last, and stable") {
  const std::vector<SessionDomain> sessions{session("a", 10, 1, 9s), session("b", std::nullopt, 3, 1s),
                                            session("c", 50, 1, 5s), session("d", 10, 2, 9s)};
  std::vector<SessionRef> order = refs(sessions);
  SessionAggregator::sort_by_context(order);
  CHECK(ids(order) == "cadb");
  order = refs(sessions);
  SessionAggregator::sort_by_cost(order);
  CHECK(ids(order) == "bdac");
  order = refs(sessions);
  SessionAggregator::sort_by_activity(order);
  CHECK(ids(order) == "bcad");
}

TEST_CASE("aggregator: every session is counted once, and groups lose none") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& seeds) {
    std::vector<SessionDomain> sessions;
    for (const std::uint8_t seed : seeds) {
      sessions.push_back(session("s", seed % 101, seed, std::chrono::seconds(seed)));
      sessions.back().agent_type = atm::AgentType::parse(seed % 2 == 0 ? "plan" : "mine");
      if (seed % 5 == 0) sessions.back().end();
    }
    const auto all = refs(sessions);
    const auto sum = SessionAggregator::aggregate(all, kNow);
    const auto ended = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](SessionRef each) {
      return each->status.kind() == atm::StatusKind::kEnded;
    }));
    RC_ASSERT(sum.total == sessions.size());
    RC_ASSERT(sum.active + sum.stale + ended == sum.total);
    RC_ASSERT(sum.avg_context.value_or(0) <= sum.max_context.value_or(0) + 1e-9);
    std::size_t grouped = 0;
    for (const auto& [type, group] : SessionAggregator::group_by_agent_type(all)) grouped += group.size();
    RC_ASSERT(grouped == sessions.size());
  }));
}
