// SPDX-License-Identifier: MIT
// Whether the state at the end of a scenario survives the loss of a source: it must be right, or say that it
// does not know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "play.hpp"

namespace atm::gauntlet {

enum class Answer : std::uint8_t { kRight, kUnknown, kWrong };

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
  std::array<std::size_t, 3> answers{};  ///< by Answer
  [[nodiscard]] std::size_t of(Answer answer) const { return answers[static_cast<std::size_t>(answer)]; }
};

struct Ablation {
  std::map<std::string, std::array<Tally, kLosses.size()>> groups;
  std::vector<std::string> wrong;  ///< for people: which scenario, without what, expected, found, evidence
};

/// Plays every scenario without each of kLosses, and judges each session of its final expects by class: works,
/// waits, background, error, idle, gone.
[[nodiscard]] Ablation ablate(const std::vector<Scenario>& scenarios);

/// What is wrong when only some of the sources are left, whichever they are; for people.
[[nodiscard]] std::vector<std::string> wrong_with_any_sources(const std::vector<Scenario>& scenarios);

/// A table for README.md; right/unknown/wrong in each cell.
[[nodiscard]] std::string table_of(const Ablation& ablation);

}  // namespace atm::gauntlet
