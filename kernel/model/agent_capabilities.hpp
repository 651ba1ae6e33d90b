// SPDX-License-Identifier: MIT
// What an agent reports, as its manifest states it ([agent] capabilities, docs/agents/manifest.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace atm::kernel {

/// How an agent reports something. kUnstated: its manifest does not say, or it has none.
enum class Capability : std::uint8_t { kUnstated, kNone, kInferred, kExact };

/// The capabilities that STATE-C3 uses.
struct AgentCapabilities {
  Capability interrupt = Capability::kUnstated;            ///< the end of a turn that the user interrupts
  Capability permission_resolved = Capability::kUnstated;  ///< the answer to a request
  friend bool operator==(const AgentCapabilities&, const AgentCapabilities&) = default;
};

/// By the agent's id.
using CapabilitiesByAgent = std::map<std::string, AgentCapabilities, std::less<>>;

/// kUnstated for a word that the schema does not contain. [any]
[[nodiscard]] constexpr Capability capability_from(std::string_view word) noexcept {
  if (word == "none") return Capability::kNone;
  if (word == "inferred") return Capability::kInferred;
  return word == "exact" ? Capability::kExact : Capability::kUnstated;
}

}  // namespace atm::kernel
