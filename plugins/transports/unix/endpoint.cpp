// SPDX-License-Identifier: MIT
#include "endpoint.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "passed_socket.hpp"

namespace unix_socket {

namespace {

using atm::Error;
using atm::ErrorCode;
using atm::Result;

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

Error refused(const std::string& what) {
  return {ErrorCode::kInvalidField, what};
}
Error failed(const std::string& doing, int error) {
  return {ErrorCode::kIo, doing + ": " + std::generic_category().message(error)};
}
Error served(const std::string& path, const std::string& by) {
  return {ErrorCode::kBusy, by + " serves " + path + "; stop it, or choose another path with --socket"};
}

/// Every missing folder of the path, private to the user.
int make_folders(const std::string& folder) {
  for (std::size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return errno;
    if (slash == std::string::npos) return 0;
  }
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Descriptor make_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

int call_with_address(int (*call)(int, const sockaddr*, socklen_t), int fd, const std::string& path) {
  const sockaddr_un address = address_of(path);
  return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

std::string holder_of(int lock) {
  std::array<char, 16> text{};
  const ssize_t size = ::pread(lock, text.data(), text.size() - 1, 0);
  std::string pid;
  for (ssize_t i = 0;
       i < size && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9';
       ++i) {
    pid += text[static_cast<std::size_t>(i)];
  }
  return pid.empty() ? "another atmd" : "another atmd (pid " + pid + ")";
}

}  // namespace

Result<Endpoint> Endpoint::open(const std::string& socket) {
  const auto fd = passed_descriptor(socket);
  return fd ? adopt(*fd) : make(socket);
}

Result<Endpoint> Endpoint::adopt(int fd) {
  const auto path = prepare_passed(fd);
  if (!path) return path.error();
  const std::size_t slash = path->rfind('/');
  auto folder = open_folder(path->substr(0, slash));
  if (!folder) return folder.error();
  Endpoint endpoint;
  endpoint.path_ = *path;
  endpoint.name_ = path->substr(slash + 1);
  endpoint.folder_ = std::move(*folder);
  // Who made the socket may have put it over the one of a daemon that was started by hand.
  if (auto locked = endpoint.lock(); !locked) return locked.error();
  endpoint.listener_ = Descriptor(fd);
  return endpoint;
}

Result<Endpoint> Endpoint::make(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (path.empty() || path.front() != '/' || slash + 1 == path.size()) {
    return refused("socket path '" + path + "' is not the absolute path of a file; give one with --socket");
  }
  if (path.find('\0') != std::string::npos)
    return refused("socket path holds a NUL byte; give another with --socket");
  if (path.size() > kLongestPath) {
    return refused("socket path '" + path + "' has " + std::to_string(path.size()) +
                   " bytes, the system's limit is " + std::to_string(kLongestPath) +
                   "; give a shorter one with --socket");
  }
  auto folder = open_folder(path.substr(0, slash));
  if (!folder) return folder.error();
  Endpoint endpoint;
  endpoint.path_ = path;
  endpoint.name_ = path.substr(slash + 1);
  endpoint.folder_ = std::move(*folder);
  if (auto locked = endpoint.lock(); !locked) return locked.error();
  if (auto clear = endpoint.clear_the_way(); !clear) return clear.error();
  if (auto bound = endpoint.bind(); !bound) return bound.error();
  return endpoint;
}

Result<Descriptor> Endpoint::open_folder(const std::string& folder) {
  if (folder.empty()) return refused("the socket would lie in /; give a private folder's path with --socket");
  if (const int error = make_folders(folder); error != 0)
    return failed("cannot make folder " + folder, error);
  struct stat link {};
  if (::lstat(folder.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
    return refused("folder " + folder +
                   " of the socket is a symbolic link; give the real path with --socket");
  }
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return failed("cannot open folder " + folder, errno);
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return failed("cannot look at folder " + folder, errno);
  if (found.st_uid != ::geteuid()) {
    return refused("folder " + folder + " of the socket belongs to uid " + std::to_string(found.st_uid) +
                   ", wanted your own (" + std::to_string(::geteuid()) +
                   "); give another path with --socket");
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refused("folder " + folder + " of the socket can be written by others; run chmod go-w " + folder +
                   ", or give another path with --socket");
  }
  return fd;
}

Result<void> Endpoint::lock() {
  const std::string name = name_ + ".lock";
  // A daemon that stops removes its lock: what was opened before may be gone once it is locked.
  for (int attempt = 0; attempt < 16; ++attempt) {
    Descriptor fd(::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return failed("cannot open " + path_ + ".lock", errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return served(path_, holder_of(fd.get()));
      return failed("cannot lock " + path_ + ".lock", errno);
    }
    struct stat held {};
    Identity named;
    if (::fstat(fd.get(), &held) != 0) return failed("cannot look at " + path_ + ".lock", errno);
    if (!identity_of(name, named) || named != Identity{held.st_dev, held.st_ino}) continue;
    const std::string pid = std::to_string(::getpid()) + '\n';
    if (::ftruncate(fd.get(), 0) != 0 ||
        ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
      return failed("cannot write " + path_ + ".lock", errno);
    }
    lock_ = std::move(fd);
    return {};
  }
  return refused(path_ + ".lock is replaced again and again; look what else uses this folder");
}

Result<void> Endpoint::clear_the_way() const {
  struct stat found {};
  if (::fstatat(folder_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return failed("cannot look at " + path_, errno);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return refused(path_ + " is there and is no socket; move it away, or give another path with --socket");
  }
  const Descriptor probe = make_socket();
  if (!probe) return failed("cannot make a socket", errno);
  // Only "nobody listens" proves a dead socket: a full queue (EAGAIN) is a living, busy server.
  if (call_with_address(&::connect, probe.get(), path_) == 0 || errno == EAGAIN || errno == EINPROGRESS) {
    return served(path_, "a program without our lock");
  }
  if (errno != ECONNREFUSED && errno != ENOENT)
    return failed("cannot tell whether " + path_ + " is served", errno);
  if (::unlinkat(folder_.get(), name_.c_str(), 0) != 0 && errno != ENOENT) {
    return failed("cannot remove the dead socket " + path_, errno);
  }
  return {};
}

Result<void> Endpoint::bind() {
  constexpr int kBacklog = 1024;  // a burst of hooks; the kernel caps it at net.core.somaxconn
  listener_ = make_socket();
  if (!listener_) return failed("cannot make a socket", errno);
  // Before bind, so that the file never exists with a wider mode.
  if (::fchmod(listener_.get(), 0600) != 0) return failed("cannot set the mode of a socket", errno);
  if (call_with_address(&::bind, listener_.get(), path_) != 0) return failed("cannot bind " + path_, errno);
  if (!identity_of(name_, bound_)) return failed("cannot look at " + path_, errno);
  if (::fchmodat(folder_.get(), name_.c_str(), 0600, 0) != 0)
    return failed("cannot set the mode of " + path_, errno);
  if (::listen(listener_.get(), kBacklog) != 0) return failed("cannot listen at " + path_, errno);
  return {};
}

bool Endpoint::identity_of(const std::string& name, Identity& out) const noexcept {
  struct stat found {};
  if (::fstatat(folder_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return false;
  out = {found.st_dev, found.st_ino};
  return true;
}

Endpoint::~Endpoint() {
  if (!lock_) return;
  Identity now;
  if (bound_ != Identity{} && identity_of(name_, now) && now == bound_)
    ::unlinkat(folder_.get(), name_.c_str(), 0);
  // Still locked while it is removed: whoever opened it in between sees that it is gone and tries again.
  struct stat held {};
  const std::string name = name_ + ".lock";
  if (::fstat(lock_.get(), &held) == 0 && identity_of(name, now) &&
      now == Identity{held.st_dev, held.st_ino}) {
    ::unlinkat(folder_.get(), name.c_str(), 0);
  }
}

}  // namespace unix_socket
