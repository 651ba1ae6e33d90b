// SPDX-License-Identifier: MIT
#include "memory_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace {

struct Node {
  ino_t inode = 0;
  bool is_directory = false;
  bool has_name = true;
  mode_t mode = 0600;
  std::string bytes{};
  int shared_locks = 0;
  bool has_exclusive_lock = false;
};

struct OpenFile {
  std::shared_ptr<Node> node;
  int flags = 0;
  int lock = LOCK_UN;
};

/// Above every descriptor of the kernel.
constexpr int kFirst = 1 << 24;

struct Files {
  std::shared_ptr<Node> directory = std::make_shared<Node>(Node{1, true, true, 0700});
  std::map<std::string, std::shared_ptr<Node>, std::less<>> names;
  std::map<int, OpenFile> open;
  ino_t last_inode = 1;
};

Files& files() {
  static Files& all = *new Files;  // descriptors are closed after the destructors of statics have run
  return all;
}

OpenFile* find(int fd) {
  const auto found = fd < kFirst ? files().open.end() : files().open.find(fd);
  return found == files().open.end() ? nullptr : &found->second;
}

int fail(int error) {
  errno = error;
  return -1;
}

/// Returns true if it leads into memory; `name` is empty for the directory itself.
bool is_in_memory(const char* path, std::string_view& name) {
  const std::string_view text(path);
  const std::string_view directory(atm::fuzz::kMemoryDirectory);
  if (!text.starts_with(directory) || (text.size() > directory.size() && text[directory.size()] != '/'))
    return false;
  name = text.substr(std::min(text.size(), directory.size() + 1));
  return true;
}

int open_node(std::shared_ptr<Node> node, int flags) {
  int fd = kFirst;
  while (files().open.count(fd) != 0) ++fd;
  if ((flags & O_TRUNC) != 0) node->bytes.clear();
  files().open[fd] = {std::move(node), flags, LOCK_UN};
  return fd;
}

int open_name(std::string_view name, int flags, mode_t mode) {
  Files& all = files();
  if (name.empty()) return open_node(all.directory, flags);
  const auto found = all.names.find(name);
  if (found != all.names.end()) return (flags & O_EXCL) != 0 ? fail(EEXIST) : open_node(found->second, flags);
  if ((flags & O_CREAT) == 0) return fail(ENOENT);
  auto node = std::make_shared<Node>(Node{++all.last_inode, false, true, mode});
  all.names.emplace(name, node);
  return open_node(std::move(node), flags);
}

int about(const Node& node, struct stat* out) {
  std::memset(out, 0, sizeof *out);
  out->st_dev = 1;
  out->st_ino = node.inode;
  out->st_nlink = node.has_name ? 1 : 0;
  static const uid_t user = ::geteuid();
  out->st_uid = user;
  out->st_mode = node.mode | (node.is_directory ? S_IFDIR : S_IFREG);
  out->st_size = static_cast<off_t>(node.bytes.size());
  return 0;
}

int about_name(std::string_view name, struct stat* out) {
  if (name.empty()) return about(*files().directory, out);
  const auto found = files().names.find(name);
  return found == files().names.end() ? fail(ENOENT) : about(*found->second, out);
}

void unlock(OpenFile& file) {
  if (file.lock == LOCK_SH) --file.node->shared_locks;
  if (file.lock == LOCK_EX) file.node->has_exclusive_lock = false;
  file.lock = LOCK_UN;
}

int lock(OpenFile& file, int operation) {
  unlock(file);
  Node& node = *file.node;
  const int wanted = operation & ~LOCK_NB;
  if (wanted == LOCK_UN) return 0;
  if (node.has_exclusive_lock || (wanted == LOCK_EX && node.shared_locks > 0)) return fail(EWOULDBLOCK);
  file.lock = wanted;
  wanted == LOCK_SH ? void(++node.shared_locks) : void(node.has_exclusive_lock = true);
  return 0;
}

ssize_t put(Node& node, const void* bytes, std::size_t size, std::size_t offset) {
  if (node.bytes.size() < offset + size) node.bytes.resize(offset + size);
  std::memcpy(node.bytes.data() + offset, bytes, size);
  return static_cast<ssize_t>(size);
}

void drop_name(std::map<std::string, std::shared_ptr<Node>, std::less<>>::iterator name) {
  name->second->has_name = false;
  files().names.erase(name);
}

}  // namespace

void atm::fuzz::forget_memory_files() {
  while (!files().names.empty()) drop_name(files().names.begin());
}

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  std::string_view name;
  if (is_in_memory(path, name)) return open_name(name, flags, mode);
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int openat(int directory, const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  std::string_view name;
  if (directory == AT_FDCWD && is_in_memory(path, name)) return open_name(name, flags, mode);
  if (find(directory) != nullptr) return open_name(path, flags, mode);
  return static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
}

int close(int fd) {
  OpenFile* const file = find(fd);
  if (file == nullptr) return static_cast<int>(::syscall(SYS_close, fd));
  unlock(*file);
  files().open.erase(fd);
  return 0;
}

int fstat(int fd, struct stat* out) noexcept {
  const OpenFile* const file = find(fd);
  if (file != nullptr) return about(*file->node, out);
  return static_cast<int>(::syscall(SYS_newfstatat, fd, "", out, AT_EMPTY_PATH));
}

int fstatat(int directory, const char* path, struct stat* out, int flags) noexcept {
  if (find(directory) != nullptr) return about_name(path, out);
  return static_cast<int>(::syscall(SYS_newfstatat, directory, path, out, flags));
}

int lstat(const char* path, struct stat* out) noexcept {
  std::string_view name;
  if (is_in_memory(path, name)) return about_name(name, out);
  return static_cast<int>(::syscall(SYS_newfstatat, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW));
}

int flock(int fd, int operation) noexcept {
  OpenFile* const file = find(fd);
  if (file != nullptr) return lock(*file, operation);
  return static_cast<int>(::syscall(SYS_flock, fd, operation));
}

ssize_t pread(int fd, void* to, std::size_t size, off_t offset) {
  const OpenFile* const file = find(fd);
  if (file == nullptr) return ::syscall(SYS_pread64, fd, to, size, offset);
  const std::string& bytes = file->node->bytes;
  const auto from = std::min(static_cast<std::size_t>(offset), bytes.size());
  const std::size_t count = std::min(size, bytes.size() - from);
  std::memcpy(to, bytes.data() + from, count);
  return static_cast<ssize_t>(count);
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  const OpenFile* const file = find(fd);
  if (file == nullptr) return ::syscall(SYS_pwrite64, fd, bytes, size, offset);
  return put(*file->node, bytes, size, static_cast<std::size_t>(offset));
}

/// For a file that is open for appending.
ssize_t write(int fd, const void* bytes, std::size_t size) {
  const OpenFile* const file = find(fd);
  if (file == nullptr) return ::syscall(SYS_write, fd, bytes, size);
  return put(*file->node, bytes, size, file->node->bytes.size());
}

int ftruncate(int fd, off_t size) noexcept {
  const OpenFile* const file = find(fd);
  if (file == nullptr) return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
  file->node->bytes.resize(static_cast<std::size_t>(size));
  return 0;
}

int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  if (find(from_directory) == nullptr)
    return static_cast<int>(::syscall(SYS_renameat, from_directory, from, to_directory, to));
  auto& names = files().names;
  const auto old = names.find(std::string_view(from));
  if (old == names.end()) return fail(ENOENT);
  const auto node = old->second;
  const auto replaced = names.find(std::string_view(to));
  if (replaced != names.end()) drop_name(replaced);
  names.erase(names.find(std::string_view(from)));
  names.emplace(to, node);
  return 0;
}

int unlinkat(int directory, const char* path, int flags) noexcept {
  if (find(directory) == nullptr) return static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags));
  const auto found = files().names.find(std::string_view(path));
  if (found == files().names.end()) return fail(ENOENT);
  drop_name(found);
  return 0;
}

}  // extern "C"
