// SPDX-License-Identifier: MIT
// Replays scenarios: unchanged, with hooks doubled or swapped, without some sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scenario.hpp"
#include "world.hpp"

namespace atm::gauntlet {

/// The available sources. All by default.
struct Sources {
  bool hooks = true;
  bool status_lines = true;
  bool session_files = true;
  bool transcripts = true;
  bool processes = true;

  [[nodiscard]] bool has(const Record& record) const;
};

struct Played {
  std::vector<std::string> failures;  ///< for users: file, line, rules, expected, found, evidence
  std::unique_ptr<World> world;       ///< in its final state
};

/// Called after each step.
using Watch = std::function<void(const Step&, const View&)>;

/// Every step, every expect.
[[nodiscard]] Played play(const Scenario& scenario, const Watch& watch = {});

/// Every step of the available sources, without comparisons.
[[nodiscard]] std::unique_ptr<World> play_with(const Scenario& scenario, const Sources& sources);

/// Each hook twice.
[[nodiscard]] Scenario doubled(Scenario scenario);

/// Swaps neighbouring hooks of one session that are at most 20 ms apart (docs/specs/state.md, STATE-E3). Each keeps its
/// creation time.
[[nodiscard]] Scenario swapped(Scenario scenario);

/// Each line of a transcript that is followed arrives `lag` after the time it states.
[[nodiscard]] Scenario with_lag(Scenario scenario, Nanos lag);

/// The daemon ends after the step `after` and starts again before the next one.
[[nodiscard]] Scenario restarted(Scenario scenario, std::size_t after, DaemonNews end);

enum class ReadFirst : std::uint8_t { kEntries, kTranscripts };

/// The daemon starts right before the step `first`. It then reads the processes, the session files and the transcripts
/// of their sessions; earlier hooks and status lines are lost.
[[nodiscard]] Scenario cold_start(const Scenario& scenario, std::size_t first, ReadFirst order);

/// The expects at the end of a scenario.
[[nodiscard]] std::vector<const Expectation*> final_expectations(const Scenario& scenario);

}  // namespace atm::gauntlet
