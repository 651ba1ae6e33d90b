// SPDX-License-Identifier: MIT
#include "log_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <memory>
#include <utility>

#include "lib/agents/manifest_paths.hpp"

namespace manifest {

using atm::posix::FileDescriptor;

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// A FIFO must not block the daemon.
constexpr int kFile = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr std::size_t kMaxEntries = 4096;

bool is_name(std::string_view part) noexcept {
  return !part.empty() && part != "." && part != ".." && part.find('\0') == std::string_view::npos;
}

std::size_t read_at(int file, char* to, std::size_t size, std::uint64_t offset) noexcept {
  for (;;) {
    const ssize_t got = ::pread(file, to, size, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return 0;
  }
}

void find(int directory, const std::string& prefix, std::string_view glob, std::size_t& left,
          std::vector<FoundFile>& to) {
  const std::size_t slash = glob.find('/');
  const std::string_view pattern = glob.substr(0, slash);
  const int copy = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(copy), &::closedir);
  if (!list) {
    ::close(copy);
    return;
  }
  ::rewinddir(list.get());
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string name = entry->d_name;
    if (left == 0) return;
    --left;
    if (!is_name(name) || !is_match(pattern, name)) continue;
    if (slash != std::string_view::npos) {
      const FileDescriptor inner(::openat(directory, name.c_str(), kDirectory));
      if (inner) find(inner.get(), prefix + name + '/', glob.substr(slash + 1), left, to);
      continue;
    }
    struct stat about {};
    if (::fstatat(directory, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !atm::posix::is_own_file(about))
      continue;
    to.push_back({prefix + name, about.st_mtim.tv_sec * 1'000'000'000LL + about.st_mtim.tv_nsec});
  }
}

}  // namespace

bool is_match(std::string_view pattern, std::string_view name) noexcept {
  // The last star and where its text began: a later mismatch lengthens that text by one.
  std::size_t at = 0;
  std::size_t of = 0;
  std::size_t star = std::string_view::npos;
  std::size_t begin = 0;
  while (of < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      begin = of;
    } else if (at < pattern.size() && pattern[at] == name[of]) {
      ++at;
      ++of;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      of = ++begin;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

FileDescriptor open_below(int directory, std::string_view relative) {
  if (atm::is_secret_file(relative)) return {};
  FileDescriptor inner;
  int at = directory;
  for (;;) {
    const std::size_t slash = relative.find('/');
    const std::string part(relative.substr(0, slash));
    if (!is_name(part)) return {};
    const bool is_last = slash == std::string_view::npos;
    FileDescriptor next(::openat(at, part.c_str(), is_last ? kFile : kDirectory));
    if (!next) return {};
    if (is_last) {
      struct stat about {};
      return ::fstat(next.get(), &about) == 0 && atm::posix::is_own_file(about) ? std::move(next)
                                                                                : FileDescriptor();
    }
    inner = std::move(next);
    at = inner.get();
    relative.remove_prefix(slash + 1);
  }
}

std::vector<FoundFile> find_below(int directory, std::string_view glob) {
  std::vector<FoundFile> found;
  std::size_t left = kMaxEntries;
  find(directory, "", glob, left, found);
  std::sort(found.begin(), found.end(), [](const FoundFile& a, const FoundFile& b) {
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.relative < b.relative;
  });
  return found;
}

LogFile::LogFile(FileDescriptor file) : file_(std::move(file)) {
  struct stat about {};
  if (::fstat(file_.get(), &about) != 0) return;
  device_ = about.st_dev;
  inode_ = about.st_ino;
}

std::string LogFile::first_line() const {
  std::string line;
  while (line.size() < kMaxLineBytes) {
    char part[16384];
    const std::size_t got = read_at(file_.get(), part, sizeof part, line.size());
    const std::string_view text(part, got);
    const std::size_t end = text.find('\n');
    line += text.substr(0, end);
    if (end != std::string_view::npos) return line;
    if (got == 0) break;
  }
  return {};
}

void LogFile::place() {
  struct stat about {};
  is_placed_ = true;
  if (::fstat(file_.get(), &about) != 0) return;
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size <= kTailBytes) return;
  offset_ = size - kTailBytes;
  char before = '\0';
  is_in_long_line_ = read_at(file_.get(), &before, 1, offset_ - 1) != 1 || before != '\n';
}

bool LogFile::read(const std::function<bool(std::string_view)>& take) {
  struct stat about {};
  if (::fstat(file_.get(), &about) != 0) return false;
  if (!is_placed_) place();
  if (static_cast<std::uint64_t>(about.st_size) < offset_) {  // truncated or rewritten
    offset_ = 0;
    is_in_long_line_ = false;
  }
  std::string buffer(kMaxReadBytes, '\0');
  buffer.resize(read_at(file_.get(), buffer.data(), buffer.size(), offset_));
  std::string_view rest = buffer;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    const bool is_whole = !is_in_long_line_;
    if (is_whole && !line.empty() && !take(line)) return true;
    is_in_long_line_ = false;
    rest.remove_prefix(end + 1);
    offset_ += end + 1;
  }
  if (rest.size() >= kMaxLineBytes) {  // longer than a line may be: skip it
    is_in_long_line_ = true;
    offset_ += rest.size();
  }
  return about.st_nlink > 0;
}

}  // namespace manifest
