// SPDX-License-Identifier: MIT
// A listening Unix socket at a path that is surely ours, for a transport.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atm/plugin/path_lock.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace atm {

/// Two daemons must not share a path, and one that dies must not block it: the path is locked for the
/// listener's life, a socket without a living server behind it is replaced, anything else is left alone. The
/// socket has mode 0600 from its first moment: a Unix socket's file takes its mode from the descriptor, which is
/// narrowed before it is bound.
class LocalListener final {
 public:
  /// `option` is the setting that names the path, for the remedies in messages. kBusy: somebody serves this
  /// path; kInvalidField: the path cannot be used; kIo. [main]
  [[nodiscard]] static Result<LocalListener> open(const std::string& path, const std::string& option,
                                                  int backlog);
  /// The same rules for a socket that was made for us and listens at `path`, but for its file: that belongs to
  /// who made it. Takes the descriptor only when it succeeds. [main]
  [[nodiscard]] static Result<LocalListener> adopt(int fd, const std::string& path,
                                                   const std::string& option);

  LocalListener(LocalListener&&) noexcept = default;
  LocalListener& operator=(LocalListener&&) = delete;
  /// Removes socket and lock, if they are still ours.
  ~LocalListener();

  /// Whether the path's lock is still the one that is held. Without it another daemon may serve the path.
  [[nodiscard]] bool has_lock() const noexcept { return lock_->is_current(); }
  /// Whether the socket's file at the path is still the one of this listener.
  [[nodiscard]] bool has_socket() const noexcept {
    struct stat found {};
    return file_ && ::lstat(path().c_str(), &found) == 0 &&
           FileIdentity{found.st_dev, found.st_ino} == *file_;
  }
  /// Takes the lock of the path again, after the old one was removed or replaced. Errors as those of open(). [transport]
  [[nodiscard]] Result<void> take_lock(const std::string& option);
  /// Listens at the path again, with a new socket: fd(). Needs the lock. Errors as those of open(). [transport]
  [[nodiscard]] Result<void> bind_again(const std::string& option, int backlog);

  /// The listening socket, non-blocking.
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// The same, the caller's from now on; the path stays ours.
  [[nodiscard]] int release() noexcept { return socket_.release(); }
  [[nodiscard]] const std::string& path() const noexcept { return lock_->path(); }

  /// Takes the name away: nobody new can connect, who is connected stays. For a listener whose owner cannot
  /// be told to stop accepting. False: it is not ours (any more).
  bool hide() noexcept {
    return is_ours_ && lock_->folder().rename(lock_->name(), lock_->name() + kHidden, *file_);
  }
  bool show() noexcept {
    return is_ours_ && lock_->folder().rename(lock_->name() + kHidden, lock_->name(), *file_);
  }

 private:
  static constexpr const char* kHidden = ".full";

  explicit LocalListener(PathLock lock) noexcept : lock_(std::move(lock)) {}

  [[nodiscard]] static Result<void> check(const std::string& path, const std::string& option);
  [[nodiscard]] Result<void> clear_the_way(const std::string& option) const;
  [[nodiscard]] Result<void> listen(int backlog);

  [[nodiscard]] int call_with_address(int (*call)(int, const sockaddr*, socklen_t), int fd) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path().data(), path().size());
    return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  [[nodiscard]] static FileDescriptor make_socket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }

  std::optional<PathLock> lock_;  // never empty; another one after take_lock()
  FileDescriptor socket_;
  std::optional<FileIdentity> file_;     // the socket's
  std::optional<FileIdentity> foreign_;  // the socket of another program that was found at the path
  bool is_ours_ = false;                 // we made the file
};

inline Result<LocalListener> LocalListener::open(const std::string& path, const std::string& option,
                                                 int backlog) {
  if (auto usable = check(path, option); !usable) return usable.error();
  auto lock = PathLock::take(path, option);
  if (!lock) return lock.error();
  LocalListener listener(std::move(*lock));
  if (auto clear = listener.clear_the_way(option); !clear) return clear.error();
  if (auto bound = listener.listen(backlog); !bound) return bound.error();
  return listener;
}

inline Result<LocalListener> LocalListener::adopt(int fd, const std::string& path,
                                                  const std::string& option) {
  // Who made the socket may have put it over the one of a daemon that was started by hand.
  auto lock = PathLock::take(path, option);
  if (!lock) return lock.error();
  LocalListener listener(std::move(*lock));
  listener.socket_ = FileDescriptor(fd);
  listener.file_ = listener.lock_->folder().identity_of(listener.lock_->name());
  return listener;
}

inline Result<void> LocalListener::check(const std::string& path, const std::string& option) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  const auto refused = [&option](const std::string& what) {
    return Error{ErrorCode::kInvalidField, "socket path " + what + " with " + option};
  };
  if (path.empty() || path.front() != '/' || path.back() == '/')
    return refused("'" + path + "' is not the absolute path of a file; give one");
  if (path.find('\0') != std::string::npos) return refused("holds a NUL byte; give another");
  if (path.size() > kLongest) {
    return refused("'" + path + "' has " + std::to_string(path.size()) + " bytes, the system's limit is " +
                   std::to_string(kLongest) + "; give a shorter one");
  }
  return {};
}

inline Result<void> LocalListener::clear_the_way(const std::string& option) const {
  const int folder = lock_->folder().fd();
  const char* const name = lock_->name().c_str();
  // What a daemon left that was hidden when it died.
  ::unlinkat(folder, (lock_->name() + kHidden).c_str(), 0);
  struct stat found {};
  if (::fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return call_failed("cannot look at " + path());
  }
  if (!S_ISSOCK(found.st_mode)) {
    return Error{ErrorCode::kInvalidField, path() +
                                               " is there and is no socket; move it away, or give another "
                                               "path with " +
                                               option};
  }
  const FileDescriptor probe = make_socket();
  if (!probe) return call_failed("cannot make a socket");
  // Only "nobody listens" proves a dead socket: a full queue (EAGAIN) is a living, busy server.
  if (call_with_address(&::connect, probe.get()) == 0 || errno == EAGAIN || errno == EINPROGRESS)
    return PathLock::served(path(), "a program without our lock", option);
  if (errno != ECONNREFUSED && errno != ENOENT)
    return call_failed("cannot tell whether " + path() + " is served");
  if (::unlinkat(folder, name, 0) != 0 && errno != ENOENT)
    return call_failed("cannot remove the dead socket " + path());
  return {};
}

inline Result<void> LocalListener::listen(int backlog) {
  socket_ = make_socket();
  if (!socket_) return call_failed("cannot make a socket");
  if (::fchmod(socket_.get(), 0600) != 0) return call_failed("cannot set the mode of a socket");
  if (call_with_address(&::bind, socket_.get()) != 0) return call_failed("cannot bind " + path());
  file_ = lock_->folder().identity_of(lock_->name());
  is_ours_ = file_.has_value();
  if (!is_ours_) return call_failed("cannot look at " + path());
  if (::fchmodat(lock_->folder().fd(), lock_->name().c_str(), 0600, 0) != 0)
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

inline Result<void> LocalListener::bind_again(const std::string& option, int backlog) {
  // A service manager starts a daemon for each connection to its socket: it is tried once.
  const auto found = lock_->folder().identity_of(lock_->name());
  if (found && found == foreign_) return PathLock::served(path(), "a program without our lock", option);
  const auto clear = clear_the_way(option);
  foreign_ = !clear && clear.error().code == ErrorCode::kBusy ? found : std::nullopt;
  if (!clear) return clear.error();
  return listen(backlog);
}

inline LocalListener::~LocalListener() {
  if (!is_ours_ || !lock_->is_held()) return;
  lock_->folder().remove(lock_->name(), *file_);
  lock_->folder().remove(lock_->name() + kHidden, *file_);
}

}  // namespace atm
