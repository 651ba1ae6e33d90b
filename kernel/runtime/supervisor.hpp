// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "kernel/plugins/call_monitor.hpp"
#include "kernel/runtime/signals.hpp"
#include "kernel/runtime/unique_fd.hpp"

namespace atm::kernel {

struct SupervisorOptions {
  std::chrono::nanoseconds name_after{0};    ///< a call that lasts longer is named
  std::chrono::nanoseconds end_after{0};     ///< one that makes the daemon useless ends it; 0: never
  std::chrono::nanoseconds silent_after{0};  ///< from then on the daemon is not alive; 0: it always is
  std::chrono::milliseconds stop_limit{0};   ///< from a signal during the start to the end
  CallMonitor::OnHung on_hung;
  std::function<void()> on_hangup;  ///< SIGHUP during the start
};

/// A thread that calls no plugin: it watches the calls of all others, and takes the signals while the main thread
/// starts plugins and cannot.
class Supervisor final {
 public:
  static constexpr int kExitCode = 70;

  /// The signals are taken from now on. [main]
  Supervisor(SupervisorOptions options, Signals& signals);
  ~Supervisor() { stop(); }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Whether SIGTERM or SIGINT came since the construction. [any]
  [[nodiscard]] bool is_stop_requested() const;
  /// From now on the main thread takes the signals. How long ago the first of them came; nothing: none did. [main]
  [[nodiscard]] std::optional<std::chrono::nanoseconds> end_start();
  /// Whether the daemon does its work as far as its plugins let it. [any]
  [[nodiscard]] bool is_alive() const noexcept;
  /// Ends the thread. Idempotent. [main]
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void take_signals();
  [[nodiscard]] bool is_starting() const;
  void end_by_force_if_due() const;

  const SupervisorOptions options_;
  const std::chrono::nanoseconds period_;
  Signals& signals_;
  CallMonitor monitor_;
  UniqueFd wakeup_;           // eventfd
  mutable std::mutex mutex_;  // guards what follows
  bool is_starting_ = true;
  bool is_stopped_ = false;
  std::optional<Clock::time_point> stop_requested_;
  std::thread thread_;
};

}  // namespace atm::kernel
