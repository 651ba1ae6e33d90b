// SPDX-License-Identifier: MIT
// A secret that programs of one user share through a file: 64 hexadecimal digits (256 bits) and a newline.
//
// The HTTP transport and its clients share their token this way. Functions in `secret_file` are internal.
#pragma once

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <atm/posix/xdg.hpp>
#include <atm/transport/private_directory.hpp>
#include <cerrno>
#include <string>
#include <string_view>

namespace atm {

/// The usual path of a secret: ${XDG_CONFIG_HOME:-$HOME/.config}/atm/<name>. Empty if neither variable holds an
/// absolute path. [any, while no thread changes the environment]
[[nodiscard]] inline std::string secret_path(std::string_view name) {
  std::string path = posix::XdgDirectories::of_this_process().config;
  // Without a directory of the user there is no usual path.
  return path.empty() ? path : path.append("/atm/").append(name);
}

/// Reads the secret in the file at this absolute path, without the newline, and creates it if it is missing.
///
/// Missing directories are created with mode 0700. If several programs create the file at once, one succeeds and all
/// return its secret. kInvalidField: file or directory is accessible to other users, belongs to another user, or holds
/// something else; kIo: the system reported an error. [any]
[[nodiscard]] Result<std::string> read_or_make_secret(const std::string& path);

/// Internal; the functions expect a path that read_or_make_secret() has checked.
namespace secret_file {

/// Length of a secret in hexadecimal digits.
inline constexpr std::size_t kDigits = 64;

/// An Error with kInvalidField.
[[nodiscard]] inline Error refused(const std::string& what) {
  return {ErrorCode::kInvalidField, what};
}

/// 64 random hexadecimal digits from getrandom(2).
[[nodiscard]] inline Result<std::string> random_digits() {
  std::array<unsigned char, kDigits / 2> bytes{};
  // Requests of up to 256 bytes are never partial and never interrupted.
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return call_failed("cannot get random bytes");
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 0xfu];
  }
  return digits;
}

/// Opens the directory, created if missing. Links are followed; the target must belong to the user and not be writable
/// by others.
[[nodiscard]] inline Result<FileDescriptor> open_directory(const std::string& directory) {
  for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    if (::mkdir(directory.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS)
      return call_failed("cannot create directory " + directory.substr(0, slash));
    if (slash == std::string::npos) break;
  }
  // All further steps use this descriptor, so that a change of the path has no effect.
  FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat found {};
  if (!fd || ::fstat(fd.get(), &found) != 0) return call_failed("cannot open directory " + directory);
  if (!posix::is_own(found)) {
    return refused("directory " + directory + ' ' + posix::owner_text(found) +
                   "; use another path for the secret");
  }
  if (posix::is_writable_by_others(found))
    return refused("directory " + directory + " is writable by others; run chmod go-w " + directory);
  return fd;
}

/// Reads and checks the file; empty if there is none.
[[nodiscard]] inline Result<std::string> read(int directory, const std::string& name,
                                              const std::string& path) {
  // O_NONBLOCK: a named pipe at this path must not block the caller.
  const FileDescriptor fd(
      ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  // The only case in which a file is created.
  if (!fd && errno == ENOENT) return std::string();
  if (!fd && errno == ELOOP) return refused(path + " is a symbolic link, expected a file; move it away");
  struct stat found {};
  if (!fd || ::fstat(fd.get(), &found) != 0) return call_failed("cannot open " + path);
  // A directory or a device is never replaced.
  if (!S_ISREG(found.st_mode)) return refused(path + " is not a regular file; move it away");
  if (!posix::is_own(found)) return refused(path + ' ' + posix::owner_text(found) + "; move it away");
  // A secret that others could read may be known to them, so it is not used.
  if (posix::is_accessible_by_others(found)) {
    return refused("other users can access " + path +
                   ", expected mode 0600; remove it, and the next start creates a new one");
  }
  std::array<char, kDigits + 2> bytes{};
  const ssize_t size = ::pread(fd.get(), bytes.data(), bytes.size(), 0);
  if (size < 0) return call_failed("cannot read " + path);
  // One byte more than a secret is read, so that a longer file is noticed.
  std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  // An empty file is refused, too.
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdefABCDEF") != text.npos) {
    return refused(path +
                   " does not hold 64 hexadecimal digits and a newline; remove it, and the next start creates"
                   " a new one");
  }
  return std::string(text);
}

/// Creates the file. False: another program was first.
///
/// The text is written under a temporary name and then linked, so that no reader sees an incomplete secret.
[[nodiscard]] inline Result<bool> make(int directory, const std::string& name, const std::string& path) {
  const auto digits = random_digits();
  const auto suffix = random_digits();
  if (!digits) return digits.error();
  if (!suffix) return suffix.error();
  // A hidden name in the same directory, because a link cannot cross file systems.
  const std::string draft = '.' + name + '.' + suffix->substr(0, 16);
  // O_EXCL: the random name is new, so no other program has the file open.
  const FileDescriptor fd(
      ::openat(directory, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return call_failed("cannot create " + path);
  const std::string text = *digits + '\n';
  // fsync() before the link: after a crash the file is complete or missing.
  const bool is_written = ::fchmod(fd.get(), 0600) == 0 &&
                          ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                          ::fsync(fd.get()) == 0;
  const bool is_named = is_written && ::linkat(directory, draft.c_str(), directory, name.c_str(), 0) == 0;
  // unlinkat() must not hide the reason of the failure.
  const int reason = errno;
  ::unlinkat(directory, draft.c_str(), 0);
  errno = reason;
  if (!is_named && (!is_written || errno != EEXIST)) return call_failed("cannot write " + path);
  return is_named;
}

}  // namespace secret_file

inline Result<std::string> read_or_make_secret(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  // A secret in the root directory would not be in a directory of the user.
  if (path.empty() || path.front() != '/' || path.back() == '/' || path.find('\0') != path.npos ||
      slash == 0) {
    return secret_file::refused("'" + path +
                                "' is not the absolute path of a file in a directory of your own;"
                                " use an absolute path");
  }
  const auto directory = secret_file::open_directory(path.substr(0, slash));
  if (!directory) return directory.error();
  const std::string name = path.substr(slash + 1);
  // The program that loses the race reads. If the file is removed in between, it is created again.
  for (int attempt = 0; attempt < 16; ++attempt) {
    auto found = secret_file::read(directory->get(), name, path);
    if (!found || !found->empty()) return found;
    const auto made = secret_file::make(directory->get(), name, path);
    if (!made) return made.error();
  }
  return secret_file::refused(path + " is removed repeatedly; check which other program uses this directory");
}

}  // namespace atm
