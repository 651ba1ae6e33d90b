// SPDX-License-Identifier: MIT
#include <atm/host/timer.h>

#include "kernel/plugins/host/host_service.hpp"
#include "kernel/system/timers.hpp"

namespace atm::kernel::host {
namespace {

atm_status timer_status(TimerError error) {
  switch (error) {
    case TimerError::kNone:
      return ATM_OK;
    case TimerError::kInvalid:
      return ATM_E_INVALID;
    case TimerError::kFull:
      return ATM_E_FULL;
    case TimerError::kClosed:
      break;
  }
  return ATM_E_CLOSED;
}

atm_status start_timer(void* self, std::int64_t delay_ns, std::int64_t period_ns, atm_timer_fn fn,
                       void* context, std::uint64_t* timer) {
  if (fn == nullptr || timer == nullptr) return ATM_E_INVALID;
  return guarded([&] {
    const auto call = [fn, context](std::uint64_t id) {
      static_cast<void>(guarded([&] { return fn(context, id), ATM_OK; }));
    };
    return timer_status(kernel_of(self).timers.start(self, delay_ns, period_ns, call, *timer));
  });
}

atm_status cancel_timer(void* self, std::uint64_t timer) {
  return guarded([&] { return kernel_of(self).timers.cancel(self, timer) ? ATM_OK : ATM_E_NOT_FOUND; });
}

constexpr atm_host_timer kTimer{sizeof(atm_host_timer), 0, &start_timer, &cancel_timer};

}  // namespace

const void* timer() noexcept {
  return &kTimer;
}

}  // namespace atm::kernel::host
