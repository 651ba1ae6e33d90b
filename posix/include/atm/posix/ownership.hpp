// SPDX-License-Identifier: MIT
// Owner and mode of a file, as stat(2) reported them.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace atm::posix {

/// Whether the effective user owns it.
[[nodiscard]] inline bool is_own(const struct stat& about) noexcept {
  return about.st_uid == ::geteuid();
}

/// Whether this is the effective user or root.
[[nodiscard]] inline bool is_own_or_root(uid_t uid) noexcept {
  return uid == ::geteuid() || uid == 0;
}
[[nodiscard]] inline bool is_own_or_root(const struct stat& about) noexcept {
  return is_own_or_root(about.st_uid);
}

/// Whether it is a regular file of the effective user.
[[nodiscard]] inline bool is_own_file(const struct stat& about) noexcept {
  return S_ISREG(about.st_mode) && is_own(about);
}

/// Whether the mode lets the group or others write it.
[[nodiscard]] inline bool is_writable_by_others(const struct stat& about) noexcept {
  return (about.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/// Whether the mode gives the group or others any access.
[[nodiscard]] inline bool is_accessible_by_others(const struct stat& about) noexcept {
  return (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

/// `belongs to uid 5, expected your own (1000)`, for messages about what is_own() refuses.
[[nodiscard]] inline std::string owner_text(const struct stat& about) {
  return "belongs to uid " + std::to_string(about.st_uid) + ", expected your own (" +
         std::to_string(::geteuid()) + ")";
}

}  // namespace atm::posix
