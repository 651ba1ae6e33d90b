// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "kernel/plugins/call_site.hpp"

namespace atm::kernel {

/// Finds calls into plugins that do not return. It measures the time between its own looks, so that a process that was
/// stopped, or a machine that slept, makes no call long. One thread looks; the figures may be read by any.
class CallMonitor final {
 public:
  /// Called once for each call that has lasted `name_after_ns`, and once more when it has returned after all.
  using OnHung = std::function<void(const CallSite& site, std::int64_t lasted_ns, bool has_returned)>;

  CallMonitor(std::int64_t name_after_ns, OnHung on_hung)
      : name_after_ns_(name_after_ns), on_hung_(std::move(on_hung)) {}

  /// Looks at the calls of all threads; `passed_ns` is the time since the last look.
  void look(std::int64_t passed_ns);
  /// How long the longest call lasts whose hanging makes the daemon useless. [any]
  [[nodiscard]] std::int64_t longest_fatal_ns() const noexcept { return longest_fatal_ns_; }

 private:
  struct Seen {
    const CallSlot* slot;
    const CallSite* site = nullptr;
    std::uint64_t number = 0;
    std::int64_t lasted_ns = 0;
    bool is_named = false;
  };

  void look_at(Seen& seen, std::int64_t passed_ns);

  const std::int64_t name_after_ns_;
  const OnHung on_hung_;
  std::vector<Seen> seen_;
  std::atomic<std::int64_t> longest_fatal_ns_{0};
};

}  // namespace atm::kernel
