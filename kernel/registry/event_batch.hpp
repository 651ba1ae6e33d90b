// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/registry/encoder.hpp"
#include "kernel/registry/observation.hpp"
#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

/// The events of one batch of observations, until they are published. A session that changes a hundred times
/// in a batch is encoded once: an older state event gives way to the newer one, which takes the newer place
/// in the order. While nobody subscribes nothing is kept; while nobody would read it nothing is encoded.
class EventBatch final {
 public:
  EventBatch(Bus& bus, const Encoder& encoder) : bus_(bus), encoder_(encoder) {}

  void activity(std::uint64_t seq, std::uint64_t rev, const Observation& observation);
  /// The session was registered or updated; `entry` is read when the batch is published.
  void state(std::uint64_t seq, SessionEntry& entry, bool registered);
  /// To be called before the entry is erased.
  void removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason);

  /// Hands everything to the bus.
  void publish();

  /// The JSON of a session at its present revision, made at most once for each.
  [[nodiscard]] const std::shared_ptr<const std::string>& json_of(SessionEntry& entry);

 private:
  struct Slot {
    std::shared_ptr<Event> event;   // none: replaced by a newer one
    SessionEntry* entry = nullptr;  // a state event, not encoded yet
  };

  Slot& append(std::uint32_t kind, std::uint64_t seq, std::uint64_t rev, std::string_view session);

  Bus& bus_;
  const Encoder& encoder_;
  std::vector<Slot> slots_;
  std::vector<EventPtr> ready_;
};

}  // namespace atm::kernel
