// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "kernel/runtime/clock.hpp"
#include "kernel/runtime/unique_fd.hpp"

namespace atm::kernel {

enum class TimerError : std::uint8_t { kNone, kInvalid, kFull, kClosed };

/// Calls back later. All callbacks run on one thread, so there are never two at once; a test calls run_due()
/// instead of starting that thread.
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

  /// Call `callback` after delay_ns, then every period_ns unless that is 0. `timer` is never 0. [any]
  [[nodiscard]] TimerError start(Owner owner, std::int64_t delay_ns, std::int64_t period_ns,
                                 Callback callback, std::uint64_t& timer);

  /// After the return the callback is not running and will not run again; on the timer thread itself it may
  /// be the running one. False when there is no such timer of this owner. [any]
  bool cancel(Owner owner, std::uint64_t timer);

  /// cancel() for all timers of one owner. [any]
  void cancel_all(Owner owner);

  /// Run what is due now, in the order of its time; gives how many ran. A period that was missed runs once.
  /// [timer]
  std::size_t run_due();

  /// Run the callbacks on a thread of our own until stop(). [main]
  void run_in_background();

  /// Ends the thread after the callback that runs; nothing starts any more. [main]
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
  std::condition_variable finished_;  ///< a callback has returned
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::map<Due, std::uint64_t> due_;
  std::unordered_map<Owner, std::size_t> per_owner_;
  std::uint64_t last_id_ = 0;
  std::uint64_t running_ = 0;  ///< the timer whose callback runs; 0: none
  Owner running_owner_ = nullptr;
  std::thread::id running_thread_;
  bool is_stopped_ = false;

  UniqueFd alarm_;  ///< timerfd
  std::thread thread_;
};

}  // namespace atm::kernel
