// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <atm/host/events.h>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/model/event.hpp"

namespace atm::kernel {

class Subscription;

struct BusOptions {
  std::uint64_t epoch = 0;           ///< identifies this start of the daemon; every event carries it
  std::size_t max_subscribers = 64;  ///< subscriptions open at once
  std::size_t max_activity = 1024;   ///< default number of activity events that a subscription keeps
  std::size_t max_states = 16'384;   ///< sessions with an undelivered state event that a subscription keeps
};

struct BusStats {
  std::uint64_t subscribers = 0;
  std::uint64_t subscribers_refused = 0;  ///< requests over max_subscribers
  std::uint64_t published = 0;            ///< events passed to the bus
  std::uint64_t delivered = 0;            ///< events passed to a sink, without snapshots
  std::uint64_t conflated = 0;            ///< state events that a newer one of the same session replaced
  std::uint64_t dropped = 0;              ///< events that a full queue lost
  std::uint64_t gaps = 0;                 ///< overflows of a queue
  std::uint64_t snapshots = 0;
  std::uint64_t queued = 0;  ///< events queued now, over all subscriptions
};

/// Distributes the registry's events to subscriptions (atm/host/events.h). A slow, stuck or closed subscriber delays
/// neither the registry nor another subscriber, and every loss of events is announced. So each subscription has a
/// bounded queue. A full queue is emptied and starts again from a snapshot, which the registry creates between two
/// batches, so that it has neither hole nor overlap.
class Bus final {
 public:
  explicit Bus(BusOptions options);
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  [[nodiscard]] std::uint64_t epoch() const noexcept { return options_.epoch; }

  // Functions for transports, as in atm/host/events.h.
  [[nodiscard]] atm_status subscribe(const atm_subscription_options& options, std::uint64_t& subscription);
  [[nodiscard]] atm_status drain(std::uint64_t subscription, std::uint64_t max_events,
                                 const atm_event_sink& sink);
  [[nodiscard]] atm_status unsubscribe(std::uint64_t subscription);

  /// Sets the function that is called, on the requesting thread, when a snapshot is needed; null: none. [any]
  void on_snapshot_wanted(std::function<void()> wake);

  /// Whether any subscription counts such an event, delivered or missed. [registry]
  [[nodiscard]] bool concerns_anybody(const Subject& subject) const;
  /// Whether any subscription delivers it and needs its JSON. [registry]
  [[nodiscard]] bool wants_json(const Subject& subject) const;

  /// Queues the events in order for every matching subscription. [registry]
  void publish(std::span<const EventPtr> events);

  [[nodiscard]] bool snapshot_wanted() const noexcept { return wanted_.load(std::memory_order_acquire); }
  /// Starts every subscription that waits for a snapshot; later events follow the snapshot. [registry]
  void serve_snapshots(SnapshotSource& source);

  /// Ends the stream: drain returns E_CLOSED once its queue is empty. Idempotent. [any]
  void close();

  [[nodiscard]] BusStats stats() const;

 private:
  using List = std::vector<std::shared_ptr<Subscription>>;  // ascending by id, immutable once shared

  [[nodiscard]] std::shared_ptr<const List> list() const;
  [[nodiscard]] std::shared_ptr<Subscription> find(std::uint64_t subscription) const;
  void want_snapshot();

  const BusOptions options_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> wanted_{false};

  mutable std::mutex mutex_;  // guards the members below
  std::shared_ptr<const List> list_;
  std::uint64_t next_id_ = 1;
  bool closed_ = false;
  BusStats totals_;  // of closed subscriptions, and totals that belong to none

  std::mutex wake_mutex_;
  std::function<void()> wake_;  // guarded by wake_mutex_
};

}  // namespace atm::kernel
