// SPDX-License-Identifier: MIT
#include "kernel/bus/subscription.hpp"

#include <atm/plugin/values.hpp>
#include <utility>

namespace atm::kernel {
namespace {

/// The kind that a subscriber receives after it missed the older of two state events: registered for a session it does
/// not know yet.
std::uint32_t conflated_kind(std::uint32_t older, std::uint32_t newer) noexcept {
  const bool is_unheard = older == ATM_EVENT_SESSION_REGISTERED && newer == ATM_EVENT_SESSION_UPDATED;
  return is_unheard ? older : newer;
}

}  // namespace

Subscription::Subscription(std::uint64_t id, const atm_subscription_options& options, Bounds bounds)
    : id_(id),
      session_(to_view(options.session)),
      wants_activity_(options.activity != 0),
      type_(to_view(options.type)),
      bounds_(bounds),
      ready_(options.ready),
      ready_context_(options.context) {}

void Subscription::offer(std::span<const EventPtr> events) {
  bool call = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    for (const EventPtr& event : events) {
      if (concerns(event->subject())) push(event);
    }
    call = must_signal();
  }
  if (call) signal();
}

void Subscription::push(const EventPtr& event) {
  if (phase_ != Phase::kLive) {
    // Before the first snapshot no event counts as missed: the snapshot includes it.
    missed_ += has_gap_ ? 1 : 0;
    counts_.dropped += has_gap_ ? 1 : 0;
    return;
  }
  if (!event->is_activity()) return push_state(event);
  if (activity_ == bounds_.activity) return overflow();
  queue_.push_back({event, event->kind});
  ++activity_;
}

void Subscription::push_state(const EventPtr& event) {
  const auto older = states_.find(event->session);
  if (older == states_.end()) {
    if (states_.size() == bounds_.states) return overflow();
    queue_.push_back({event, event->kind});
    states_.emplace(event->session, std::prev(queue_.end()));
    return;
  }
  // Moves the newer event to the end and reuses node and list cell.
  auto node = states_.extract(older);
  const Queue::iterator at = node.mapped();
  *at = {event, conflated_kind(at->kind, event->kind)};
  queue_.splice(queue_.end(), queue_, at);
  node.key() = event->session;
  states_.insert(std::move(node));
  ++counts_.conflated;
}

void Subscription::overflow() {
  const std::uint64_t lost = queue_.size() + 1;
  missed_ += lost;
  counts_.dropped += lost;
  ++counts_.gaps;
  has_gap_ = true;
  states_.clear();
  queue_.clear();
  activity_ = 0;
  snapshot_.reset();
  phase_ = Phase::kOverflowed;
}

void Subscription::begin(std::shared_ptr<const Snapshot> snapshot) {
  bool call = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || phase_ != Phase::kAwaiting) return;
    snapshot_ = std::move(snapshot);
    stage_ = has_gap_ ? Stage::kGap : Stage::kBegin;
    item_ = 0;
    phase_ = Phase::kLive;
    ++counts_.snapshots;
    call = must_signal();
  }
  if (call) signal();
}

Subscription::Next Subscription::next(Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::kOverflowed && !closed_) {
    phase_ = Phase::kAwaiting;
    signalled_ = false;
    return Next::kSnapshotWanted;
  }
  if (snapshot_ != nullptr && next_of_snapshot(delivery)) {
    signalled_ = snapshot_ != nullptr || !queue_.empty();
    return Next::kEvent;
  }
  if (queue_.empty()) {
    signalled_ = false;
    return closed_ ? Next::kClosed : Next::kEmpty;
  }
  Queued& front = queue_.front();
  if (front.event->is_activity()) {
    --activity_;
  } else {
    states_.erase(front.event->session);
  }
  delivery = {front.kind, front.event->seq, 0, std::move(front.event)};
  queue_.pop_front();
  signalled_ = !queue_.empty();
  ++counts_.delivered;
  return Next::kEvent;
}

bool Subscription::next_of_snapshot(Delivery& delivery) {
  const std::uint64_t seq = snapshot_->seq;
  switch (stage_) {
    case Stage::kGap:
      delivery = {ATM_EVENT_GAP, seq, std::exchange(missed_, 0), nullptr};
      has_gap_ = false;
      stage_ = Stage::kBegin;
      return true;
    case Stage::kBegin:
      delivery = {ATM_EVENT_SNAPSHOT_BEGIN, seq, 0, nullptr};
      stage_ = Stage::kItems;
      return true;
    case Stage::kItems:
      if (item_ < snapshot_->items.size()) {
        const EventPtr& item = snapshot_->items[item_++];
        delivery = {ATM_EVENT_SNAPSHOT_ITEM, seq, 0, item};
        return true;
      }
      stage_ = Stage::kEnd;
      [[fallthrough]];
    case Stage::kEnd:
      break;
  }
  delivery = {ATM_EVENT_SNAPSHOT_END, seq, 0, nullptr};
  snapshot_.reset();
  return true;
}

void Subscription::close() {
  bool call = false;
  {
    const std::lock_guard lock(mutex_);
    call = !std::exchange(closed_, true) && !std::exchange(signalled_, true);
  }
  if (call) signal();
}

void Subscription::retire() {
  const std::lock_guard lock(ready_mutex_);
  ready_ = nullptr;
}

bool Subscription::must_signal() {
  const bool has_news = !queue_.empty() || snapshot_ != nullptr || phase_ == Phase::kOverflowed;
  return has_news && !std::exchange(signalled_, true);
}

void Subscription::signal() {
  const std::lock_guard lock(ready_mutex_);
  if (ready_ != nullptr) ready_(ready_context_, id_);
}

SubscriptionStats Subscription::stats() const {
  const std::lock_guard lock(mutex_);
  SubscriptionStats stats = counts_;
  stats.queued = queue_.size();
  return stats;
}

}  // namespace atm::kernel
