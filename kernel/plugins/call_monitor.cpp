// SPDX-License-Identifier: MIT
#include "kernel/plugins/call_monitor.hpp"

#include <algorithm>
#include <utility>

namespace atm::kernel {

void CallMonitor::look(std::int64_t passed_ns) {
  for (const CallSlot* slot = CallSlot::first(); slot != nullptr; slot = slot->next) {
    const bool is_known =
        std::any_of(seen_.begin(), seen_.end(), [slot](const Seen& seen) { return seen.slot == slot; });
    if (!is_known) seen_.push_back({slot});
  }
  std::int64_t longest = 0;
  for (Seen& seen : seen_) {
    look_at(seen, passed_ns);
    if (seen.site != nullptr && seen.site->is_fatal) longest = std::max(longest, seen.lasted_ns);
  }
  longest_fatal_ns_ = longest;
}

void CallMonitor::look_at(Seen& seen, std::int64_t passed_ns) {
  const CallSite* site = seen.slot->site.load(std::memory_order_acquire);
  const std::uint64_t number = seen.slot->number.load(std::memory_order_relaxed);
  if (site == nullptr || site != seen.site || number != seen.number) {
    if (seen.is_named) {
      seen.site->is_hanging = false;
      on_hung_(*seen.site, seen.lasted_ns, true);
    }
    seen = {seen.slot, site, number};
    return;
  }
  seen.lasted_ns += passed_ns;
  if (seen.lasted_ns < name_after_ns_) return;
  site->last_hung_ms = seen.lasted_ns / 1'000'000;
  if (std::exchange(seen.is_named, true)) return;
  site->hung_calls.fetch_add(1, std::memory_order_relaxed);
  site->is_hanging = true;
  on_hung_(*site, seen.lasted_ns, false);
}

}  // namespace atm::kernel
