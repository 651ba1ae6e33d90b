// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm {

/// What an origin's last word has to say on the session's status.
enum class Stance : std::uint8_t { kSilent, kAgrees, kDisagrees };

[[nodiscard]] constexpr std::string_view stance_name(Stance stance) noexcept {
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

/// The stance with this wire name; absent if there is none.
[[nodiscard]] constexpr std::optional<Stance> parse_stance(std::string_view name) noexcept {
  for (const Stance stance : {Stance::kSilent, Stance::kAgrees, Stance::kDisagrees}) {
    if (stance_name(stance) == name) return stance;
  }
  return std::nullopt;
}

/// What one origin said last of a session (docs/specs/state.md, STATE-E2), so that a status can be questioned.
struct Evidence {
  std::string origin;  ///< channel, `claude_code/hook`
  std::string says;    ///< observation type, or level: `tool.started`, `state.reported:busy`
  Timestamp at{};
  Stance stance = Stance::kSilent;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

}  // namespace atm
