// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::kernel {

/// Reports the daemon's state to the service manager by sd_notify(3): one datagram to the socket in NOTIFY_SOCKET
/// ("@name" is abstract). Does nothing without that variable.
class Readiness final {
 public:
  explicit Readiness(std::string notify_socket) : address_(std::move(notify_socket)) {}

  void ready() const noexcept { send("READY=1"); }
  void stopping() const noexcept { send("STOPPING=1"); }
  /// Must be called once per WATCHDOG_USEC, or the service manager kills the daemon. [any]
  void alive() const noexcept { send("WATCHDOG=1"); }

 private:
  void send(std::string_view state) const noexcept;
  std::string address_;
};

}  // namespace atm::kernel
