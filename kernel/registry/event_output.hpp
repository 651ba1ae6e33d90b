// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace atm::kernel {

class Observation;
struct SessionEntry;

/// Receives the events of the registry, in the order of their seq.
class EventOutput {
 public:
  virtual ~EventOutput() = default;

  /// Whether activity() of this session and type has an effect.
  [[nodiscard]] virtual bool wants_activity(std::string_view session, std::string_view type) const = 0;
  virtual void activity(std::uint64_t seq, std::uint64_t rev, const Observation& observation) = 0;
  /// The session was registered or updated. The entry lives until removed().
  virtual void state(std::uint64_t seq, SessionEntry& entry, bool registered) = 0;
  virtual void removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason) = 0;
};

}  // namespace atm::kernel
