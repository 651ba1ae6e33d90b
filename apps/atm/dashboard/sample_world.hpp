// SPDX-License-Identifier: MIT
// Sessions for the tests of the dashboard.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "rows.hpp"
#include "session_samples.hpp"

namespace atm::cli {

class World final {
 public:
  protocol::Session& add(const char* id, SessionStatus status, const char* directory) {
    protocol::Session session = sample_session(id, std::move(status));
    session.domain.working_directory = directory;
    session.domain.status_since = kNow - std::chrono::minutes(3);
    return sessions.emplace(id, std::move(session)).first->second;
  }
  static void cost(protocol::Session& session, double usd) {
    session.domain.cost = Money::from_usd(usd);
    session.domain.cost_source = "agent";
  }

  /// Eight sessions in three projects.
  static World busy() {
    World world;
    auto& asking =
        world.add("0bb3f80d-a738", SessionStatus::waiting_for_permission("Bash"), "/home/dev/api-server");
    asking.domain.attention = Attention{"permission", kNow - std::chrono::seconds(372), false, true};
    asking.runtime.tmux_pane = "%12";
    asking.runtime.socket_path = "/tmp/tmux-1000/default";
    fill(asking, 42, 1'000'000);
    cost(asking, 1.11);
    asking.domain.subagents = {{"a1", "Explore", kNow - std::chrono::seconds(20)},
                               {"a2", "", kNow - std::chrono::minutes(2)}};
    auto& working = world.add("f0bb38ae-682f", SessionStatus::running_tool("Read"),
                              "/home/dev/api-server/.claude/worktrees/feature-x");
    working.domain.facts.set("agent.session.name", std::string("add pagination"));
    working.domain.status_since = kNow - std::chrono::seconds(8);
    fill(working, 90, 200'000);
    cost(working, 10.6);
    auto& question =
        world.add("deb8441e-0001", SessionStatus::waiting_for_input("question"), "/home/dev/docs");
    question.domain.attention = Attention{"question", kNow - std::chrono::minutes(40), false, true};
    auto& broken = world.add("deb8441e-0002", SessionStatus::error("rate_limit"), "/home/dev/docs");
    broken.domain.attention = Attention{"error", kNow - std::chrono::minutes(5), false, true};
    auto& done = world.add("6f1301ed-0001", SessionStatus::idle(), "/home/dev/日本語");
    done.domain.finished = true;
    fill(done, 81, 200'000);
    world.add("e5535a62-0001", SessionStatus::background(2), "/home/dev/日本語").domain.certain = false;
    world.add("c7fce5d5-0001", SessionStatus::ended(), "/home/dev/old");
    world.add("01890a5d-ac96-774b-bcce-b302099a8057", SessionStatus::thinking(), "/srv/app").domain.certain =
        false;
    return world;
  }
  /// An agent that reports its usage limits in two sessions.
  static World limited() {
    World world = one();
    const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
    auto& newer = world.add("6f1301ed-0002", SessionStatus::idle(), "/home/dev/project").domain;
    newer.facts.set("agent.limits.five_hour.used_percentage", 42.5);
    newer.facts.set("agent.limits.five_hour.resets_at", now_s + 3720);
    newer.facts.set("agent.limits.seven_day.used_percentage", 250.0);
    newer.facts.set("agent.limits.seven_day.resets_at", now_s - 5);
    newer.facts.set("agent.prompt_cache.expires_at", now_s + 300);
    newer.facts.set("agent.prompt_cache.recache_tokens_if_cold", std::int64_t{9005});
    auto& older = world.sessions.at("6f1301ed-0001").domain;
    older.last_activity = newer.last_activity - std::chrono::minutes(5);
    older.facts.set("agent.limits.five_hour.used_percentage", 1.0);
    older.facts.set("agent.limits..used_percentage", 0.0);
    return world;
  }
  static World one() {
    World world;
    world.add("6f1301ed-0001", SessionStatus::idle(), "/home/dev/project");
    return world;
  }

  SessionMap sessions;
};

}  // namespace atm::cli
