// SPDX-License-Identifier: MIT
#include "kernel/plugins/trust.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace atm::kernel {
namespace {

namespace fs = std::filesystem;

std::string octal(mode_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
  return text.data();
}

std::optional<Problem> distrust_inode(const fs::path& path, mode_t type, const char* type_name) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Problem{path.string(), std::strerror(errno), type_name, "install the plugin again"};
  }
  if ((info.st_mode & S_IFMT) != type) {
    return Problem{path.string(), "not " + std::string(type_name), type_name, "remove it"};
  }
  if (!posix::is_own_or_root(info)) {
    const std::string wanted = ::geteuid() == 0 ? "root" : "root or uid " + std::to_string(::geteuid());
    return Problem{path.string(), "owner is uid " + std::to_string(info.st_uid), wanted,
                   "install the plugin as this user or root"};
  }
  if (posix::is_writable_by_others(info)) {
    return Problem{path.string(), "mode is " + octal(info.st_mode) + ", others can write it",
                   "write permission for its owner only", "chmod go-w " + path.string()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> distrust_directory(const fs::path& directory) {
  return distrust_inode(directory, S_IFDIR, "a directory");
}

std::optional<Problem> distrust_file(const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error) return Problem{file.string(), error.message(), "a regular file", "install the plugin again"};
  if (auto problem = distrust_inode(real, S_IFREG, "a regular file")) return problem;
  return distrust_directory(real.parent_path());
}

}  // namespace atm::kernel
