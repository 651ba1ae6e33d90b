// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

namespace atm::kernel {

struct BreakerOptions {
  std::uint32_t slow_calls = 5;                          ///< slow calls in a row that open it
  std::int64_t slow_ns = 50'000'000;                     ///< of thread time; a call that uses more is slow
  std::int64_t first_pause_ns = 1'000'000'000;           ///< the first pause
  std::int64_t max_pause_ns = 5LL * 60 * 1'000'000'000;  ///< each pause doubles the one before, up to this
};

/// Keeps a slow plugin from being called again and again. It opens after slow calls in a row, lets one trial call
/// through when its pause is over, and closes when that is not slow. It is never open for ever: even a trial that does
/// not come back is followed by another one pause later. A call that fails is counted and opens nothing: the records of
/// one client must not cost another's (decision 0026). Time is the caller's.
class Breaker final {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };

  explicit Breaker(BreakerOptions options = {}) noexcept
      : options_(options), pause_ns_(options.first_pause_ns) {}
  Breaker(const Breaker&) = delete;
  Breaker& operator=(const Breaker&) = delete;

  /// Whether a call may be made now; each admitted call is followed by one report. [any]
  [[nodiscard]] bool admit(std::int64_t mono_ns) noexcept;

  /// What became of an admitted call. Malformed input is no failure of the callee.
  struct Outcome {
    bool has_failed = false;
    bool is_slow = false;
    std::int64_t took_ns = 0;
  };
  /// `mono_ns` is the time at its end. [any]
  void report(const Outcome& outcome, std::int64_t mono_ns) noexcept;

  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_.load(std::memory_order_relaxed); }
  [[nodiscard]] const BreakerOptions& options() const noexcept { return options_; }
  /// What is known of the pause; nothing while it is closed. [any]
  struct Pause {
    std::int64_t left_ns;  ///< until a trial call; 0: it is under way or due
    std::int64_t took_ns;  ///< the slow call that began it
  };
  [[nodiscard]] std::optional<Pause> pause(std::int64_t mono_ns) const noexcept;
  /// Failed and slow calls. [any]
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }
  /// Calls refused while open. [any]
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  void was_quick() noexcept;
  void was_slow(std::int64_t mono_ns) noexcept;
  void open(std::int64_t mono_ns) noexcept;

  const BreakerOptions options_;
  std::atomic<State> state_{State::kClosed};
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<bool> settled_{
      true};  ///< closed, no slow call in the streak, pause at its first value: nothing to do

  mutable std::mutex mutex_;  ///< guards what follows
  std::uint32_t slow_streak_ = 0;
  std::uint32_t quick_streak_ = 0;
  std::int64_t pause_ns_;
  std::int64_t slow_took_ns_ = 0;
  std::int64_t until_ns_ = 0;  ///< open: the end of the pause; half-open: when the trial counts as lost
};

}  // namespace atm::kernel
