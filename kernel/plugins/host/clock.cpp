// SPDX-License-Identifier: MIT
#include <atm/host/clock.h>

#include "kernel/plugins/host/host_service.hpp"
#include "kernel/system/clock.hpp"

namespace atm::kernel::host {
namespace {

constexpr atm_host_clock kClock{sizeof(atm_host_clock), 0,
                                [](void* self) { return kernel_of(self).clock.wall_ns(); },
                                [](void* self) { return kernel_of(self).clock.monotonic_ns(); }};

}  // namespace

const void* clock() noexcept {
  return &kClock;
}

}  // namespace atm::kernel::host
