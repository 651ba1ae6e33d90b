// SPDX-License-Identifier: MIT
#include "kernel/bus/bus.hpp"

#include <algorithm>
#include <utility>

#include "kernel/bus/subscription.hpp"

namespace atm::kernel {
namespace {

constexpr std::size_t kMaxSessionBytes = 256;
constexpr std::size_t kMaxTypeBytes = 128;
constexpr std::size_t kMaxQueue = 65'536;  // maximum that a subscriber may request

atm_str as_str(std::string_view text) {
  return {text.data(), text.size()};
}

atm_event event_of(const Delivery& delivery, std::uint64_t epoch) {
  atm_event event{};
  event.size = sizeof event;
  event.kind = delivery.kind;
  event.epoch = epoch;
  event.seq = delivery.seq;
  event.missed = delivery.missed;
  if (delivery.event == nullptr) return event;
  event.rev = delivery.event->rev;
  event.session = as_str(delivery.event->session);
  event.type = as_str(delivery.event->type);
  if (delivery.event->json != nullptr) event.json = as_str(*delivery.event->json);
  return event;
}

void add(BusStats& to, const SubscriptionStats& stats) {
  to.delivered += stats.delivered;
  to.conflated += stats.conflated;
  to.dropped += stats.dropped;
  to.gaps += stats.gaps;
  to.snapshots += stats.snapshots;
}

}  // namespace

Bus::Bus(BusOptions options) : options_(options), list_(std::make_shared<const List>()) {}

Bus::~Bus() {
  close();
}

std::shared_ptr<const Bus::List> Bus::list() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

std::shared_ptr<Subscription> Bus::find(std::uint64_t subscription) const {
  const auto all = list();
  const auto at = std::lower_bound(
      all->begin(), all->end(), subscription,
      [](const std::shared_ptr<Subscription>& one, std::uint64_t id) { return one->id() < id; });
  return at != all->end() && (*at)->id() == subscription ? *at : nullptr;
}

void Bus::on_snapshot_wanted(std::function<void()> wake) {
  const std::lock_guard lock(wake_mutex_);
  wake_ = std::move(wake);
}

void Bus::want_snapshot() {
  wanted_.store(true, std::memory_order_release);
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

atm_status Bus::subscribe(const atm_subscription_options& options, std::uint64_t& subscription) {
  const bool is_half_asked = options.type.size > 0 && options.activity == 0;
  if (options.session.size > kMaxSessionBytes || options.type.size > kMaxTypeBytes || is_half_asked) {
    return ATM_E_INVALID;
  }
  const std::size_t activity =
      options.max_queue == 0 ? options_.max_activity : std::min<std::size_t>(options.max_queue, kMaxQueue);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return ATM_E_CLOSED;
    if (list_->size() >= options_.max_subscribers) {
      ++totals_.subscribers_refused;
      return ATM_E_FULL;
    }
    subscription = next_id_++;
    // Readers use a list without the lock, so a shared list is replaced and never changed.
    auto longer = std::make_shared<List>(*list_);
    longer->push_back(std::make_shared<Subscription>(subscription, options,
                                                     Subscription::Bounds{activity, options_.max_states}));
    list_ = std::move(longer);
    ++open_;
  }
  // Without mutex_: wake_() locks the mailbox of the registry.
  want_snapshot();
  return ATM_OK;
}

atm_status Bus::unsubscribe(std::uint64_t subscription) {
  std::shared_ptr<Subscription> gone;
  {
    const std::lock_guard lock(mutex_);
    auto shorter = std::make_shared<List>(*list_);
    const auto at = std::find_if(shorter->begin(), shorter->end(),
                                 [subscription](const auto& one) { return one->id() == subscription; });
    if (at == shorter->end()) return ATM_E_NOT_FOUND;
    gone = std::move(*at);
    shorter->erase(at);
    list_ = std::move(shorter);
    --open_;
    add(totals_, gone->stats());
  }
  gone->retire();
  return ATM_OK;
}

atm_status Bus::drain(std::uint64_t subscription, std::uint64_t max_events, const atm_event_sink& sink) {
  const auto from = find(subscription);
  if (from == nullptr) return ATM_E_NOT_FOUND;
  Delivery delivery;
  for (std::uint64_t given = 0; max_events == 0 || given < max_events; ++given) {
    switch (from->next(delivery)) {
      case Subscription::Next::kEvent:
        break;
      case Subscription::Next::kSnapshotWanted:
        want_snapshot();
        return given == 0 ? ATM_SKIP : ATM_OK;
      case Subscription::Next::kEmpty:
        return given == 0 ? ATM_SKIP : ATM_OK;
      case Subscription::Next::kClosed:
        return given == 0 ? ATM_E_CLOSED : ATM_OK;
    }
    const atm_event event = event_of(delivery, options_.epoch);
    if (sink.event(sink.self, &event) != ATM_OK) return ATM_OK;
  }
  return ATM_OK;
}

bool Bus::concerns_anybody(const Subject& subject) const {
  if (open_.load(std::memory_order_acquire) == 0) return false;
  const auto all = list();
  return std::any_of(all->begin(), all->end(), [&](const auto& one) { return one->concerns(subject); });
}

bool Bus::wants_json(const Subject& subject) const {
  const auto all = list();
  return std::any_of(all->begin(), all->end(),
                     [&](const auto& one) { return one->is_live() && one->concerns(subject); });
}

void Bus::publish(std::span<const EventPtr> events) {
  if (events.empty()) return;
  std::shared_ptr<const List> all;
  {
    const std::lock_guard lock(mutex_);
    totals_.published += events.size();
    all = list_;
  }
  for (const auto& one : *all) one->offer(events);
}

void Bus::serve_snapshots(SnapshotSource& source) {
  // Cleared first, so that a later request is served by the next call at the latest.
  wanted_.store(false, std::memory_order_release);
  const auto all = list();
  std::shared_ptr<const Snapshot> whole;
  for (const auto& one : *all) {
    if (!one->awaits_snapshot()) continue;
    // A subscription to one session gets a snapshot of its own. All others share one.
    if (!one->session().empty()) {
      EventPtr item = source.snapshot_one(one->session());
      auto single = std::make_shared<Snapshot>();
      single->seq = source.snapshot_seq();
      if (item != nullptr) single->items.push_back(std::move(item));
      one->begin(std::move(single));
      continue;
    }
    if (whole == nullptr) {
      auto made = std::make_shared<Snapshot>();
      made->seq = source.snapshot_seq();
      made->items = source.snapshot_all();
      whole = std::move(made);
    }
    one->begin(whole);
  }
}

void Bus::close() {
  std::shared_ptr<const List> all;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
    all = list_;
  }
  for (const auto& one : *all) one->close();
}

BusStats Bus::stats() const {
  const std::lock_guard lock(mutex_);
  BusStats stats = totals_;
  stats.subscribers = list_->size();
  for (const auto& one : *list_) {
    const SubscriptionStats of_one = one->stats();
    add(stats, of_one);
    stats.queued += of_one.queued;
  }
  return stats;
}

}  // namespace atm::kernel
