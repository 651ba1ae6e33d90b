// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::kernel {

/// Tells the service manager how far we are: the sd_notify(3) protocol, one datagram to the socket that
/// NOTIFY_SOCKET names ("@name" is abstract). Without one it does nothing.
class Readiness final {
 public:
  explicit Readiness(std::string notify_socket) : address_(std::move(notify_socket)) {}

  void ready() const noexcept { send("READY=1"); }
  void stopping() const noexcept { send("STOPPING=1"); }
  /// Due before each end of the time that WATCHDOG_USEC gives, or the manager ends us. [any]
  void alive() const noexcept { send("WATCHDOG=1"); }

 private:
  void send(std::string_view state) const noexcept;
  std::string address_;
};

}  // namespace atm::kernel
