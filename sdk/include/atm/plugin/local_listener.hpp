// SPDX-License-Identifier: MIT
// A listening Unix socket at a path that is surely ours, for a transport.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include <atm/client/endpoint.hpp>
#include <atm/domain/error.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace atm {

/// Two daemons must not share a path, and one that dies must not block it: `<path>.lock` is held (flock) for
/// the listener's life, a socket without a living server behind it is replaced, anything else is left alone.
/// The folder is private to the user, so that nobody else can put something in the way; missing ones are made
/// with mode 0700. The socket has mode 0600 from its first moment: a Unix socket's file takes its mode from
/// the descriptor, which is narrowed before it is bound.
class LocalListener final {
 public:
  /// `remedy` ends the messages of a refusal: "give another path with ...". kBusy: somebody serves this path;
  /// kInvalidField: the path cannot be used; kIo. [main]
  [[nodiscard]] static Result<LocalListener> open(const std::string& path, const std::string& remedy,
                                                  int backlog);

  LocalListener(LocalListener&&) noexcept = default;
  LocalListener& operator=(LocalListener&&) = delete;
  /// Removes socket and lock, if they are still ours.
  ~LocalListener();

  /// The listening socket, non-blocking. A library that wants to own one is given a duplicate.
  [[nodiscard]] int fd() const noexcept { return listener_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Takes the name away: nobody new can connect, who is connected stays. For a listener whose owner cannot
  /// be told to stop accepting.
  bool hide() noexcept { return rename(name_, name_ + ".full"); }
  bool show() noexcept { return rename(name_ + ".full", name_); }

 private:
  using Descriptor = client::Descriptor;
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  LocalListener(std::string path, std::string name, std::string remedy)
      : path_(std::move(path)), name_(std::move(name)), remedy_(std::move(remedy)) {}

  [[nodiscard]] Result<void> open_folder(const std::string& folder);
  [[nodiscard]] Result<void> lock();
  [[nodiscard]] Result<void> clear_the_way() const;
  [[nodiscard]] Result<void> listen(int backlog);

  [[nodiscard]] Error refused(const std::string& what, const std::string& first = {}) const {
    return {ErrorCode::kInvalidField, what + "; " + (first.empty() ? remedy_ : first + ", or " + remedy_)};
  }
  [[nodiscard]] Error served(const std::string& by) const {
    return {ErrorCode::kBusy, by + " serves " + path_ + "; stop it, or " + remedy_};
  }
  [[nodiscard]] static Error failed(const std::string& doing) {
    return {ErrorCode::kIo, doing + ": " + std::generic_category().message(errno)};
  }

  [[nodiscard]] bool identity_of(const std::string& name, Identity& out) const noexcept {
    struct stat found {};
    if (::fstatat(folder_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return false;
    out = {found.st_dev, found.st_ino};
    return true;
  }
  bool rename(const std::string& from, const std::string& to) noexcept {
    Identity now;
    return identity_of(from, now) && now == bound_ &&
           ::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) == 0;
  }
  void remove_if_ours(const std::string& name, const Identity& ours) const noexcept {
    Identity now;
    if (identity_of(name, now) && now == ours) ::unlinkat(folder_.get(), name.c_str(), 0);
  }
  [[nodiscard]] int call_with_address(int (*call)(int, const sockaddr*, socklen_t), int fd) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  [[nodiscard]] static Descriptor make_socket() {
    return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }

  std::string path_;
  std::string name_;  // of the socket in folder_
  std::string remedy_;
  Descriptor folder_;
  Descriptor lock_;
  Descriptor listener_;
  Identity bound_{};
};

inline Result<LocalListener> LocalListener::open(const std::string& path, const std::string& remedy,
                                                 int backlog) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  const std::size_t slash = path.rfind('/');
  LocalListener listener(path, slash == std::string::npos ? path : path.substr(slash + 1), remedy);
  if (path.empty() || path.front() != '/' || listener.name_.empty())
    return listener.refused("socket path '" + path + "' is not the absolute path of a file");
  if (path.find('\0') != std::string::npos) return listener.refused("socket path holds a NUL byte");
  if (path.size() > kLongest) {
    return listener.refused("socket path '" + path + "' has " + std::to_string(path.size()) +
                            " bytes, the system's limit is " + std::to_string(kLongest));
  }
  if (auto opened = listener.open_folder(path.substr(0, slash)); !opened) return opened.error();
  if (auto locked = listener.lock(); !locked) return locked.error();
  if (auto clear = listener.clear_the_way(); !clear) return clear.error();
  if (auto bound = listener.listen(backlog); !bound) return bound.error();
  return listener;
}

inline Result<void> LocalListener::open_folder(const std::string& folder) {
  if (folder.empty()) return refused("the socket would lie in /, wanted a private folder");
  for (std::size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return failed("cannot make folder " + part);
    if (slash == std::string::npos) break;
  }
  struct stat found {};
  if (::lstat(folder.c_str(), &found) == 0 && S_ISLNK(found.st_mode))
    return refused("folder " + folder + " of the socket is a symbolic link");
  folder_ = Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder_.get() < 0) return failed("cannot open folder " + folder);
  if (::fstat(folder_.get(), &found) != 0) return failed("cannot look at folder " + folder);
  if (found.st_uid != ::geteuid()) {
    return refused("folder " + folder + " of the socket belongs to uid " + std::to_string(found.st_uid) +
                   ", wanted your own (" + std::to_string(::geteuid()) + ")");
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refused("folder " + folder + " of the socket can be written by others",
                   "run chmod go-w " + folder);
  }
  return {};
}

inline Result<void> LocalListener::lock() {
  const std::string name = name_ + ".lock";
  // A daemon that stops removes its lock: what was opened before may be gone once it is locked.
  for (int attempt = 0; attempt < 16; ++attempt) {
    Descriptor fd(::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd.get() < 0) return failed("cannot open " + path_ + ".lock");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return failed("cannot lock " + path_ + ".lock");
      char text[16] = {};
      const long pid = ::pread(fd.get(), text, sizeof text - 1, 0) > 0 ? std::strtol(text, nullptr, 10) : 0;
      return served(pid > 0 ? "another atmd (pid " + std::to_string(pid) + ")" : "another atmd");
    }
    struct stat held {};
    Identity named;
    if (::fstat(fd.get(), &held) != 0) return failed("cannot look at " + path_ + ".lock");
    if (!identity_of(name, named) || named != Identity{held.st_dev, held.st_ino}) continue;
    const std::string pid = std::to_string(::getpid()) + '\n';
    if (::ftruncate(fd.get(), 0) != 0 ||
        ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
      return failed("cannot write " + path_ + ".lock");
    }
    lock_ = std::move(fd);
    return {};
  }
  return refused(path_ + ".lock is replaced again and again", "look what else uses this folder");
}

inline Result<void> LocalListener::clear_the_way() const {
  // What a daemon left that was full when it died.
  ::unlinkat(folder_.get(), (name_ + ".full").c_str(), 0);
  struct stat found {};
  if (::fstatat(folder_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return failed("cannot look at " + path_);
  }
  if (!S_ISSOCK(found.st_mode)) return refused(path_ + " is there and is no socket", "move it away");
  const Descriptor probe = make_socket();
  if (probe.get() < 0) return failed("cannot make a socket");
  // Only "nobody listens" proves a dead socket: a full queue (EAGAIN) is a living, busy server.
  if (call_with_address(&::connect, probe.get()) == 0 || errno == EAGAIN || errno == EINPROGRESS)
    return served("a program without our lock");
  if (errno != ECONNREFUSED && errno != ENOENT) return failed("cannot tell whether " + path_ + " is served");
  if (::unlinkat(folder_.get(), name_.c_str(), 0) != 0 && errno != ENOENT)
    return failed("cannot remove the dead socket " + path_);
  return {};
}

inline Result<void> LocalListener::listen(int backlog) {
  listener_ = make_socket();
  if (listener_.get() < 0) return failed("cannot make a socket");
  if (::fchmod(listener_.get(), 0600) != 0) return failed("cannot set the mode of a socket");
  if (call_with_address(&::bind, listener_.get()) != 0) return failed("cannot bind " + path_);
  if (!identity_of(name_, bound_)) return failed("cannot look at " + path_);
  if (::fchmodat(folder_.get(), name_.c_str(), 0600, 0) != 0)
    return failed("cannot set the mode of " + path_);
  if (::listen(listener_.get(), backlog) != 0) return failed("cannot listen at " + path_);
  return {};
}

inline LocalListener::~LocalListener() {
  if (lock_.get() < 0) return;
  if (bound_ != Identity{}) {
    remove_if_ours(name_, bound_);
    remove_if_ours(name_ + ".full", bound_);
  }
  // Still locked while it is removed: whoever opened it in between sees that it is gone and tries again.
  struct stat held {};
  if (::fstat(lock_.get(), &held) == 0) remove_if_ours(name_ + ".lock", {held.st_dev, held.st_ino});
}

}  // namespace atm
