// SPDX-License-Identifier: MIT
#include "session_table.hpp"

#include <ctime>

#include "explain_text.hpp"
#include "session_details.hpp"
#include "session_samples.hpp"
#include "support/catch.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

using std::chrono::minutes;

struct TableFixture {
  protocol::Session asking = sample_session("0bb3f80d-a738", SessionStatus::waiting_for_permission("Bash"));
  protocol::Session working = sample_session("f0bb38ae-682f", SessionStatus::running_tool("Read"));
  protocol::Session full = sample_session("6f1301ed-0001", SessionStatus::idle());
  protocol::Session behind = sample_session("e5535a62-0001", SessionStatus::background(2));
  protocol::Session over = sample_session("c7fce5d5-0001", SessionStatus::ended());
  protocol::Session broken = sample_session("deb8441e-0001", SessionStatus::error("rate_limit"));

  TableFixture() {
    asking.runtime.tmux_pane = "%3";
    fill(asking, 19.5, 200'000);
    asking.domain.cost = Money::from_usd(0.35);
    asking.domain.cost_source = "agent";
    fill(full, 90, 1'000'000);
    full.domain.cost = Money::from_usd(10.6);
    full.domain.cost_source = "agent";
    full.domain.finished = true;
    full.domain.lines_changed = {150, 30};
    broken.domain.started_at = kNow - minutes(90);
    behind.domain.working_directory.reset();
  }
  [[nodiscard]] Sessions all() const {
    Sessions sessions{&over, &behind, &full, &working, &asking, &broken};
    sort_for_people(sessions);
    return sessions;
  }
};

TEST_CASE("the table shows each session's status, context, cost and directory", "[session_table]") {
  const TableFixture fixture;
  // clang-format off
  const std::string expected =
R"(ID        AGENT        STATUS                CONTEXT   COST     LINES  AGE  ACTIVE  DIRECTORY  PANE
deb8441e  claude_code  error (rate_limit)    -            -         -   1h      7s  ~/project  -
0bb3f80d  claude_code  needs you (Bash)      19%      $0.35         -  25m      7s  ~/project  %3
f0bb38ae  claude_code  running (Read)        -            -         -  25m      7s  ~/project  -
e5535a62  claude_code  background (2 tasks)  -            -         -  25m      7s  -          -
6f1301ed  claude_code  idle ✓                90% !!   $10.6  +150 -30  25m      7s  ~/project  -
c7fce5d5  claude_code  ended                 -            -         -  25m      7s  ~/project  -
)";
  // clang-format on
  CHECK(session_table(fixture.all(), kScene) == expected);
}

TEST_CASE("sessions that need the user are first, the oldest on top", "[session_table]") {
  const TableFixture fixture;
  const Sessions sessions = fixture.all();
  CHECK(sessions[0] == &fixture.broken);
  CHECK(sessions[1] == &fixture.asking);
  CHECK(sessions.back() == &fixture.over);
}

TEST_CASE("unacknowledged attention counts as a need in every status", "[session_table]") {
  TableFixture fixture;
  fixture.over.domain.attention = Attention{"idle", kNow, false};
  CHECK(fixture.all().front()->domain.attention.has_value() == false);
  CHECK(fixture.all()[2] == &fixture.over);
  fixture.over.domain.attention->acknowledged = true;
  CHECK(fixture.all().back() == &fixture.over);
}

TEST_CASE("acknowledged attention no longer counts, even if its wait continues", "[session_table]") {
  TableFixture fixture;
  fixture.asking.domain.attention = Attention{"permission", kNow, true, true};
  CHECK(fixture.all().front() == &fixture.broken);
  CHECK(fixture.all()[1] == &fixture.working);
  CHECK_FALSE(needs_user(fixture.asking.domain));
  CHECK(status_text(fixture.asking.domain) == "waiting (Bash)");
}

TEST_CASE("a percentage is rounded down, so that it agrees with its mark", "[session_table]") {
  TableFixture fixture;
  fixture.full.domain.context.used_percentage = 89.99;
  CHECK(short_context_text(fixture.full.domain) == "89% !");
  fixture.full.domain.context.used_percentage.reset();
  fixture.full.domain.context.context_window_size.reset();
  CHECK(short_context_text(fixture.full.domain) == "900K");
}

TEST_CASE("a time is local and has its offset", "[session_table]") {
  CHECK(local_time(kNow) == "2026-03-01T12:00:00+00:00");
  ::setenv("TZ", "EAST-05:30", 1);
  ::tzset();
  CHECK(local_time(kNow) == "2026-03-01T17:30:00+05:30");
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

TEST_CASE("an uncertain status has a question mark", "[session_table]") {
  TableFixture fixture;
  fixture.working.domain.certain = false;
  CHECK(status_text(fixture.working.domain) == "running (Read)?");
  fixture.working.domain.detail = StatusDetail{"stopped", {}};
  CHECK(status_text(fixture.working.domain) == "running (Read), stopped?");
  fixture.working.domain.detail.reset();
  CHECK(session_line(fixture.working, "f0bb38ae", kScene).find("running (Read)?") != std::string::npos);
  fixture.full.domain.certain = false;
  CHECK(status_text(fixture.full.domain) == "idle? ✓");
}

TEST_CASE("a hint below the table names the sessions without hooks, and only those", "[session_table]") {
  TableFixture fixture;
  fixture.working.domain.evidence.push_back({"claude_code/hook", "tool.started", kNow, Stance::kAgrees});
  CHECK(hint_text({&fixture.working, &fixture.over}, kScene).empty());
  fixture.asking.domain.evidence.push_back({"claude_code/session_file", "state.reported:waiting", kNow, {}});
  const std::string one = hint_text({&fixture.asking, &fixture.working}, kScene);
  CHECK(one.find("1 session without hooks") != std::string::npos);
  CHECK(one.find("atm setup") != std::string::npos);
  CHECK(hint_text({&fixture.asking, &fixture.full}, kScene).find("2 sessions without hooks") !=
        std::string::npos);
}

TEST_CASE("a narrow terminal keeps status, context, cost and directory", "[session_table]") {
  const TableFixture fixture;
  Scene scene = kScene;
  scene.canvas.columns = 80;
  const std::string table = session_table(fixture.all(), scene);
  const std::string titles = table.substr(0, table.find('\n'));
  CHECK(titles.find("LINES") == std::string::npos);
  for (const char* title : {"ID", "STATUS", "CONTEXT", "COST", "DIRECTORY"}) {
    CHECK(titles.find(title) != std::string::npos);
  }
}

TEST_CASE("names from other programs cannot control the terminal", "[session_table]") {
  protocol::Session session = sample_session("\x1b[2Jid", SessionStatus::running_tool("T\x1b]0;x\x07"));
  session.domain.agent = "\x1b[31m";
  session.domain.working_directory = "/tmp/\x1b[5m/\xff";
  session.domain.model = {"\x1b[1m", ""};
  session.domain.agent_version = "\x9b";
  session.domain.facts.set("cost.\x1b[1m", std::string("\x1b[1m"));
  session.domain.certain = false;
  session.domain.status_cause = {"\x1b", "\x1b", 1};
  session.domain.evidence.push_back({"a\x1b/session_file", "state.reported:\x1b", kNow, Stance::kDisagrees});
  session.domain.attention = Attention{"\x1b[1m", kNow, false, true};
  session.runtime.tmux_pane = "%\x1b";
  session.runtime.tty = "\x1b";
  for (const std::string& text :
       {session_table({&session}, kScene), session_line(session, session.domain.id.str(), kScene),
        session_details(session, kScene), explain_text(session, kScene)}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
  }
}

TEST_CASE("an empty table is a line of text", "[session_table]") {
  CHECK(session_table({}, kScene) == "no sessions\n");
}

TEST_CASE("the details explain the status and show facts of unknown plugins", "[session_table]") {
  TableFixture fixture;
  fixture.asking.domain.status_cause = {"input.needed", "claude_code/hook", 41};
  fixture.asking.domain.facts.set("weather.mood", std::string("sunny"));
  fixture.asking.domain.facts.set("cost.hourly_rate_usd", 1.25);
  fixture.asking.runtime.pid = 4711;
  const std::string text = session_details(fixture.asking, kScene);
  for (const char* part :
       {"0bb3f80d-a738", "needs you (Bash)", "input.needed from claude_code/hook, seq 41", "19.5% (39K/200K)",
        "$0.35 (source: agent)", "sunny", "1.25", "4711", "%3", "~/project"}) {
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("the details show when the prompt cache expires", "[session_table]") {
  protocol::Session session = idle("s1");
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
  const auto details = [&](std::int64_t expires_at) {
    session.domain.facts.set("agent.prompt_cache.expires_at", expires_at);
    return session_details(session, kScene);
  };
  const auto contains = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(contains(details(now_s + 42 * 60), "  expires in 42m (2026-03-01T12:42:00+00:00)\n"));
  session.domain.facts.set("agent.prompt_cache.recache_tokens_if_cold", std::int64_t{9005});
  CHECK(contains(details(now_s + 30), "expires in 30s (2026-03-01T12:00:30+00:00), 9.0K tokens\n"));
  CHECK(contains(details(now_s - 300), "expired 5m ago (2026-03-01T11:55:00+00:00)"));
  for (const std::int64_t wrong : {INT64_MIN, std::int64_t{0}, INT64_MAX})
    CHECK_FALSE(contains(details(wrong), "prompt cache  "));
}

TEST_CASE("titles and branches have columns where they are known", "[table]") {
  protocol::Session named = idle("aaaa");
  named.domain.facts.set("agent.session.name", std::string("add\tpagination"));
  named.domain.facts.set("agent.worktree.branch", std::string("feature/x"));
  const protocol::Session plain = idle("bbbb");
  const std::string both = session_table({&named, &plain}, kScene);
  CHECK(both.find("TITLE") != std::string::npos);
  CHECK(both.find("add pagination") != std::string::npos);
  CHECK(both.find("feature/x") != std::string::npos);
  const std::string none = session_table({&plain}, kScene);
  CHECK(none.find("TITLE") == std::string::npos);
  CHECK(none.find("BRANCH") == std::string::npos);
}

TEST_CASE("the table shows the amount of the ledger instead of the agent's own", "[cli]") {
  const TableFixture f;
  Scene scene = kScene;
  scene.spent["6f1301ed-0001"] = {"$9.99", 9'990'000, 12, 0};
  const std::string text = session_table(f.all(), scene);
  CHECK(text.find("$9.99") != std::string::npos);
  CHECK(text.find("$10.6") == std::string::npos);
  CHECK(text.find("$0.35") != std::string::npos);
}

}  // namespace
}  // namespace atm::cli
