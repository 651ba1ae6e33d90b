// SPDX-License-Identifier: MIT
#include "explain_text.hpp"

#include <atm/json.hpp>
#include <atm/protocol/session_writer.hpp>

#include "explain_reasons.hpp"
#include "session_samples.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::cli {
namespace {

using atm::test::contains;

using std::chrono::seconds;

Evidence heard(const char* origin, const char* says, int ago, Stance stance) {
  return {origin, says, kNow - seconds(ago), stance};
}

// A tool that a hook reported; the session file agrees.
protocol::Session running() {
  protocol::Session session = sample_session("f0bb38ae-682f", SessionStatus::running_tool("Bash"));
  session.domain.status_since = kNow - seconds(42);
  session.domain.status_cause = {"tool.started", "claude_code/hook", 41};
  session.domain.evidence = {
      heard("claude_code/hook", "tool.started", 42, Stance::kAgrees),
      heard("claude_code/session_file", "state.reported:busy", 50, Stance::kAgrees),
      heard("claude_code/status_line", "status.reported", 3, Stance::kSilent),
  };
  session.runtime.pid = 4711;
  session.runtime.verified = true;
  session.runtime.bound_by = "claude_code/hook";
  session.runtime.bound_at = kNow - seconds(90);
  return session;
}

SessionDomain doubtful(SessionStatus status, StatusCause cause, std::vector<Evidence> evidence) {
  SessionDomain session = sample_session("s", std::move(status)).domain;
  session.certain = false;
  session.status_cause = std::move(cause);
  session.evidence = std::move(evidence);
  return session;
}

TEST_CASE("a certain status is explained by its cause, the evidence with its age, and possible changes",
          "[explain]") {
  // clang-format off
  CHECK(explain_text(running(), kScene) ==
R"(session  f0bb38ae-682f
status   running (Bash)
since    2026-03-01T11:59:18+00:00 (42s ago)
certain  yes
cause    tool.started from claude_code/hook, seq 41
process  4711, verified, named by claude_code/hook 1m ago

EVIDENCE                  SAYS                 AGO  STANCE
claude_code/hook          tool.started         42s  agrees
claude_code/session_file  state.reported:busy  50s  agrees
claude_code/status_line   status.reported       3s  silent

what would change it
  the tool's result, a question to you, or the end of the turn
  an interruption fires no hook; claude_code/session_file (50s ago) would show it
)");
  // clang-format on
}

TEST_CASE(
    "attention is explained: since when, announced or not, acknowledged or not, and how to acknowledge it",
    "[explain]") {
  protocol::Session session = running();
  session.domain.status = SessionStatus::waiting_for_permission("Bash");
  session.domain.attention = Attention{"permission", kNow - seconds(42), false, false};
  CHECK(contains(explain_text(session, kScene), "attention        permission, not announced yet\n"));
  CHECK_FALSE(contains(explain_text(session, kScene), "atm ack"));
  session.domain.attention->confirmed = true;
  CHECK(contains(explain_text(session, kScene), "permission, announced\n"));
  CHECK(contains(explain_text(session, kScene), "attention since  2026-03-01T11:59:18+00:00 (42s ago)"));
  CHECK(contains(explain_text(session, kScene), "atm ack f0bb38ae acknowledges the attention"));
  session.domain.attention->acknowledged = true;
  CHECK(contains(explain_text(session, kScene), "permission, announced, acknowledged\n"));
  CHECK_FALSE(contains(explain_text(session, kScene), "atm ack"));
}

TEST_CASE("an uncertain status names the reason, depending on its evidence", "[explain]") {
  struct Case {
    const char* rule;
    SessionDomain session;
    const char* why;
  };
  const Evidence hook = heard("claude_code/hook", "tool.started", 60, Stance::kAgrees);
  const Case cases[]{
      {"STATE-C1", doubtful(SessionStatus::idle(), {}, {}),
       "there is no evidence yet of what the session does"},
      {"STATE-C1", doubtful(SessionStatus::idle(), {"session.started", "unix", 1}, {}),
       "there is no evidence yet of what the session does"},
      {"STATE-C2",
       doubtful(SessionStatus::active(), {"state.reported", "claude_code/session_file", 3},
                {heard("claude_code/session_file", "state.reported:busy", 5, Stance::kAgrees)}),
       "claude_code/session_file reports that the agent works, but not on what"},
      {"STATE-C2",
       doubtful(SessionStatus::idle(), {"state.reported", "claude_code/session_file", 3},
                {heard("claude_code/session_file", "state.reported:idle", 5, Stance::kAgrees)}),
       "claude_code/session_file reports that the turn is over, but not how it ended"},
      {"STATE-C3",
       doubtful(SessionStatus::running_tool("Bash"), {"tool.started", "claude_code/hook", 3}, {hook}),
       "no hook since tool.started 1m ago, and no other evidence shows that the status still holds"},
      {"STATE-C4",
       doubtful(SessionStatus::thinking(), {"status.reported", "claude_code/status_line", 3}, {hook}),
       "claude_code/status_line arrived, so no dialog is open; your decision is unknown"},
      {"STATE-C5",
       doubtful(SessionStatus::thinking(), {"tool.started", "claude_code/transcript", 3},
                {heard("claude_code/transcript", "tool.started", 5, Stance::kAgrees)}),
       "claude_code/transcript shows completed work, but neither waits nor work in progress"},
      {"STATE-C6", doubtful(SessionStatus::stale(), {"clean_up", "registry", 3}, {hook}),
       "there was no evidence for a long time, and its process cannot be verified"},
      {"STATE-E2",
       doubtful(SessionStatus::running_tool("Bash"), {"tool.started", "claude_code/hook", 3},
                {hook, heard("claude_code/session_file", "state.reported:idle", 5, Stance::kDisagrees)}),
       "claude_code/session_file (5s ago) disagrees: it reports state.reported:idle"},
  };
  for (const Case& one : cases) {
    INFO(one.rule);
    CHECK(doubt_text(one.session, kNow) == one.why);
  }
  CHECK(doubt_text(running().domain, kNow).empty());
}

TEST_CASE("for an interruption the text names the source that would report it, or states that none does",
          "[explain]") {
  protocol::Session session = running();
  session.domain.evidence.push_back(heard("claude_code/transcript", "tool.started", 41, Stance::kSilent));
  CHECK(
      what_would_change(session.domain, kNow).at(1) ==
      "an interruption fires no hook; claude_code/session_file (50s ago) or claude_code/transcript (41s ago) "
      "would show it");
  session.domain.evidence = {heard("claude_code/hook", "tool.started", 42, Stance::kAgrees)};
  CHECK(what_would_change(session.domain, kNow).at(1) ==
        "an interruption fires no hook; no session file or transcript is known that would show it");
  session.domain.status = SessionStatus::waiting_for_input("question");
  CHECK(what_would_change(session.domain, kNow).at(1).starts_with("a refusal or Esc may fire no hook; "));
}

TEST_CASE("an agent that reports its interruptions needs no other source for them", "[explain]") {
  protocol::Session session = running();
  CHECK(what_would_change(session.domain, kNow, {.interrupt = "exact"}).at(1) ==
        "an interruption: the agent reports it");
  session.domain.status = SessionStatus::waiting_for_input("question");
  CHECK(what_would_change(session.domain, kNow, {.interrupt = "exact"}).at(1) ==
        "an interruption: the agent reports it");
}

TEST_CASE("STATE-C3: a doubt names what the agent does not report", "[explain]") {
  protocol::Session session = running();
  session.domain.certain = false;
  session.domain.evidence = {heard("codex/hook", "tool.started", 42, Stance::kAgrees)};
  const AgentReports reports{.interrupt = "none", .permission_resolved = "inferred"};
  CHECK(
      doubt_text(session.domain, kNow, reports) ==
      "the agent does not report an interruption (interrupt is none), and neither a title nor a session file "
      "shows that the status still holds");
  session.domain.status = SessionStatus::waiting_for_permission("Bash");
  CHECK(doubt_text(session.domain, kNow, reports)
            .starts_with(
                "the agent does not report your answer to a request (permission_resolved is inferred)"));
  CHECK(doubt_text(session.domain, kNow, {.interrupt = "none"}).starts_with("no hook since"));
  session.domain.evidence.push_back(heard("codex/title", "state.reported:busy", 50, Stance::kSilent));
  CHECK(
      doubt_text(session.domain, kNow, reports)
          .starts_with("the agent may not report your answer to a request (permission_resolved is inferred), "
                       "and no hook since"));
  session.domain.status = SessionStatus::thinking();
  CHECK(doubt_text(session.domain, kNow, {.interrupt = "inferred"})
            .starts_with(
                "the agent may not report an interruption (interrupt is inferred), and no hook since"));
  CHECK(doubt_text(session.domain, kNow, {.interrupt = "exact"}).starts_with("no hook since"));
  Scene scene = kScene;
  scene.reports_of = [](std::string_view) { return AgentReports{.interrupt = "inferred"}; };
  CHECK(contains(explain_text(session, scene), "(interrupt is inferred)"));
}

TEST_CASE("an agent that states observations needs no hooks", "[explain]") {
  protocol::Session session = running();
  session.domain.evidence = {heard("pi/observation", "tool.started", 42, Stance::kAgrees)};
  CHECK(has_hooks(session.domain));
  CHECK(how_to_see_more(session).empty());
  session.domain.certain = false;
  CHECK(doubt_text(session.domain, kNow) ==
        "no observation since tool.started 42s ago, and no other evidence shows that the status still holds");
}

TEST_CASE("every status names the evidence that would change it", "[explain]") {
  for (std::size_t kind = 0; kind <= static_cast<std::size_t>(StatusKind::kEnded); ++kind) {
    const auto session = sample_session("s", SessionStatus::of(static_cast<StatusKind>(kind)));
    const auto sentences = what_would_change(session.domain, kNow);
    CHECK_FALSE(sentences.empty());
    CHECK(sentences.size() <= 2);
  }
}

TEST_CASE("missing sources are named, and nothing if none is missing", "[explain]") {
  protocol::Session session = running();
  CHECK(how_to_see_more(session).empty());
  session.runtime.verified = false;
  REQUIRE(how_to_see_more(session).size() == 1);
  CHECK(contains(how_to_see_more(session)[0], "process 4711 is not verified"));
  session.runtime.pid.reset();
  CHECK(contains(how_to_see_more(session).at(0), "its process is unknown"));
  session.domain.evidence.erase(session.domain.evidence.begin());
  CHECK(contains(how_to_see_more(session).at(0), "atm setup"));
  session.domain.status = SessionStatus::ended();
  CHECK(how_to_see_more(session).empty());
}

TEST_CASE("as JSON only the members that explain the status are kept, unchanged", "[explain]") {
  protocol::Session session = running();
  session.domain.cost_source = "agent";
  json::Buffer buffer;
  json::Writer writer(buffer);
  protocol::write_session(writer, session.domain, session.runtime);
  json::Reader reader;
  const std::string text = explain_json(json::text_of(buffer));
  const json::Value* root = reader.parse(text);
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*root, "id") == "f0bb38ae-682f");
  CHECK(json::get_array(*root, "evidence")->Size() == 3);
  CHECK(json::get_bool(*json::get_object(*root, "status"), "certain") == true);
  CHECK(json::get_bool(*json::get_object(*root, "process"), "verified") == true);
  CHECK(json::find(*root, "cost") == nullptr);
  CHECK(json::find(*root, "attention") == nullptr);
  CHECK(explain_json("no JSON").empty());
}

}  // namespace
}  // namespace atm::cli
