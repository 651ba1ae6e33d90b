// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <utility>

namespace atm::posix {

/// Owns one file descriptor and closes it at the end of its life.
///
/// A leaked descriptor keeps a socket open in child processes. Movable, not copyable; not synchronised.
class FileDescriptor final {
 public:
  /// Owns nothing.
  FileDescriptor() noexcept = default;
  /// Takes ownership. A negative number is "nothing", so that the result of a failed call can be passed directly.
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  /// Swaps: `other` closes the old descriptor at the end of its life.
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// The descriptor, still owned by this object; -1: none.
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// The descriptor, owned by the caller from now on; -1: none.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Whether a descriptor is owned.
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace atm::posix
