// SPDX-License-Identifier: MIT
// Files that change like an agent's files, and a way to wait for another thread.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/temp_dir.hpp"

namespace atm::kernel {

class Scratch final {
 public:
  [[nodiscard]] std::string path(const std::string& name = "") const {
    return name.empty() ? directory_.path().string() : (directory_.path() / name).string();
  }
  void make_directory(const std::string& name) const { std::filesystem::create_directories(path(name)); }
  void remove(const std::string& name) const { std::filesystem::remove_all(path(name)); }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path(from), path(to));
  }

  /// Truncates and writes, like a program that opens a file for writing.
  void write(const std::string& name, std::string_view text) const { put(name, text, O_TRUNC | O_CREAT); }
  void append(const std::string& name, std::string_view text) const { put(name, text, O_APPEND | O_CREAT); }
  /// Writes from the start without truncating; the rest stays.
  void overwrite(const std::string& name, std::string_view text) const { put(name, text, 0); }

 private:
  void put(const std::string& name, std::string_view text, int flags) const {
    const int fd = ::open(path(name).c_str(), O_WRONLY | O_CLOEXEC | flags, 0600);
    if (fd < 0) throw std::runtime_error("open " + path(name));
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    ::close(fd);
    if (wrote != static_cast<ssize_t>(text.size())) throw std::runtime_error("write " + path(name));
  }

  atm::test::TempDir directory_;
};

/// A value that several threads change and one thread waits for.
class Signal final {
 public:
  template <class Change>
  void update(Change&& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  /// Returns false after the deadline.
  template <class Condition>
  [[nodiscard]] bool wait(Condition&& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), condition);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace atm::kernel
