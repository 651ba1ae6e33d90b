// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "kernel/system/call_site.hpp"

namespace atm::kernel {

/// Finds calls into plugins that do not return. It measures the time between its own checks, so that a stopped process
/// or a suspended machine makes no call long. One thread checks; any thread may read the figures.
class CallMonitor final {
 public:
  /// Called once for each call that has lasted `name_after_ns`, and again if that call returns later.
  using OnHung = std::function<void(const CallSite& site, std::int64_t lasted_ns, bool has_returned)>;

  CallMonitor(std::int64_t name_after_ns, OnHung on_hung)
      : name_after_ns_(name_after_ns), on_hung_(std::move(on_hung)) {}

  /// Checks the calls of all threads; `passed_ns` is the time since the previous check.
  void look(std::int64_t passed_ns);
  /// Duration of the longest running call that blocks the daemon's service. [any]
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
