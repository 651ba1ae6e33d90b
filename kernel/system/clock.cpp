// SPDX-License-Identifier: MIT
#include "kernel/system/clock.hpp"

#include <ctime>

namespace atm::kernel {
namespace {

std::int64_t read(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

std::int64_t SystemClock::wall_ns() const noexcept {
  return read(CLOCK_REALTIME);
}
std::int64_t SystemClock::monotonic_ns() const noexcept {
  return read(CLOCK_BOOTTIME);
}

}  // namespace atm::kernel
