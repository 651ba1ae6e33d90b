// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

namespace atm::kernel {

struct BreakerOptions {
  std::uint32_t slow_calls = 5;                 ///< number of consecutive slow calls that open the breaker
  std::int64_t slow_ns = 50'000'000;            ///< limit of thread time; a call that uses more is slow
  std::int64_t first_pause_ns = 1'000'000'000;  ///< the first pause
  std::int64_t max_pause_ns =
      5LL * 60 * 1'000'000'000;  ///< each pause doubles the previous one up to this limit
};

/// Pauses the calls to a slow plugin. It opens after consecutive slow calls, admits one trial call after its pause, and
/// closes if that call is not slow. It never stays open: a trial call that does not return is followed by another one
/// after the next pause. A failed call is counted but opens nothing: the records of one client must not affect
/// another's (decision 0026). The caller supplies the time.
class Breaker final {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };

  explicit Breaker(BreakerOptions options = {}) noexcept
      : options_(options), pause_ns_(options.first_pause_ns) {}
  Breaker(const Breaker&) = delete;
  Breaker& operator=(const Breaker&) = delete;

  /// Whether a call may start now; each admitted call needs one report. [any]
  [[nodiscard]] bool admit(std::int64_t mono_ns) noexcept;

  /// The result of an admitted call. Malformed input is no failure of the plugin.
  struct Outcome {
    bool has_failed = false;
    bool is_slow = false;
    std::int64_t took_ns = 0;
  };
  /// `mono_ns` is the end of the call. [any]
  void report(const Outcome& outcome, std::int64_t mono_ns) noexcept;

  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_.load(std::memory_order_relaxed); }
  [[nodiscard]] const BreakerOptions& options() const noexcept { return options_; }
  /// The current pause; nothing while the breaker is closed. [any]
  struct Pause {
    std::int64_t left_ns;  ///< until a trial call; 0: it runs or is due
    std::int64_t took_ns;  ///< duration of the slow call that caused the pause
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
      true};  ///< closed, no slow call in the streak, first pause: no work for admit() and report()

  mutable std::mutex mutex_;  ///< guards the members below
  std::uint32_t slow_streak_ = 0;
  std::uint32_t quick_streak_ = 0;
  std::int64_t pause_ns_;
  std::int64_t slow_took_ns_ = 0;
  std::int64_t until_ns_ = 0;  ///< open: end of the pause; half-open: time at which the trial counts as lost
};

}  // namespace atm::kernel
