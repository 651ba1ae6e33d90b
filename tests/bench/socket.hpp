// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::bench {

/// One end of a stream, closed by the destructor; a client without manners is made of nothing else.
class Socket final {
 public:
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  /// Throws std::runtime_error when nobody listens there.
  [[nodiscard]] static Socket connect(const std::string& path);

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Waits until all is taken; false when the other end is gone.
  bool send(std::string_view bytes) const noexcept;

 private:
  int fd_;
};

}  // namespace atm::bench
