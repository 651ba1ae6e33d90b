// SPDX-License-Identifier: MIT
// Which of two daemons a path belongs to.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/plugin/private_folder.hpp>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace atm {

/// `<path>.lock`, held (flock) for the object's life and gone after it; in a private folder. A lock file whose
/// holder died does not hold.
class PathLock final {
 public:
  /// The path of a file, absolute; `option` is the setting that names it. kBusy: another process has it;
  /// kInvalidField, kIo. [main]
  [[nodiscard]] static Result<PathLock> take(const std::string& path, const std::string& option);

  PathLock(PathLock&&) noexcept = default;
  PathLock& operator=(PathLock&&) = delete;
  ~PathLock();

  /// Not so after a move.
  [[nodiscard]] bool is_held() const noexcept { return static_cast<bool>(fd_); }
  /// Whether the path's lock is still the file that is held: nobody has removed or replaced it, or a folder above it.
  [[nodiscard]] bool is_current() const noexcept {
    struct stat found {};
    return fd_ && ::lstat((path_ + ".lock").c_str(), &found) == 0 &&
           file_ == FileIdentity{found.st_dev, found.st_ino};
  }
  [[nodiscard]] const PrivateFolder& folder() const noexcept { return folder_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Of the file in folder().
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// kBusy: `by` is in possession.
  [[nodiscard]] static Error served(const std::string& path, const std::string& by,
                                    const std::string& option) {
    return {ErrorCode::kBusy, by + " serves " + path + "; stop it, or give another path with " + option};
  }

 private:
  PathLock(std::string path, std::string name, PrivateFolder folder)
      : path_(std::move(path)), name_(std::move(name)), folder_(std::move(folder)) {}

  /// Whether it is held now; not so when the file went before it was locked.
  [[nodiscard]] Result<bool> try_once(const std::string& option);
  [[nodiscard]] static std::string holder_of(int fd);

  std::string path_;
  std::string name_;
  PrivateFolder folder_;
  FileDescriptor fd_;
  FileIdentity file_{};  // of fd_
};

inline Result<PathLock> PathLock::take(const std::string& path, const std::string& option) {
  const std::size_t slash = path.rfind('/');
  auto folder = PrivateFolder::open(path.substr(0, slash), option);
  if (!folder) return folder.error();
  PathLock lock(path, path.substr(slash + 1), std::move(*folder));
  // A daemon that stops removes its lock: what was opened before may be gone once it is locked.
  for (int attempt = 0; attempt < 16; ++attempt) {
    const auto held = lock.try_once(option);
    if (!held) return held.error();
    if (*held) return lock;
  }
  return Error{ErrorCode::kInvalidField,
               path + ".lock is replaced again and again; look what else uses this folder"};
}

inline Result<bool> PathLock::try_once(const std::string& option) {
  const std::string name = name_ + ".lock";
  FileDescriptor fd(::openat(folder_.fd(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return call_failed("cannot open " + path_ + ".lock");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return served(path_, holder_of(fd.get()), option);
    return call_failed("cannot lock " + path_ + ".lock");
  }
  struct stat held {};
  if (::fstat(fd.get(), &held) != 0) return call_failed("cannot look at " + path_ + ".lock");
  file_ = {held.st_dev, held.st_ino};
  if (folder_.identity_of(name) != file_) return false;
  const std::string pid = std::to_string(::getpid()) + '\n';
  if (::ftruncate(fd.get(), 0) != 0 ||
      // Without the pid, which only names the holder, the lock holds on a full disk too.
      (::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0 && errno != ENOSPC && errno != EDQUOT)) {
    return call_failed("cannot write " + path_ + ".lock");
  }
  fd_ = std::move(fd);
  return true;
}

inline std::string PathLock::holder_of(int fd) {
  char text[16] = {};
  const long pid = ::pread(fd, text, sizeof text - 1, 0) > 0 ? std::strtol(text, nullptr, 10) : 0;
  return pid > 0 ? "another atmd (pid " + std::to_string(pid) + ")" : "another atmd";
}

inline PathLock::~PathLock() {
  // Still locked while it is removed: whoever opened it in between sees that it is gone and tries again.
  if (fd_) folder_.remove(name_ + ".lock", file_);
}

}  // namespace atm
