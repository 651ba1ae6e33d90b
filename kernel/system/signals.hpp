// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <optional>

namespace atm::kernel {

/// Signals as events of the main thread. Must be created before any thread, because threads inherit the mask. SIGPIPE
/// is ignored: writes to a closed connection return an error code.
class Signals final {
 public:
  enum class Event { kStop, kHangup, kWoken };

  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Blocks until SIGTERM or SIGINT (kStop), SIGHUP (kHangup) or wake(). [main]
  [[nodiscard]] Event wait();

  /// A pending signal, or nothing. Never blocks. [any, but not during wait()]
  [[nodiscard]] std::optional<Event> take();
  /// Readable while a signal is pending.
  [[nodiscard]] int fd() const noexcept { return signals_.get(); }

  /// Makes wait() return kWoken. [any]
  void wake() noexcept;

 private:
  posix::FileDescriptor signals_;
  posix::FileDescriptor wakeup_;
};

}  // namespace atm::kernel
