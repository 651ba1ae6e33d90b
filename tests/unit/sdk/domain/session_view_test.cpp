// SPDX-License-Identifier: MIT
#include <atm/domain/session_view.hpp>

#include <chrono>

#include "support/catch.hpp"

using atm::SessionDomain;
using atm::SessionId;
using atm::SessionStatus;
using atm::SessionView;
using atm::Timestamp;
using namespace std::chrono_literals;

namespace {

const Timestamp kStarted = atm::parse_rfc3339("2026-03-01T12:00:00Z").value();

SessionDomain busy() {
  SessionDomain session(SessionId("8e11bfb5-7dc2-432b"), kStarted);
  session.model = {"claude-opus-5-5", ""};
  session.status = SessionStatus::running_tool("Bash");
  session.context.used_percentage = 91.26;
  session.cost = atm::Money::from_usd(0.35);
  session.cost_source = "agent";
  session.duration = {135'900, 60'000};
  session.lines_changed = {150, 30};
  session.working_directory = "/src/atm";
  session.last_activity = kStarted + 58min;
  return session;
}

}  // namespace

TEST_CASE("view: a busy session as text") {
  const SessionView view = SessionView::from(busy(), kStarted + 1h, true);
  CHECK(view.id == SessionId("8e11bfb5-7dc2-432b"));
  CHECK(view.id_short == "8e11bfb5");
  CHECK(view.agent_type == "main");
  CHECK(view.model == "Opus 5.5");
  CHECK(view.status == "running");
  CHECK(view.status_detail == "Bash");
  CHECK(view.context_percentage == 91.26);
  CHECK(view.context_display == "91.3%");
  CHECK(view.context_warning);
  CHECK(view.context_critical);
  CHECK(view.cost_display == "$0.35");
  CHECK(view.cost_usd == 0.35);
  CHECK(view.duration_display == "2m 15s");
  CHECK(view.duration_seconds == 135);
  CHECK(view.lines_display == "+150 -30");
  CHECK(view.working_directory == "/src/atm");
  CHECK_FALSE(view.is_stale);
  CHECK_FALSE(view.needs_attention);
  CHECK(view.last_activity_display == "2m ago");
  CHECK(view.age_display == "1h");
  CHECK(view.started_at == "2026-03-01T12:00:00Z");
  CHECK(view.last_activity == "2026-03-01T12:58:00Z");
}

TEST_CASE("view: an unknown value is a dash, not zero") {
  const SessionView view = SessionView::from(SessionDomain(SessionId("x"), kStarted), kStarted);
  CHECK(view.model == "-");
  CHECK(view.context_display == "-");
  CHECK(view.cost_display == "-");
  CHECK_FALSE(view.context_percentage.has_value());
  CHECK_FALSE(view.status_detail.has_value());
  CHECK_FALSE(view.context_warning);
}

TEST_CASE("view: a known cost of zero is shown") {
  SessionDomain session(SessionId("x"), kStarted);
  session.cost_source = "agent";
  CHECK(SessionView::from(session, kStarted).cost_display == "$0.00");
}

TEST_CASE("view: a quiet session is stale unless its process is verified alive") {
  CHECK(SessionView::from(busy(), kStarted + 1h).is_stale);
  CHECK_FALSE(SessionView::from(busy(), kStarted + 1h, true).is_stale);
}

TEST_CASE("view: the detail contains the wait, the error or the number of tasks") {
  SessionDomain session = busy();
  const auto detail = [&session](SessionStatus status) {
    session.status = std::move(status);
    return SessionView::from(session, kStarted).status_detail;
  };
  CHECK(detail(SessionStatus::waiting_for_permission("Write")) == "Write");
  CHECK(detail(SessionStatus::waiting_for_input("plan")) == "plan");
  CHECK(detail(SessionStatus::error("rate_limit")) == "rate_limit");
  CHECK(detail(SessionStatus::background(1)) == "1 task");
  CHECK(detail(SessionStatus::background(3)) == "3 tasks");
  CHECK_FALSE(detail(SessionStatus::idle()).has_value());
}

TEST_CASE("view: a wait, an error or unacknowledged attention needs the user") {
  SessionDomain session = busy();
  session.status = SessionStatus::idle();
  CHECK_FALSE(SessionView::from(session, kStarted).needs_attention);
  session.attention = atm::Attention{"question", kStarted, true};
  CHECK_FALSE(SessionView::from(session, kStarted).needs_attention);
  session.attention->acknowledged = false;
  CHECK(SessionView::from(session, kStarted).needs_attention);
  session.attention.reset();
  session.status = SessionStatus::error("rate_limit");
  CHECK(SessionView::from(session, kStarted).needs_attention);
}
