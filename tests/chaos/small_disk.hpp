// SPDX-License-Identifier: MIT
// A small file system that can be filled, visible only to this process and its children.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace atm::test {

class SmallDisk final {
 public:
  /// Mounts it; call it before a second thread exists.
  explicit SmallDisk(std::filesystem::path directory) : directory_(std::move(directory)) {
    const char* const failed = mount();
    if (failed != nullptr) problem_ = std::string(failed) + ": " + std::strerror(errno);
  }
  ~SmallDisk() {
    if (problem_.empty()) ::umount2(directory_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Empty if it is mounted, else the reason.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  void fill() const {
    const int fd = ::open(file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (::write(fd, block.data(), block.size()) > 0) {
    }
    ::close(fd);
  }
  void empty() const { ::unlink(file().c_str()); }

 private:
  /// The failed operation, or NULL.
  [[nodiscard]] const char* mount() const {
    const std::string user = std::to_string(::getuid());
    const std::string group = std::to_string(::getgid());
    if (::unshare(CLONE_NEWNS) != 0) {
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return "unshare";
      std::ofstream("/proc/self/setgroups") << "deny";
      std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1\n";
      std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1\n";
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return "mount of /";
    if (::mount("none", directory_.c_str(), "tmpfs", 0, "size=8m,mode=0700") != 0) return "mount of a tmpfs";
    return nullptr;
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "filler"; }

  const std::filesystem::path directory_;
  std::string problem_;
};

}  // namespace atm::test
