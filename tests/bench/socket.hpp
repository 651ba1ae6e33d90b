// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace atm::bench {

/// One end of a stream, closed by the destructor; the hostile clients use only this.
class Socket final {
 public:
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  /// Throws std::runtime_error if no process listens there.
  [[nodiscard]] static Socket connect(const std::string& path);

  /// Listens there; throws std::runtime_error if that fails.
  [[nodiscard]] static Socket listen(const std::string& path);

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Waits until all is sent; returns false if the other end is gone.
  bool send(std::string_view bytes) const noexcept;

 private:
  static Socket at(const std::string& path, int (*begin)(int, const sockaddr*, socklen_t), const char* what);

  int fd_;
};

}  // namespace atm::bench
