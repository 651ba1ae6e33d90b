// SPDX-License-Identifier: MIT
// A directory that no other user can modify.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace atm {

/// An Error with kIo: `doing`, and the text of errno. Call it before errno can change. [any]
[[nodiscard]] inline Error call_failed(const std::string& doing) {
  return {ErrorCode::kIo, doing + ": " + std::generic_category().message(errno)};
}

/// Device and inode: distinguishes a file from another one that has its name now.
struct FileIdentity {
  /// Both are 0 until they are set.
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// A directory of the effective user that no other user can write, held by a descriptor.
///
/// Sockets and locks in a directory that others can write could be replaced between check and use. All operations
/// therefore go through the descriptor: a later change of the path has no effect. One thread at a time.
class PrivateDirectory final {
 public:
  /// Opens the directory of a socket; missing directories are created with mode 0700. `option` names the configuration
  /// key, for the remedies in messages. kInvalidField: it is a link, has another owner, or others can write it; kIo.
  /// [main]
  [[nodiscard]] static Result<PrivateDirectory> open(const std::string& directory, const std::string& option);

  /// The open directory, owned by this object.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// Identity of the file of this name, without following a link; absent if there is none.
  [[nodiscard]] std::optional<FileIdentity> identity_of(const std::string& name) const noexcept {
    struct stat found {};
    if (::fstatat(fd(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return FileIdentity{found.st_dev, found.st_ino};
  }
  /// Renames, only if `from` is still that file. Returns whether it did.
  bool rename(const std::string& from, const std::string& to, const FileIdentity& file) const noexcept {
    return identity_of(from) == file && ::renameat(fd(), from.c_str(), fd(), to.c_str()) == 0;
  }
  /// Removes, only if `name` is still that file.
  void remove(const std::string& name, const FileIdentity& file) const noexcept {
    if (identity_of(name) == file) ::unlinkat(fd(), name.c_str(), 0);
  }

 private:
  explicit PrivateDirectory(FileDescriptor fd) noexcept : fd_(std::move(fd)) {}
  /// Creates the directory and its missing parents.
  [[nodiscard]] static Result<void> make(const std::string& directory);

  /// Keeps the directory open for all operations.
  FileDescriptor fd_;
};

inline Result<void> PrivateDirectory::make(const std::string& directory) {
  // Like mkdir -p; a directory that exists is not changed.
  for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    if (::mkdir(directory.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST)
      return call_failed("cannot create directory " + directory);
    if (slash == std::string::npos) return {};
  }
}

inline Result<PrivateDirectory> PrivateDirectory::open(const std::string& directory,
                                                       const std::string& option) {
  const auto refused = [](const std::string& what) { return Error{ErrorCode::kInvalidField, what}; };
  const std::string named = "directory " + directory;
  if (directory.empty())
    return refused("the socket would be in /; use a path in a private directory with " + option);
  // Created with mode 0700; the umask can only remove bits.
  if (const auto made = make(directory); !made) return made.error();
  // lstat() first, for a better message: open() with O_NOFOLLOW reports a link as ENOTDIR or ELOOP.
  struct stat found {};
  if (::lstat(directory.c_str(), &found) == 0 && S_ISLNK(found.st_mode))
    return refused(named + " of the socket is a symbolic link; use the real path with " + option);
  FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return call_failed("cannot open " + named);
  if (::fstat(fd.get(), &found) != 0) return call_failed("cannot inspect " + named);
  if (!posix::is_own(found))
    return refused(named + " of the socket " + posix::owner_text(found) + "; use another path with " +
                   option);
  // Others may read the directory: sockets and locks in it have mode 0600.
  if (posix::is_writable_by_others(found)) {
    return refused(named + " of the socket is writable by others; run chmod go-w " + directory +
                   ", or use another path with " + option);
  }
  return PrivateDirectory(std::move(fd));
}

}  // namespace atm
