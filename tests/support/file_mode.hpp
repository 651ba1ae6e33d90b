// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "support/catch.hpp"

namespace atm::test {

/// The permission bits of a file. A symbolic link is not followed.
inline mode_t mode_of(const std::filesystem::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

}  // namespace atm::test
