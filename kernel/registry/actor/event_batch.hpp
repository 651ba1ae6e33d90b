// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/model/observation.hpp"
#include "kernel/registry/actor/encoder.hpp"
#include "kernel/registry/event_output.hpp"
#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

/// The events of one batch of observations until their publication. A session that changes a hundred times in a batch
/// is encoded once: a newer state event replaces the older one and moves to the end. Without subscribers the batch
/// keeps nothing; without readers it encodes nothing.
class EventBatch final : public EventOutput {
 public:
  EventBatch(Bus& bus, const Encoder& encoder) : bus_(bus), encoder_(encoder) {}

  [[nodiscard]] bool wants_activity(std::string_view session, std::string_view type) const override;
  void activity(std::uint64_t seq, std::uint64_t rev, const Observation& observation) override;
  /// `entry` is read when the batch is published.
  void state(std::uint64_t seq, SessionEntry& entry, bool registered) override;
  void removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason) override;

  /// Passes all events to the bus.
  void publish();

  /// The JSON of a session at its current revision; encoded at most once per revision.
  [[nodiscard]] const std::shared_ptr<const std::string>& json_of(SessionEntry& entry);

 private:
  struct Slot {
    std::shared_ptr<Event> event;   // null: replaced by a newer event
    SessionEntry* entry = nullptr;  // set for a state event that is not encoded yet
  };

  Slot& append(std::uint32_t kind, std::uint64_t seq, std::uint64_t rev, std::string_view session);

  Bus& bus_;
  const Encoder& encoder_;
  std::vector<Slot> slots_;
  std::vector<EventPtr> ready_;
};

}  // namespace atm::kernel
