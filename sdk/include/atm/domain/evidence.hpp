// SPDX-License-Identifier: MIT
// Evidence for the status of a session (docs/specs/state.md, section 1).
#pragma once

#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm {

/// What the latest evidence of one origin says about the status of the session.
enum class Stance : std::uint8_t { kSilent, kAgrees, kDisagrees };

/// The wire name: `silent`, `agrees`, `disagrees`. Any other value gives `silent`. [any]
[[nodiscard]] constexpr std::string_view stance_name(Stance stance) noexcept {
  // A switch without default: the compiler reports an enumerator that is not handled.
  switch (stance) {
    case Stance::kAgrees:
      return "agrees";
    case Stance::kDisagrees:
      return "disagrees";
    case Stance::kSilent:
      break;
  }
  return "silent";
}

/// The stance with this wire name, spelled exactly; absent if there is none. [any]
[[nodiscard]] constexpr std::optional<Stance> parse_stance(std::string_view name) noexcept {
  for (const Stance stance : {Stance::kSilent, Stance::kAgrees, Stance::kDisagrees}) {
    if (stance_name(stance) == name) return stance;
  }
  return std::nullopt;
}

/// The latest evidence of one origin about a session (STATE-E2). It lets a user check why the session has its status.
struct Evidence {
  /// Channel (`claude_code/hook`), or `registry` for a timeout.
  std::string origin;
  /// Observation type; for a level with its value: `state.reported:busy`.
  std::string says;
  /// Time of that observation.
  Timestamp at{};
  /// Whether that agrees with the status, disagrees, or says nothing about it.
  Stance stance = Stance::kSilent;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

}  // namespace atm
