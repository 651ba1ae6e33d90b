// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "kernel/system/clock.hpp"

namespace atm::kernel {

enum class TimerError : std::uint8_t { kNone, kInvalid, kFull, kClosed };

/// Timers with callbacks. All callbacks run on one thread, one at a time; a test calls run_due() instead of starting
/// that thread.
class Timers final {
 public:
  using Callback = std::function<void(std::uint64_t timer)>;
  using Owner = const void*;

  static constexpr std::int64_t kMinPeriodNs = 1'000'000;
  static constexpr std::size_t kMaxPerOwner = 1'024;

  explicit Timers(const Clock& clock) : clock_(clock) {}
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers() { stop(); }

  /// Calls `callback` after delay_ns, then every period_ns unless that is 0. `timer` is never 0. [any]
  [[nodiscard]] TimerError start(Owner owner, std::int64_t delay_ns, std::int64_t period_ns,
                                 Callback callback, std::uint64_t& timer);

  /// After the return the callback does not run again and is not running, except when it calls cancel() itself. Returns
  /// false if the owner has no such timer. [any]
  bool cancel(Owner owner, std::uint64_t timer);

  /// cancel() for all timers of one owner. [any]
  void cancel_all(Owner owner);

  /// Runs the due callbacks in the order of their times and returns their number. A missed period runs once. [timer]
  std::size_t run_due();

  /// Runs the callbacks on a separate thread until stop(). [main]
  void run_in_background();

  /// Ends the thread after the running callback; no further callback starts. [main]
  void stop();

 private:
  struct Entry {
    Owner owner;
    std::int64_t due_ns;
    std::int64_t period_ns;
    Callback callback;
  };
  using Due = std::pair<std::int64_t, std::uint64_t>;

  void loop();
  void arm(std::optional<std::int64_t> due_ns) const;
  void erase(std::uint64_t timer);
  [[nodiscard]] bool on_timer_thread() const { return running_thread_ == std::this_thread::get_id(); }

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable finished_;  ///< signals the return of a callback
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::map<Due, std::uint64_t> due_;
  std::unordered_map<Owner, std::size_t> per_owner_;
  std::uint64_t last_id_ = 0;
  std::uint64_t running_ = 0;  ///< timer of the running callback; 0: none
  Owner running_owner_ = nullptr;
  std::thread::id running_thread_;
  bool is_stopped_ = false;

  posix::FileDescriptor alarm_;  ///< timerfd
  std::thread thread_;
};

}  // namespace atm::kernel
