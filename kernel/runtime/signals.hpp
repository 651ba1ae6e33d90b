// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/runtime/unique_fd.hpp"

namespace atm::kernel {

/// Signals as events of the main thread. Made before any thread is, since threads inherit the mask. SIGPIPE
/// is ignored: a client that goes away is an error code.
class Signals final {
 public:
  enum class Event { kStop, kHangup, kWoken };

  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Blocks until SIGTERM or SIGINT (kStop), SIGHUP (kHangup) or wake(). [main]
  [[nodiscard]] Event wait();

  /// Makes wait() return kWoken. [any]
  void wake() noexcept;

 private:
  UniqueFd signals_;
  UniqueFd wakeup_;
};

}  // namespace atm::kernel
