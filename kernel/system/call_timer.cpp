// SPDX-License-Identifier: MIT
#include "kernel/system/call_timer.hpp"

#include <ctime>

namespace atm::kernel {
namespace {

constexpr std::int64_t kReadingLifeNs = 10'000'000;

std::int64_t thread_ns() noexcept {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// The last reading of this thread's clock.
struct Reading {
  std::int64_t at_ns = INT64_MIN / 2;
  std::int64_t thread_ns = 0;
};
thread_local Reading last_reading;

}  // namespace

CallTimer::CallTimer(std::int64_t begin_ns) noexcept : begin_ns_(begin_ns) {
  const std::int64_t age_ns = begin_ns - last_reading.at_ns;
  if (age_ns < 0 || age_ns > kReadingLifeNs) last_reading = {begin_ns, thread_ns()};
}

bool CallTimer::is_slow(std::int64_t end_ns, std::int64_t slow_ns) const noexcept {
  const std::int64_t took_ns = end_ns - begin_ns_;
  if (took_ns <= slow_ns) return false;
  if (took_ns >= kSlowWallNs) return true;
  // Subtracts the maximum thread time between the reading and the start of the call.
  const std::int64_t before_ns = begin_ns_ - last_reading.at_ns;
  const std::int64_t used_ns = thread_ns() - last_reading.thread_ns - before_ns;
  return used_ns > slow_ns;
}

}  // namespace atm::kernel
