// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/model/event.hpp"

namespace atm::kernel {

/// All sessions at one point of the stream, shared by every subscription that starts there.
struct Snapshot {
  std::uint64_t seq = 0;
  std::vector<EventPtr> items;
};

/// One delivery of a subscription, in the terms of atm/host/events.h.
struct Delivery {
  std::uint32_t kind = 0;
  std::uint64_t seq = 0;
  std::uint64_t missed = 0;
  EventPtr event;  ///< none for GAP, SNAPSHOT_BEGIN and SNAPSHOT_END
};

struct SubscriptionStats {
  std::uint64_t delivered = 0;
  std::uint64_t conflated = 0;
  std::uint64_t dropped = 0;
  std::uint64_t gaps = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t queued = 0;
};

/// The queue of one subscriber. Its phases: waiting for a snapshot, live, or overflowed and waiting for its subscriber
/// to drain. In the first and last phase it holds nothing and costs one comparison per event.
class Subscription final {
 public:
  struct Bounds {
    std::size_t activity;
    std::size_t states;
  };
  enum class Next : std::uint8_t { kEvent, kEmpty, kSnapshotWanted, kClosed };

  Subscription(std::uint64_t id, const atm_subscription_options& options, Bounds bounds);

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// The only session of this subscription; empty: all sessions.
  [[nodiscard]] std::string_view session() const noexcept { return session_; }
  [[nodiscard]] bool concerns(const Subject& subject) const noexcept {
    if (!session_.empty() && session_ != subject.session) return false;
    if (subject.kind == ATM_EVENT_ACTIVITY)
      return wants_activity_ && (type_.empty() || type_ == subject.type);
    return type_.empty() || subject.kind == ATM_EVENT_SESSION_REMOVED;
  }
  [[nodiscard]] bool is_live() const noexcept {
    return phase_.load(std::memory_order_acquire) == Phase::kLive;
  }
  [[nodiscard]] bool awaits_snapshot() const noexcept {
    return phase_.load(std::memory_order_acquire) == Phase::kAwaiting;
  }

  /// Queues the matching events. [registry]
  void offer(std::span<const EventPtr> events);
  /// Sets the snapshot; all events offered later follow it. [registry]
  void begin(std::shared_ptr<const Snapshot> snapshot);

  /// Takes the next delivery. kSnapshotWanted, once after an overflow: the subscriber drains again and needs a new
  /// snapshot. [any]
  [[nodiscard]] Next next(Delivery& delivery);
  /// Ends the input; queued deliveries can still be taken. [any]
  void close();
  /// `ready` is not called after the return. [any but ready]
  void retire();

  [[nodiscard]] SubscriptionStats stats() const;

 private:
  enum class Phase : std::uint8_t { kAwaiting, kLive, kOverflowed };
  enum class Stage : std::uint8_t { kGap, kBegin, kItems, kEnd };
  struct Queued {
    EventPtr event;
    std::uint32_t kind;  // for a conflated event: the kind of its session's first undelivered event
  };
  using Queue = std::list<Queued>;

  void push(const EventPtr& event);
  void push_state(const EventPtr& event);
  void overflow();
  [[nodiscard]] bool next_of_snapshot(Delivery& delivery);
  /// Whether to call ready now; the caller calls it after unlocking.
  [[nodiscard]] bool must_signal();
  void signal();

  const std::uint64_t id_;
  const std::string session_;
  const bool wants_activity_;
  const std::string type_;  // only activity of this type, and removals; empty: all
  const Bounds bounds_;

  std::atomic<Phase> phase_{Phase::kAwaiting};  // written under mutex_
  mutable std::mutex mutex_;                    // guards the members below
  bool closed_ = false;
  bool signalled_ = false;  // ready was called and no drain has emptied the queue since
  bool has_gap_ = false;
  std::uint64_t missed_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;  // delivered before the queue
  Stage stage_ = Stage::kGap;
  std::size_t item_ = 0;
  Queue queue_;
  std::unordered_map<std::string_view, Queue::iterator> states_;  // keys point into the queued events
  std::size_t activity_ = 0;
  SubscriptionStats counts_;

  std::mutex
      ready_mutex_;  // held while ready runs, so that retire can wait for it; never together with mutex_
  void (*ready_)(void*, std::uint64_t);
  void* const ready_context_;
};

}  // namespace atm::kernel
