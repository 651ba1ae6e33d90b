// SPDX-License-Identifier: MIT
#include "kernel/plugins/breaker.hpp"

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

void Breaker::report(bool ok, std::int64_t took_ns, std::int64_t mono_ns) noexcept {
  calls_.fetch_add(1, std::memory_order_relaxed);
  const bool good = ok && took_ns <= options_.slow_ns;
  if (good && settled_.load(std::memory_order_acquire)) return;
  if (!good) failures_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  good ? succeeded() : failed(mono_ns);
}

void Breaker::succeeded() noexcept {
  switch (state_.load(std::memory_order_relaxed)) {
    case State::kOpen:  // admitted before it opened
      return;
    case State::kHalfOpen:
      good_streak_ = 0;
      state_.store(State::kClosed, std::memory_order_release);
      [[fallthrough]];
    case State::kClosed:
      bad_streak_ = 0;
      // One lucky call must not reset the pauses of a plugin that fails most of the time.
      if (++good_streak_ < options_.failures) return;
      pause_ns_ = options_.first_pause_ns;
      settled_.store(true, std::memory_order_release);
  }
}

void Breaker::failed(std::int64_t mono_ns) noexcept {
  settled_.store(false, std::memory_order_release);
  good_streak_ = 0;
  switch (state_.load(std::memory_order_relaxed)) {
    case State::kOpen:
      return;
    case State::kHalfOpen:
      return open(mono_ns);
    case State::kClosed:
      if (++bad_streak_ >= options_.failures) open(mono_ns);
  }
}

void Breaker::open(std::int64_t mono_ns) noexcept {
  bad_streak_ = 0;
  until_ns_ = mono_ns + pause_ns_;
  pause_ns_ = std::min(pause_ns_ * 2, options_.max_pause_ns);
  state_.store(State::kOpen, std::memory_order_release);
}

}  // namespace atm::kernel
