// SPDX-License-Identifier: MIT
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atm/client/endpoint.hpp>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace zeromq {

/// Ends the loop's wait from any thread, without blocking.
class Notifier final {
 public:
  Notifier() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_.get() < 0) throw std::system_error(errno, std::generic_category(), "cannot create an eventfd");
  }
  /// [any]
  void notify() const noexcept {
    const std::uint64_t one = 1;
    // A full counter is already readable.
    [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
  }
  /// [loop]
  void clear() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &count, sizeof count);
  }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  atm::client::Descriptor fd_;
};

}  // namespace zeromq
