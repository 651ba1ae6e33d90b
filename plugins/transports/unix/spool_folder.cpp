// SPDX-License-Identifier: MIT
#include "spool_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace unix_socket {

namespace {

using atm::Error;
using atm::ErrorCode;
using atm::Result;

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

Error refused(const std::string& what) {
  return {ErrorCode::kInvalidField, "the spool is not read: " + what};
}

std::string of_uid(uid_t found) {
  return " belongs to uid " + std::to_string(found) + ", wanted your own (" + std::to_string(::geteuid()) +
         "); remove it";
}

}  // namespace

Result<std::optional<SpoolFolder>> SpoolFolder::open(const std::string& path) {
  using Found = std::optional<SpoolFolder>;
  atm::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return Found();
  if (!fd && (errno == ELOOP || errno == ENOTDIR))
    return refused(path + " is a link or no folder, wanted a folder; remove it");
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0) return atm::call_failed("cannot open the spool " + path);
  if (about.st_uid != ::geteuid()) return refused(path + of_uid(about.st_uid));
  if ((about.st_mode & kOthersWrite) != 0)
    return refused(path + " can be written by others; run chmod 700 " + path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{ErrorCode::kBusy,
                 "the spool " + path + " is taken in by another daemon; stop one of the two"};
  return Found(SpoolFolder(path, std::move(fd)));
}

bool SpoolFolder::has(const std::string& path, const char* name) noexcept {
  struct stat about {};
  return ::lstat((path + '/' + name).c_str(), &about) == 0 && about.st_size > 0;
}

Result<std::optional<SpoolInput>> SpoolFolder::input(const char* name) const {
  using Found = std::optional<SpoolInput>;
  const std::string path = path_ + '/' + name;
  struct stat about {};
  // Looked at before it is opened: some things do more than give bytes when they are.
  if (::fstatat(fd_.get(), name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Found();
    return atm::call_failed("cannot look at " + path);
  }
  if (!S_ISREG(about.st_mode)) return refused(path + " is no plain file; remove it");
  constexpr int kCarefully = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  atm::FileDescriptor fd(::openat(fd_.get(), name, O_RDWR | kCarefully));
  if (!fd) fd = atm::FileDescriptor(::openat(fd_.get(), name, O_RDONLY | kCarefully));
  if (!fd || ::fstat(fd.get(), &about) != 0) return atm::call_failed("cannot open " + path);
  if (!S_ISREG(about.st_mode)) return refused(path + " is no plain file; remove it");
  if (about.st_uid != ::geteuid()) return refused(path + of_uid(about.st_uid));
  if ((about.st_mode & kOthersWrite) != 0)
    return refused(path + " can be written by others; look at it, and remove it");
  return Found(
      SpoolInput{std::move(fd), {about.st_dev, about.st_ino}, static_cast<std::uint64_t>(about.st_size)});
}

bool SpoolFolder::is(const char* name, const atm::FileIdentity& file) const noexcept {
  struct stat about {};
  return ::fstatat(fd_.get(), name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
         atm::FileIdentity{about.st_dev, about.st_ino} == file;
}

Result<bool> SpoolFolder::rename(const char* from, const char* to, const atm::FileIdentity& file) const {
  if (!is(from, file)) return false;
  if (::renameat(fd_.get(), from, fd_.get(), to) == 0) return true;
  return atm::call_failed("the spool is not read: cannot rename " + path_ + '/' + from + " to " + to);
}

Result<void> SpoolFolder::remove(const char* name, const atm::FileIdentity& file) const {
  if (!is(name, file) || ::unlinkat(fd_.get(), name, 0) == 0) return {};
  return atm::call_failed("cannot remove " + path_ + '/' + name + ", which is taken in; remove it");
}

bool is_left_by_writers(const atm::FileDescriptor& file) noexcept {
  // A hook that locks it from now on sees that the name is not this file's any more, and lets go.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  ::flock(file.get(), LOCK_UN);
  return true;
}

}  // namespace unix_socket
