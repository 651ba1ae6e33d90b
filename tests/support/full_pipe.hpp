// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/file_descriptor.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/atmd_process.hpp"
#include "support/temp_dir.hpp"

namespace atm::test {

/// A full named pipe without a reader.
class FullPipe final {
 public:
  explicit FullPipe(const TempDir& dir) : path_(dir.path() / "pipe") {
    if (::mkfifo(path_.c_str(), 0600) == 0)
      fd_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd_) throw std::runtime_error("cannot make " + path_.string());
    while (::write(fd_.get(), "x", 1) == 1) continue;
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Reads until `text` has arrived; false after the deadline.
  [[nodiscard]] bool reads(std::string_view text) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::string all;
    while (all.find(text) == std::string::npos && std::chrono::steady_clock::now() < until) {
      pollfd wait{fd_.get(), POLLIN, 0};
      static_cast<void>(::poll(&wait, 1, 100));
      char block[4096];
      const ssize_t got = ::read(fd_.get(), block, sizeof block);
      if (got > 0) all.append(block, static_cast<std::size_t>(got));
    }
    return all.find(text) != std::string::npos;
  }

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
};

/// A daemon whose standard error is this file.
[[nodiscard]] inline Manager with_errors_to(const std::filesystem::path& file) {
  return {.launcher = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>\"" + file.string() + "\""}};
}

}  // namespace atm::test
