// SPDX-License-Identifier: MIT
// Plays scenarios: as they are, with their hooks doubled or swapped, with sources taken away.
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

/// Which sources there are. All, unless one is taken away.
struct Sources {
  bool hooks = true;
  bool status_lines = true;
  bool session_files = true;
  bool transcripts = true;
  bool processes = true;

  [[nodiscard]] bool has(const Record& record) const;
};

struct Played {
  std::vector<std::string> failures;  ///< for people: file, line, rules, expected, found, evidence
  std::unique_ptr<World> world;       ///< as it is at the end
};

/// Told after each step.
using Watch = std::function<void(const Step&, const View&)>;

/// Every step, every expect.
[[nodiscard]] Played play(const Scenario& scenario, const Watch& watch = {});

/// Every step the sources allow; nothing is compared.
[[nodiscard]] std::unique_ptr<World> play_with(const Scenario& scenario, const Sources& sources);

/// Each hook twice.
[[nodiscard]] Scenario doubled(Scenario scenario);

/// Neighbouring hooks of one session that are at most 20 ms apart, exchanged (docs/specs/state.md, STATE-E3). Each
/// keeps the time it was made.
[[nodiscard]] Scenario swapped(Scenario scenario);

/// Each line of a transcript that is followed arrives `lag` after the time it states.
[[nodiscard]] Scenario with_lag(Scenario scenario, Nanos lag);

enum class ReadFirst : std::uint8_t { kEntries, kTranscripts };

/// The daemon starts right before the step `first`. It then reads the processes, the session files and the transcripts
/// of their sessions; earlier hooks and status lines are lost.
[[nodiscard]] Scenario cold_start(const Scenario& scenario, std::size_t first, ReadFirst order);

/// The expects at the end of a scenario.
[[nodiscard]] std::vector<const Expectation*> final_expectations(const Scenario& scenario);

}  // namespace atm::gauntlet
