// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

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

  /// A signal that waits; nothing: none does. Blocks never. [any, but not during wait()]
  [[nodiscard]] std::optional<Event> take();
  /// Readable while a signal waits.
  [[nodiscard]] int fd() const noexcept { return signals_.get(); }

  /// Makes wait() return kWoken. [any]
  void wake() noexcept;

 private:
  UniqueFd signals_;
  UniqueFd wakeup_;
};

}  // namespace atm::kernel
