// SPDX-License-Identifier: MIT
#include "ingest/spool_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <memory>
#include <vector>

namespace unix_socket {

namespace {

namespace posix = atm::posix;
using atm::Error;
using atm::ErrorCode;
using atm::Result;

constexpr const char* kRefused = "refused";
constexpr std::size_t kMostRefused = 8;
constexpr std::uint64_t kMostRefusedBytes = 1 << 20;
constexpr std::int64_t kRefusedAgeNs = 7LL * 24 * 3600 * 1'000'000'000;

Error refused(const std::string& what) {
  return {ErrorCode::kInvalidField, "cannot read the spool: " + what};
}

/// Absent if it does not exist.
Result<std::optional<atm::FileDescriptor>> open_own_directory(int parent, const std::string& name,
                                                              const std::string& path) {
  using Found = std::optional<atm::FileDescriptor>;
  atm::FileDescriptor fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return Found();
  if (!fd && (errno == ELOOP || errno == ENOTDIR))
    return refused(path + " is not a directory or is a link, expected a directory; remove it");
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0) return atm::call_failed("cannot open the spool " + path);
  if (!posix::is_own(about)) return refused(path + ' ' + posix::owner_text(about) + "; remove it");
  if (posix::is_writable_by_others(about))
    return refused(path + " can be written by others; run chmod 700 " + path);
  return Found(std::move(fd));
}

struct Kept {
  std::string name;
  std::uint64_t bytes;
  std::int64_t time_ns;
};

/// The files of a directory, oldest first.
std::vector<Kept> files_of(int directory) {
  std::vector<Kept> files;
  // A separate open: duplicates of a descriptor share the position in the directory.
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> list(copy < 0 ? nullptr : ::fdopendir(copy), &::closedir);
  if (!list && copy >= 0) ::close(copy);
  while (const dirent* entry = list ? ::readdir(list.get()) : nullptr) {
    struct stat about {};
    if (::fstatat(directory, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(about.st_mode))
      continue;
    files.push_back({entry->d_name, static_cast<std::uint64_t>(about.st_size),
                     std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec});
  }
  std::sort(files.begin(), files.end(), [](const Kept& a, const Kept& b) { return a.time_ns < b.time_ns; });
  return files;
}

/// Makes room for one more file of this size.
void make_room(int directory, std::uint64_t bytes) {
  std::vector<Kept> files = files_of(directory);
  std::uint64_t all = bytes;
  for (const Kept& file : files) all += file.bytes;
  std::size_t left = files.size();
  for (const Kept& file : files) {
    if (left < kMostRefused && all <= kMostRefusedBytes) return;
    ::unlinkat(directory, file.name.c_str(), 0);
    all -= file.bytes;
    --left;
  }
}

}  // namespace

Result<std::optional<SpoolDirectory>> SpoolDirectory::open(const std::string& path) {
  using Found = std::optional<SpoolDirectory>;
  auto opened = open_own_directory(AT_FDCWD, path, path);
  if (!opened) return opened.error();
  if (!*opened) return Found();
  atm::FileDescriptor fd = std::move(**opened);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{ErrorCode::kBusy, "the spool " + path + " is read by another daemon; stop one of the two"};
  return Found(SpoolDirectory(path, std::move(fd)));
}

bool SpoolDirectory::has(const std::string& path, const char* name) noexcept {
  struct stat about {};
  return ::lstat((path + '/' + name).c_str(), &about) == 0 && about.st_size > 0;
}

Result<std::optional<SpoolInput>> SpoolDirectory::input(const char* name) const {
  using Found = std::optional<SpoolInput>;
  const std::string path = path_ + '/' + name;
  struct stat about {};
  // Inspected before it is opened: opening a device or a FIFO can have side effects.
  if (::fstatat(fd_.get(), name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Found();
    return atm::call_failed("cannot inspect " + path);
  }
  if (!S_ISREG(about.st_mode)) return refused(path + " is not a plain file; remove it");
  constexpr int kCarefully = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  atm::FileDescriptor fd(::openat(fd_.get(), name, O_RDWR | kCarefully));
  if (!fd) fd = atm::FileDescriptor(::openat(fd_.get(), name, O_RDONLY | kCarefully));
  if (!fd || ::fstat(fd.get(), &about) != 0) return atm::call_failed("cannot open " + path);
  if (!S_ISREG(about.st_mode)) return refused(path + " is not a plain file; remove it");
  if (!posix::is_own(about)) return refused(path + ' ' + posix::owner_text(about) + "; remove it");
  if (posix::is_writable_by_others(about))
    return refused(path + " can be written by others; inspect and remove it");
  return Found(
      SpoolInput{std::move(fd), {about.st_dev, about.st_ino}, static_cast<std::uint64_t>(about.st_size)});
}

Result<std::optional<SpoolInput>> SpoolDirectory::make(const char* name) const {
  const atm::FileDescriptor made(
      ::openat(fd_.get(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made && errno != EEXIST) return atm::call_failed("cannot create " + path_ + '/' + name);
  return input(name);
}

void SpoolDirectory::make_directory(const std::string& path) noexcept {
  static_cast<void>(::mkdir(path.c_str(), 0700));
}

Result<std::string> SpoolDirectory::set_aside(std::string_view record, std::int64_t now_ns) const {
  const std::string path = path_ + '/' + kRefused;
  if (record.size() >= kMostRefusedBytes)
    return Error{ErrorCode::kInvalidField, "it has " + std::to_string(record.size()) +
                                               " bytes, more than the limit of records set aside"};
  if (::mkdirat(fd_.get(), kRefused, 0700) != 0 && errno != EEXIST)
    return atm::call_failed("cannot create " + path);
  const auto directory = open_own_directory(fd_.get(), kRefused, path);
  if (!directory) return directory.error();
  if (!*directory) return atm::call_failed("cannot open " + path);
  const int at = (*directory)->get();
  make_room(at, record.size() + 1);
  const std::string name = std::to_string(now_ns) + ".json";
  const atm::FileDescriptor file(
      ::openat(at, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const std::string text = std::string(record) + '\n';
  // On disk, one write is complete unless the disk is full.
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    const Error error = atm::call_failed("cannot write " + path + '/' + name);
    if (file) ::unlinkat(at, name.c_str(), 0);
    return error;
  }
  return path + '/' + name;
}

void SpoolDirectory::prune_refused(const std::string& path, std::int64_t now_ns) {
  const auto spool = open_own_directory(AT_FDCWD, path, path);
  if (!spool || !*spool) return;
  const auto directory = open_own_directory((*spool)->get(), kRefused, path + '/' + kRefused);
  if (!directory || !*directory) return;
  for (const Kept& file : files_of((*directory)->get())) {
    if (file.time_ns < now_ns - kRefusedAgeNs) ::unlinkat((*directory)->get(), file.name.c_str(), 0);
  }
}

bool SpoolDirectory::is(const char* name, const atm::FileIdentity& file) const noexcept {
  struct stat about {};
  return ::fstatat(fd_.get(), name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
         atm::FileIdentity{about.st_dev, about.st_ino} == file;
}

Result<bool> SpoolDirectory::rename(const char* from, const char* to, const atm::FileIdentity& file) const {
  if (!is(from, file)) return false;
  if (::renameat(fd_.get(), from, fd_.get(), to) == 0) return true;
  return atm::call_failed("cannot read the spool: cannot rename " + path_ + '/' + from + " to " + to);
}

Result<void> SpoolDirectory::remove(const char* name, const atm::FileIdentity& file) const {
  if (!is(name, file) || ::unlinkat(fd_.get(), name, 0) == 0) return {};
  return atm::call_failed("cannot remove " + path_ + '/' + name + ", which is already ingested; remove it");
}

bool is_left_by_writers(const atm::FileDescriptor& file) noexcept {
  // A hook that locks the file from now on finds that the name refers to another file, and releases it.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  ::flock(file.get(), LOCK_UN);
  return true;
}

}  // namespace unix_socket
