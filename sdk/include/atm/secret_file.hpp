// SPDX-License-Identifier: MIT
// A secret that programs of one user share through a file: 64 hexadecimal digits (256 bits) and a newline.
#pragma once

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/plugin/private_folder.hpp>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace atm {

/// ${XDG_CONFIG_HOME:-$HOME/.config}/atm/<name>; empty when there is no home. [any, while nobody sets variables]
[[nodiscard]] inline std::string secret_path(std::string_view name) {
  // The XDG specification: a relative path in these variables is invalid and ignored.
  const auto folder = [](const char* variable, const char* below) {
    const char* const value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? std::string(value) + below : std::string();
  };
  std::string path = folder("XDG_CONFIG_HOME", "/atm/");
  if (path.empty()) path = folder("HOME", "/.config/atm/");
  return path.empty() ? path : path.append(name);
}

/// The secret in the file of this absolute path, without the newline. Where there is none it is made, with the
/// folders above it (0700); of several makers one wins and all get its secret. kInvalidField: file or folder is
/// not ours alone, or holds something else; kIo. [any]
[[nodiscard]] Result<std::string> read_or_make_secret(const std::string& path);

namespace secret_file {

inline constexpr std::size_t kDigits = 64;

[[nodiscard]] inline Error refused(const std::string& what) {
  return {ErrorCode::kInvalidField, what};
}

[[nodiscard]] inline Result<std::string> random_digits() {
  std::array<unsigned char, kDigits / 2> bytes{};
  // Up to 256 bytes come whole, and no signal interrupts that.
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return call_failed("cannot get random bytes");
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 0xfu];
  }
  return digits;
}

/// Made where it is missing; links are followed, what they lead to has to be ours.
[[nodiscard]] inline Result<FileDescriptor> open_folder(const std::string& folder) {
  for (std::size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    if (::mkdir(folder.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS)
      return call_failed("cannot make folder " + folder.substr(0, slash));
    if (slash == std::string::npos) break;
  }
  FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat found {};
  if (!fd || ::fstat(fd.get(), &found) != 0) return call_failed("cannot open folder " + folder);
  if (found.st_uid != ::geteuid()) {
    return refused("folder " + folder + " belongs to uid " + std::to_string(found.st_uid) +
                   ", wanted your own (" + std::to_string(::geteuid()) + "); give a secret another path");
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refused("folder " + folder + " can be written by others; run chmod go-w " + folder);
  return fd;
}

/// Empty: there is no such file.
[[nodiscard]] inline Result<std::string> read(int folder, const std::string& name, const std::string& path) {
  // Non-blocking: a named pipe in its place must not hold us.
  const FileDescriptor fd(
      ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::string();
  if (!fd && errno == ELOOP) return refused(path + " is a symbolic link, wanted a file; move it away");
  struct stat found {};
  if (!fd || ::fstat(fd.get(), &found) != 0) return call_failed("cannot open " + path);
  if (!S_ISREG(found.st_mode)) return refused(path + " is no regular file; move it away");
  if (found.st_uid != ::geteuid()) {
    return refused(path + " belongs to uid " + std::to_string(found.st_uid) + ", wanted your own (" +
                   std::to_string(::geteuid()) + "); move it away");
  }
  if ((found.st_mode & 077u) != 0) {
    return refused("others may use " + path +
                   ", wanted mode 0600; it may have been read: remove it, and a new one will be made");
  }
  std::array<char, kDigits + 2> bytes{};
  const ssize_t size = ::pread(fd.get(), bytes.data(), bytes.size(), 0);
  if (size < 0) return call_failed("cannot read " + path);
  std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdefABCDEF") != text.npos) {
    return refused(path +
                   " does not hold 64 hexadecimal digits and a newline; remove it, and a new one will be"
                   " made");
  }
  return std::string(text);
}

/// Complete from its first moment under this name: it is written under another one. False: somebody was first.
[[nodiscard]] inline Result<bool> make(int folder, const std::string& name, const std::string& path) {
  const auto digits = random_digits();
  const auto suffix = random_digits();
  if (!digits) return digits.error();
  if (!suffix) return suffix.error();
  const std::string draft = '.' + name + '.' + suffix->substr(0, 16);
  const FileDescriptor fd(
      ::openat(folder, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return call_failed("cannot make " + path);
  const std::string text = *digits + '\n';
  const bool is_written = ::fchmod(fd.get(), 0600) == 0 &&
                          ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                          ::fsync(fd.get()) == 0;
  const bool is_named = is_written && ::linkat(folder, draft.c_str(), folder, name.c_str(), 0) == 0;
  const int reason = errno;
  ::unlinkat(folder, draft.c_str(), 0);
  errno = reason;
  if (!is_named && (!is_written || errno != EEXIST)) return call_failed("cannot write " + path);
  return is_named;
}

}  // namespace secret_file

inline Result<std::string> read_or_make_secret(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (path.empty() || path.front() != '/' || path.back() == '/' || path.find('\0') != path.npos ||
      slash == 0) {
    return secret_file::refused("'" + path +
                                "' is not the absolute path of a file in a folder of your own;"
                                " give one");
  }
  const auto folder = secret_file::open_folder(path.substr(0, slash));
  if (!folder) return folder.error();
  const std::string name = path.substr(slash + 1);
  // Who is second reads; removed in between by a person, it is made again.
  for (int attempt = 0; attempt < 16; ++attempt) {
    auto found = secret_file::read(folder->get(), name, path);
    if (!found || !found->empty()) return found;
    const auto made = secret_file::make(folder->get(), name, path);
    if (!made) return made.error();
  }
  return secret_file::refused(path + " is removed again and again; look what else uses this folder");
}

}  // namespace atm
