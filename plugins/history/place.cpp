// SPDX-License-Identifier: MIT
#include "place.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <thread>

namespace history {
namespace {

using atm::Error;
using atm::ErrorCode;

constexpr std::uint32_t kCifs = 0xff534d42;
constexpr std::uint32_t kSmb2 = 0xfe534d42;
constexpr std::uint32_t kCeph = 0x00c36400;
constexpr std::uint32_t kKernelAfs = 0x6b414653;
constexpr std::uint32_t kLustre = 0x0bd00bd3;
constexpr std::uint32_t kGpfs = 0x47504653;
constexpr std::uint32_t kBeegfs = 0x19830326;

Error failed(const std::string& doing) {
  return {ErrorCode::kIo, doing + ": " + std::strerror(errno)};
}

/// False with errno: another process holds the lock, or it fails.
bool lock_within(int fd, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

bool make(const std::string& directory) {
  for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    if (::mkdir(directory.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (slash == std::string::npos) return true;
  }
}

}  // namespace

bool is_network_file_system(std::uint32_t type) noexcept {
  constexpr std::array<std::uint32_t, 12> kNetwork{NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,  kCifs, kSmb2,
                                                   AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, kCeph, V9FS_MAGIC,
                                                   kKernelAfs,      kLustre,          kGpfs, kBeegfs};
  return std::find(kNetwork.begin(), kNetwork.end(), type) != kNetwork.end();
}

atm::Result<Place> Place::take(const std::string& directory, std::chrono::milliseconds patience) {
  const std::string name = "directory " + directory;
  if (!make(directory)) return failed("cannot create " + name);
  const atm::FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failed("cannot open " + name);
  struct stat found {};
  struct statfs system {};
  if (::fstat(fd.get(), &found) != 0 || ::fstatfs(fd.get(), &system) != 0)
    return failed("cannot inspect " + name);
  if (!atm::posix::is_own(found) || atm::posix::is_writable_by_others(found)) {
    return Error{ErrorCode::kInvalidField,
                 name + " belongs to uid " + std::to_string(found.st_uid) +
                     " or is writable by others, expected a directory of your own; run "
                     "chmod go-w, or set [plugins.history] directory"};
  }
  if (is_network_file_system(static_cast<std::uint32_t>(system.f_type))) {
    return Error{ErrorCode::kUnsupported, name +
                                              " is on a network file system, expected a local one; set "
                                              "[plugins.history] directory to a local directory"};
  }
  atm::FileDescriptor lock(
      ::openat(fd.get(), "history.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return failed("cannot open " + directory + "/history.lock");
  if (!lock_within(lock.get(), patience)) {
    if (errno != EWOULDBLOCK) return failed("cannot lock " + directory + "/history.lock");
    return Error{ErrorCode::kBusy,
                 "another atmd or atm history forget writes " + directory +
                     "/history.db, expected no other writer; this daemon runs without a history; "
                     "set [plugins.history] directory to give it its own"};
  }
  return Place(directory, std::move(lock));
}

}  // namespace history
