// SPDX-License-Identifier: MIT
#include "file_attributes.hpp"

#include <sys/xattr.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace atm::cli::setup {

namespace {

// The kernel's limits of a list of names and of a value.
constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::string_view kAccessList = "system.posix_acl_access";

bool copy(int from, int to, const char* name) {
  std::string value(kMostBytes, '\0');
  const ssize_t size = ::fgetxattr(from, name, value.data(), value.size());
  return size >= 0 && ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(size), 0) == 0;
}

}  // namespace

bool copy_attributes(int from, int to) {
  std::string names(kMostBytes, '\0');
  const ssize_t size = ::flistxattr(from, names.data(), names.size());
  if (size <= 0) return true;
  names.resize(static_cast<std::size_t>(size));
  bool is_as_private = true;
  for (std::size_t at = 0; at < names.size(); at += std::strlen(&names[at]) + 1) {
    if (!copy(from, to, &names[at]) && &names[at] == kAccessList) is_as_private = false;
  }
  return is_as_private;
}

}  // namespace atm::cli::setup
