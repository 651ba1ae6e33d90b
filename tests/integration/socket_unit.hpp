// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "support/atmd_process.hpp"

namespace atm::test {

/// Acts like the socket unit: it listens before the daemon starts and until the destructor runs.
class SocketUnit final {
 public:
  explicit SocketUnit(const Home& home, mode_t mode = 0600, int backlog = SOMAXCONN) : path_(home.socket()) {
    home.dir().directory("run", 0700);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    // systemd removes the path; a serving daemon may bind it again in between.
    int bound = -1;
    for (int attempt = 0; attempt < 1000 && bound != 0; ++attempt) {
      std::filesystem::remove(path_);
      bound = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    if (bound != 0 || ::chmod(path_.c_str(), mode) != 0 || ::listen(fd_, backlog) != 0) {
      throw std::runtime_error("cannot listen at " + path_.string());
    }
  }
  ~SocketUnit() { ::close(fd_); }
  SocketUnit(const SocketUnit&) = delete;
  SocketUnit& operator=(const SocketUnit&) = delete;

  [[nodiscard]] Manager manager() const { return {{}, fd_}; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace atm::test
