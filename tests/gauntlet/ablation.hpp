// SPDX-License-Identifier: MIT
// Checks that the state at the end of a scenario survives the loss of a source: it must be right or uncertain.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "play.hpp"

namespace atm::gauntlet {

/// kUnknown: a wrong class marked as uncertain; or no class.
enum class Answer : std::uint8_t { kCertain, kUncertain, kUnknown, kWrong };

struct Loss {
  std::string_view name;
  Sources left;
};

inline constexpr std::array<Loss, 9> kLosses{{
    {"nothing", {}},
    {"hooks", {false, true, true, true, true}},
    {"status lines", {true, false, true, true, true}},
    {"session files", {true, true, false, true, true}},
    {"transcripts", {true, true, true, false, true}},
    {"processes", {true, true, true, true, false}},
    {"all but hooks", {true, false, false, false, false}},
    {"all but session files", {false, false, true, false, false}},
    {"all but transcripts and processes", {false, false, false, true, true}},
}};

struct Tally {
  std::array<std::size_t, 4> answers{};  ///< by Answer
  std::size_t waits = 0;                 ///< that lasted for a second or longer
  std::size_t lost = 0;                  ///< of these, without an alert within two seconds
  [[nodiscard]] std::size_t of(Answer answer) const { return answers[static_cast<std::size_t>(answer)]; }
  Tally& operator+=(const Tally& other) {
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i] += other.answers[i];
    waits += other.waits;
    lost += other.lost;
    return *this;
  }
};

/// One way to replay a scenario: unchanged, with delayed transcripts, or as a cold start at each of its steps.
struct Variation {
  std::string_view name;
  std::optional<Nanos> lag{};
  bool is_cold_start = false;
};

inline constexpr std::array<Variation, 5> kVariations{{
    {"as it is"},
    {"transcript lag 0.05 s", std::chrono::milliseconds(50)},
    {"transcript lag 0.2 s", std::chrono::milliseconds(200)},
    {"transcript lag 0.6 s", std::chrono::milliseconds(600)},
    {"cold start at each step", {}, true},
}};

struct Ablation {
  std::map<std::string, std::array<Tally, kLosses.size()>> groups;          ///< unchanged
  std::array<std::array<Tally, kLosses.size()>, kVariations.size()> all{};  ///< by variation, of all groups
  std::vector<std::string> wrong;  ///< for users: scenario, lost source, expected, found, evidence
  std::vector<std::string> lost;   ///< the same for attention
};

/// Replays every variation of every scenario without each of kLosses, and compares the class of each session of its
/// final expects: works, waits, background, error, idle, gone. Omits cold starts without session files, because no
/// earlier state would remain. `stride`: replay only every n-th cold start.
[[nodiscard]] Ablation ablate(const std::vector<Scenario>& scenarios, std::size_t stride = 1);

/// The wrong states with every subset of the sources; for users.
[[nodiscard]] std::vector<std::string> wrong_with_any_sources(const std::vector<Scenario>& scenarios);

/// The tables of README.md.
[[nodiscard]] std::string table_by_group(const Ablation& ablation);
[[nodiscard]] std::string table_by_variation(const Ablation& ablation);

}  // namespace atm::gauntlet
