// SPDX-License-Identifier: MIT
#include "kernel/daemon/autostarted.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/posix/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace atm::kernel {
namespace {

posix::FileDescriptor open_own(const std::filesystem::path& path, int flags) noexcept {
  posix::FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600));
  struct stat about {};
  if (file && (::fstat(file.get(), &about) != 0 || !posix::is_own_file(about))) {
    errno = EPERM;
    return {};
  }
  return file;
}

bool become_stderr(const std::filesystem::path& path) noexcept {
  const posix::FileDescriptor file = open_own(path, O_CREAT);
  return file && ::dup2(file.get(), STDERR_FILENO) == STDERR_FILENO;
}

}  // namespace

Result<StderrFile> StderrFile::open(std::filesystem::path path) {
  ::mkdir(path.parent_path().c_str(), 0700);
  if (!become_stderr(path))
    return Error{ErrorCode::kIo,
                 "cannot log to " + path.string() + ": " + std::generic_category().message(errno)};
  return StderrFile(std::move(path));
}

void StderrFile::rotate_if_full() const {
  struct stat here {};
  struct stat named {};
  if (::fstat(STDERR_FILENO, &here) != 0 || static_cast<std::uint64_t>(here.st_size) < kMaxBytes) return;
  // Another daemon with the same state directory may have rotated it.
  const bool is_named = ::lstat(path_.c_str(), &named) == 0 && named.st_ino == here.st_ino;
  if (is_named && ::rename(path_.c_str(), (path_.string() + ".1").c_str()) != 0) return;
  static_cast<void>(become_stderr(path_));
}

void note_ready(const std::filesystem::path& attempts) noexcept {
  constexpr std::string_view kReady = "ready\n";
  const posix::FileDescriptor file = open_own(attempts, 0);
  // Without this line the next hook waits as after a failed start.
  if (!file || ::write(file.get(), kReady.data(), kReady.size()) < 0) return;
}

}  // namespace atm::kernel
