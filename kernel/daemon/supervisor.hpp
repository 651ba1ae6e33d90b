// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "kernel/plugins/call_monitor.hpp"
#include "kernel/system/signals.hpp"

namespace atm::kernel {

struct SupervisorOptions {
  std::chrono::nanoseconds name_after{0};  ///< a longer call is logged
  std::chrono::nanoseconds end_after{0};  ///< a longer call that blocks the service ends the daemon; 0: never
  std::chrono::nanoseconds silent_after{
      0};  ///< after this time in a call the daemon is not alive; 0: unlimited
  std::chrono::milliseconds stop_limit{0};  ///< from a signal during the start to the exit
  CallMonitor::OnHung on_hung;
  std::function<void()> on_hangup;  ///< SIGHUP during the start
};

/// A thread that calls no plugin. It monitors the plugin calls of all other threads, and handles signals while the main
/// thread starts plugins.
class Supervisor final {
 public:
  static constexpr int kExitCode = 70;

  /// Starts to handle signals. [main]
  Supervisor(SupervisorOptions options, Signals& signals);
  ~Supervisor() { stop(); }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Whether SIGTERM or SIGINT has arrived since the construction. [any]
  [[nodiscard]] bool is_stop_requested() const;
  /// Passes signal handling to the main thread. Returns the time since the first stop signal, or nothing. [main]
  [[nodiscard]] std::optional<std::chrono::nanoseconds> end_start();
  /// Whether no plugin call blocks the daemon for too long. [any]
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
  posix::FileDescriptor wakeup_;  // eventfd
  mutable std::mutex mutex_;      // guards the members below
  bool is_starting_ = true;
  bool is_stopped_ = false;
  std::optional<Clock::time_point> stop_requested_;
  std::thread thread_;
};

}  // namespace atm::kernel
