// SPDX-License-Identifier: MIT
#include "kernel/system/breaker.hpp"

#include <algorithm>

namespace atm::kernel {

bool Breaker::admit(std::int64_t mono_ns) noexcept {
  if (state_.load(std::memory_order_acquire) == State::kClosed) return true;
  const std::lock_guard lock(mutex_);
  if (state_.load(std::memory_order_relaxed) == State::kClosed) return true;
  if (mono_ns < until_ns_) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  state_.store(State::kHalfOpen, std::memory_order_release);
  until_ns_ = mono_ns + pause_ns_;
  return true;
}

void Breaker::report(const Outcome& outcome, std::int64_t mono_ns) noexcept {
  calls_.fetch_add(1, std::memory_order_relaxed);
  if (outcome.has_failed || outcome.is_slow) failures_.fetch_add(1, std::memory_order_relaxed);
  if (!outcome.is_slow && settled_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(mutex_);
  if (outcome.is_slow) slow_took_ns_ = outcome.took_ns;
  outcome.is_slow ? was_slow(mono_ns) : was_quick();
}

std::optional<Breaker::Pause> Breaker::pause(std::int64_t mono_ns) const noexcept {
  const std::lock_guard lock(mutex_);
  const State state = state_.load(std::memory_order_relaxed);
  if (state == State::kClosed) return std::nullopt;
  return Pause{state == State::kOpen ? std::max<std::int64_t>(until_ns_ - mono_ns, 0) : 0, slow_took_ns_};
}

void Breaker::was_quick() noexcept {
  switch (state_.load(std::memory_order_relaxed)) {
    case State::kOpen:  // admitted before the breaker opened
      return;
    case State::kHalfOpen:
      quick_streak_ = 0;
      state_.store(State::kClosed, std::memory_order_release);
      [[fallthrough]];
    case State::kClosed:
      slow_streak_ = 0;
      // One quick call must not reset the pauses of a plugin that is mostly slow.
      if (++quick_streak_ < options_.slow_calls) return;
      pause_ns_ = options_.first_pause_ns;
      settled_.store(true, std::memory_order_release);
  }
}

void Breaker::was_slow(std::int64_t mono_ns) noexcept {
  settled_.store(false, std::memory_order_release);
  quick_streak_ = 0;
  switch (state_.load(std::memory_order_relaxed)) {
    case State::kOpen:
      return;
    case State::kHalfOpen:
      return open(mono_ns);
    case State::kClosed:
      if (++slow_streak_ >= options_.slow_calls) open(mono_ns);
  }
}

void Breaker::open(std::int64_t mono_ns) noexcept {
  slow_streak_ = 0;
  until_ns_ = mono_ns + pause_ns_;
  pause_ns_ = std::min(pause_ns_ * 2, options_.max_pause_ns);
  state_.store(State::kOpen, std::memory_order_release);
}

}  // namespace atm::kernel
