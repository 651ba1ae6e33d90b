// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <atm/host/events.h>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace atm::kernel {

/// The subject of an event, borrowed: sufficient to find the matching subscriptions.
struct Subject {
  std::uint32_t kind;
  std::string_view session;
  std::string_view type;
};

/// One event that all subscriptions share: created and encoded once by the registry, then immutable.
struct Event {
  std::uint32_t kind = 0;  ///< ATM_EVENT_SESSION_*, ATM_EVENT_ACTIVITY, ATM_EVENT_SNAPSHOT_ITEM
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
  std::string session;
  std::string type;                         ///< activity: type of the observation; removed: the reason
  std::shared_ptr<const std::string> json;  ///< null if no subscription reads it

  [[nodiscard]] Subject subject() const noexcept { return {kind, session, type}; }
  [[nodiscard]] bool is_activity() const noexcept { return kind == ATM_EVENT_ACTIVITY; }
};

using EventPtr = std::shared_ptr<const Event>;

/// Source of the bus's snapshots: the registry, on its own thread, between two batches.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;

  /// The seq of the newest event that the snapshot includes.
  [[nodiscard]] virtual std::uint64_t snapshot_seq() const = 0;
  /// Every session as a SNAPSHOT_ITEM.
  [[nodiscard]] virtual std::vector<EventPtr> snapshot_all() = 0;
  /// One session, or nullptr.
  [[nodiscard]] virtual EventPtr snapshot_one(std::string_view session) = 0;
};

}  // namespace atm::kernel
