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

#include "kernel/bus/event.hpp"

namespace atm::kernel {

class Subscription;

struct BusOptions {
  std::uint64_t epoch = 0;           ///< of this daemon start; every event carries it
  std::size_t max_subscribers = 64;  ///< subscriptions open at once
  std::size_t max_activity = 1024;  ///< activity events a subscription keeps unless it asks for fewer or more
  std::size_t max_states = 16'384;  ///< sessions with an undelivered state event a subscription keeps
};

struct BusStats {
  std::uint64_t subscribers = 0;
  std::uint64_t subscribers_refused = 0;  ///< over max_subscribers
  std::uint64_t published = 0;            ///< events handed to the bus
  std::uint64_t delivered = 0;            ///< events handed to a sink, snapshots not counted
  std::uint64_t conflated = 0;            ///< state events that a newer one of the session replaced
  std::uint64_t dropped = 0;              ///< events a subscription lost to a full queue
  std::uint64_t gaps = 0;                 ///< times a queue was full
  std::uint64_t snapshots = 0;
  std::uint64_t queued = 0;  ///< events that wait now, over all subscriptions
};

/// Carries the registry's events to any number of subscriptions (atm/host/events.h). A subscriber can be
/// slow, stuck or gone, and neither the registry nor another subscriber may feel it; nor may one miss an
/// event without being told. So each has a bounded queue that forgets itself when it is full, and begins
/// again from a snapshot that the registry puts between two batches, where it has neither hole nor overlap.
class Bus final {
 public:
  explicit Bus(BusOptions options);
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  [[nodiscard]] std::uint64_t epoch() const noexcept { return options_.epoch; }

  // What a transport does, as in atm/host/events.h.
  [[nodiscard]] atm_status subscribe(const atm_subscription_options& options, std::uint64_t& subscription);
  [[nodiscard]] atm_status drain(std::uint64_t subscription, std::uint64_t max_events,
                                 const atm_event_sink& sink);
  [[nodiscard]] atm_status unsubscribe(std::uint64_t subscription);

  /// What to call, on the asking thread, when a snapshot is wanted; null: nothing. [any]
  void on_snapshot_wanted(std::function<void()> wake);

  /// Whether any subscription would count such an event, delivered or missed. [registry]
  [[nodiscard]] bool concerns_anybody(const Subject& subject) const;
  /// Whether a subscription would deliver it, so that its JSON is worth making. [registry]
  [[nodiscard]] bool wants_json(const Subject& subject) const;

  /// Queues the events, in order, for every subscription they concern. [registry]
  void publish(std::span<const EventPtr> events);

  [[nodiscard]] bool snapshot_wanted() const noexcept { return wanted_.load(std::memory_order_acquire); }
  /// Begins every subscription that waits for a snapshot; what is published later comes after it. [registry]
  void serve_snapshots(SnapshotSource& source);

  /// No more events will come: drain gives E_CLOSED once its queue is empty. Idempotent. [any]
  void close();

  [[nodiscard]] BusStats stats() const;

 private:
  using List = std::vector<std::shared_ptr<Subscription>>;  // ascending by id, never changed once shared

  [[nodiscard]] std::shared_ptr<const List> list() const;
  [[nodiscard]] std::shared_ptr<Subscription> find(std::uint64_t subscription) const;
  void want_snapshot();

  const BusOptions options_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> wanted_{false};

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const List> list_;
  std::uint64_t next_id_ = 1;
  bool closed_ = false;
  BusStats totals_;  // of closed subscriptions, and what belongs to none

  std::mutex wake_mutex_;
  std::function<void()> wake_;  // guarded by wake_mutex_
};

}  // namespace atm::kernel
