// SPDX-License-Identifier: MIT
// A lock file that decides which of two daemons owns a path.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/transport/private_directory.hpp>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace atm {

/// The lock file `<path>.lock`, locked with flock(2) for the life of the object and removed at its end.
///
/// The kernel releases the lock when the holder dies, so a stale file blocks nothing. The file holds the pid of the
/// holder, for messages. It lies in a PrivateDirectory. One thread at a time.
class PathLock final {
 public:
  /// Takes the lock without waiting. `path` is absolute; `option` names its configuration key, for the remedies in
  /// messages. kBusy: another process holds it; kInvalidField; kIo. [main]
  [[nodiscard]] static Result<PathLock> take(const std::string& path, const std::string& option);

  /// Movable, so that take() can return it; the moved-from object holds nothing.
  PathLock(PathLock&&) noexcept = default;
  PathLock& operator=(PathLock&&) = delete;
  /// Removes the lock file if it is still that of this object.
  ~PathLock();

  /// False only after a move from this object.
  [[nodiscard]] bool is_held() const noexcept { return static_cast<bool>(fd_); }
  /// Whether the file at `<path>.lock` is still the one that is held: neither it nor a directory above it was removed
  /// or replaced.
  [[nodiscard]] bool is_current() const noexcept {
    struct stat found {};
    return fd_ && ::lstat((path_ + ".lock").c_str(), &found) == 0 &&
           file_ == FileIdentity{found.st_dev, found.st_ino};
  }
  /// The directory of the path.
  [[nodiscard]] const PrivateDirectory& directory() const noexcept { return directory_; }
  /// The path that the lock protects.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The last component of the path, relative to directory().
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// The Error kBusy: `by` serves the path.
  [[nodiscard]] static Error served(const std::string& path, const std::string& by,
                                    const std::string& option) {
    return {ErrorCode::kBusy, by + " serves " + path + "; stop it, or use another path with " + option};
  }

 private:
  PathLock(std::string path, std::string name, PrivateDirectory directory)
      : path_(std::move(path)), name_(std::move(name)), directory_(std::move(directory)) {}

  /// Opens and locks the file once. False: the file was removed or replaced before it was locked.
  [[nodiscard]] Result<bool> try_once(const std::string& option);
  /// Describes the holder by the pid in the lock file.
  [[nodiscard]] static std::string holder_of(int fd);

  std::string path_;
  std::string name_;
  PrivateDirectory directory_;
  /// The locked file; empty: not held.
  FileDescriptor fd_;
  /// Identity of the locked file.
  FileIdentity file_{};
};

inline Result<PathLock> PathLock::take(const std::string& path, const std::string& option) {
  const std::size_t slash = path.rfind('/');
  auto directory = PrivateDirectory::open(path.substr(0, slash), option);
  if (!directory) return directory.error();
  PathLock lock(path, path.substr(slash + 1), std::move(*directory));
  // A daemon that stops removes its lock: the file that was opened may be gone when it is locked.
  for (int attempt = 0; attempt < 16; ++attempt) {
    const auto held = lock.try_once(option);
    if (!held) return held.error();
    if (*held) return lock;
  }
  return Error{ErrorCode::kInvalidField,
               path + ".lock is replaced repeatedly; check which other program uses this directory"};
}

inline Result<bool> PathLock::try_once(const std::string& option) {
  const std::string name = name_ + ".lock";
  FileDescriptor fd(::openat(directory_.fd(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return call_failed("cannot open " + path_ + ".lock");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return served(path_, holder_of(fd.get()), option);
    return call_failed("cannot lock " + path_ + ".lock");
  }
  struct stat held {};
  if (::fstat(fd.get(), &held) != 0) return call_failed("cannot inspect " + path_ + ".lock");
  file_ = {held.st_dev, held.st_ino};
  if (directory_.identity_of(name) != file_) return false;
  // The pid replaces that of an earlier holder.
  const std::string pid = std::to_string(::getpid()) + '\n';
  if (::ftruncate(fd.get(), 0) != 0 ||
      // The pid only names the holder: a full disk must not prevent the lock.
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
  // Removed while still locked: a daemon that opened it in between sees that it is gone and tries again.
  if (fd_) directory_.remove(name_ + ".lock", file_);
}

}  // namespace atm
