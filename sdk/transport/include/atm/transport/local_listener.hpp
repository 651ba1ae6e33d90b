// SPDX-License-Identifier: MIT
// A listening Unix socket at a path that no other program controls, for a transport.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atm/transport/path_lock.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace atm {

/// A Unix stream socket that listens at a path.
///
/// Two daemons must not share a path, and a daemon that died must not block it. The path is therefore locked for the
/// life of the listener (PathLock). A socket file without a live server behind it is replaced; any other file is left
/// alone. The socket has mode 0600 from the first moment: the file takes its mode from the descriptor, which is
/// restricted before bind(). One thread at a time.
class LocalListener final {
 public:
  /// Binds and listens. `option` names the configuration key of the path, for the remedies in messages. kBusy: another
  /// process serves this path; kInvalidField: the path is not usable; kIo. [main]
  [[nodiscard]] static Result<LocalListener> open(const std::string& path, const std::string& option,
                                                  int backlog);
  /// Takes the lock of the path and does not listen; bind() does. Errors as for open(). [main]
  [[nodiscard]] static Result<LocalListener> reserve(const std::string& path, const std::string& option);
  /// Takes a listening socket that a service manager created at `path`. The same rules hold, except that the socket
  /// file is not removed at the end. Takes ownership of `fd` only on success. [main]
  [[nodiscard]] static Result<LocalListener> adopt(int fd, const std::string& path,
                                                   const std::string& option);

  /// Movable, so that open() can return it; assignment would have to release a socket first.
  LocalListener(LocalListener&&) noexcept = default;
  LocalListener& operator=(LocalListener&&) = delete;
  /// Removes the socket file and the lock if they are still those of this listener.
  ~LocalListener();

  /// Whether the lock file at the path is still the one that is held. If not, another daemon may serve the path.
  [[nodiscard]] bool has_lock() const noexcept { return lock_->is_current(); }
  /// Whether the socket file at the path is still that of this listener.
  [[nodiscard]] bool has_socket() const noexcept {
    struct stat found {};
    return file_ && ::lstat(path().c_str(), &found) == 0 &&
           FileIdentity{found.st_dev, found.st_ino} == *file_;
  }
  /// Takes the lock again after the lock file was removed or replaced. Errors as for open(). [transport]
  [[nodiscard]] Result<void> take_lock(const std::string& option);
  /// Listens at the path with a new socket. Requires the lock. Errors as for open(). [transport]
  [[nodiscard]] Result<void> bind(const std::string& option, int backlog);

  /// The listening socket, non-blocking. Owned by this object.
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// The listening socket, owned by the caller from now on; the path stays locked.
  [[nodiscard]] int release() noexcept { return socket_.release(); }
  /// Absolute path of the socket file.
  [[nodiscard]] const std::string& path() const noexcept { return lock_->path(); }

  /// Renames the socket file, so that no client can connect; connected clients stay. For a library that cannot stop
  /// accepting. False: the file is not (or no longer) that of this listener.
  bool hide() noexcept {
    return is_ours_ && lock_->directory().rename(lock_->name(), lock_->name() + kHidden, *file_);
  }
  /// Undoes hide().
  bool show() noexcept {
    return is_ours_ && lock_->directory().rename(lock_->name() + kHidden, lock_->name(), *file_);
  }

 private:
  /// Suffix of a hidden socket file.
  static constexpr const char* kHidden = ".full";

  /// Holds the path; listens after listen() or adopt().
  explicit LocalListener(PathLock lock) noexcept : lock_(std::move(lock)) {}

  /// Checks the form of the path and the length limit of sockaddr_un.
  [[nodiscard]] static Result<void> check(const std::string& path, const std::string& option);
  /// Removes a dead socket file from the path; kBusy if a program answers there.
  [[nodiscard]] Result<void> clear_the_way(const std::string& option) const;
  /// Creates, restricts, binds and listens, in this order.
  [[nodiscard]] Result<void> listen(int backlog);

  /// Calls bind(2) or connect(2) with the address of the path.
  [[nodiscard]] int call_with_address(int (*call)(int, const sockaddr*, socklen_t), int fd) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path().data(), path().size());
    return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  /// A new stream socket: non-blocking, close-on-exec.
  [[nodiscard]] static FileDescriptor make_socket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }

  /// Never empty; replaced by take_lock().
  std::optional<PathLock> lock_;
  FileDescriptor socket_;
  std::optional<FileIdentity> file_;     // of the socket file
  std::optional<FileIdentity> foreign_;  // of the socket file of another program that was found at the path
  bool is_ours_ = false;                 // this object created the file
};

inline Result<LocalListener> LocalListener::open(const std::string& path, const std::string& option,
                                                 int backlog) {
  auto listener = reserve(path, option);
  if (!listener) return listener;
  // Under the lock, so that no other daemon binds in between.
  if (auto bound = listener->bind(option, backlog); !bound) return bound.error();
  return listener;
}

inline Result<LocalListener> LocalListener::reserve(const std::string& path, const std::string& option) {
  // The form first: a path that is not usable must not create directories.
  if (auto usable = check(path, option); !usable) return usable.error();
  auto lock = PathLock::take(path, option);
  if (!lock) return lock.error();
  return LocalListener(std::move(*lock));
}

inline Result<LocalListener> LocalListener::adopt(int fd, const std::string& path,
                                                  const std::string& option) {
  // The service manager may have replaced the socket of a daemon that the user started.
  auto lock = PathLock::take(path, option);
  if (!lock) return lock.error();
  LocalListener listener(std::move(*lock));
  listener.socket_ = FileDescriptor(fd);
  listener.file_ = listener.lock_->directory().identity_of(listener.lock_->name());
  return listener;
}

inline Result<void> LocalListener::check(const std::string& path, const std::string& option) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  const auto refused = [&option](const std::string& what) {
    return Error{ErrorCode::kInvalidField, "socket path " + what + " with " + option};
  };
  if (path.empty() || path.front() != '/' || path.back() == '/')
    return refused("'" + path + "' is not the absolute path of a file; use an absolute path");
  if (path.find('\0') != std::string::npos) return refused("contains a NUL byte; use another path");
  if (path.size() > kLongest) {
    return refused("'" + path + "' has " + std::to_string(path.size()) + " bytes, the system's limit is " +
                   std::to_string(kLongest) + "; use a shorter path");
  }
  return {};
}

inline Result<void> LocalListener::clear_the_way(const std::string& option) const {
  const int directory = lock_->directory().fd();
  const char* const name = lock_->name().c_str();
  // Left by a daemon that died while its socket was hidden.
  ::unlinkat(directory, (lock_->name() + kHidden).c_str(), 0);
  struct stat found {};
  if (::fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return call_failed("cannot inspect " + path());
  }
  // Never remove what is not a socket: the path may be a mistake of the user.
  if (!S_ISSOCK(found.st_mode)) {
    return Error{ErrorCode::kInvalidField, path() +
                                               " exists and is not a socket; move it away, or use another "
                                               "path with " +
                                               option};
  }
  const FileDescriptor probe = make_socket();
  if (!probe) return call_failed("cannot create a socket");
  // Only ECONNREFUSED proves a dead socket: EAGAIN (a full backlog) is a live, busy server.
  if (call_with_address(&::connect, probe.get()) == 0 || errno == EAGAIN || errno == EINPROGRESS)
    return PathLock::served(path(), "a program without the lock", option);
  if (errno != ECONNREFUSED && errno != ENOENT)
    return call_failed("cannot determine whether a program serves " + path());
  if (::unlinkat(directory, name, 0) != 0 && errno != ENOENT)
    return call_failed("cannot remove the unused socket " + path());
  return {};
}

inline Result<void> LocalListener::listen(int backlog) {
  socket_ = make_socket();
  if (!socket_) return call_failed("cannot create a socket");
  if (::fchmod(socket_.get(), 0600) != 0) return call_failed("cannot set the mode of a socket");
  if (call_with_address(&::bind, socket_.get()) != 0) return call_failed("cannot bind " + path());
  // Remembered, so that only this file is removed at the end.
  file_ = lock_->directory().identity_of(lock_->name());
  is_ours_ = file_.has_value();
  if (!is_ours_) return call_failed("cannot inspect " + path());
  // bind() applies the umask, which may have removed bits of 0600.
  if (::fchmodat(lock_->directory().fd(), lock_->name().c_str(), 0600, 0) != 0)
    return call_failed("cannot set the mode of " + path());
  if (::listen(socket_.get(), backlog) != 0) return call_failed("cannot listen at " + path());
  return {};
}

inline Result<void> LocalListener::take_lock(const std::string& option) {
  auto lock = PathLock::take(path(), option);
  if (!lock) return lock.error();
  lock_.emplace(std::move(*lock));
  return {};
}

inline Result<void> LocalListener::bind(const std::string& option, int backlog) {
  // A service manager starts a program for each connection to its socket, so a foreign socket is probed once only.
  const auto found = lock_->directory().identity_of(lock_->name());
  if (found && found == foreign_) return PathLock::served(path(), "a program without the lock", option);
  const auto clear = clear_the_way(option);
  // Remembered until another file has the path.
  foreign_ = !clear && clear.error().code == ErrorCode::kBusy ? found : std::nullopt;
  if (!clear) return clear.error();
  return listen(backlog);
}

inline LocalListener::~LocalListener() {
  // A moved-from listener, or a socket of a service manager.
  if (!is_ours_ || !lock_->is_held()) return;
  lock_->directory().remove(lock_->name(), *file_);
  lock_->directory().remove(lock_->name() + kHidden, *file_);
}

}  // namespace atm
