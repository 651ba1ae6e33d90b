// SPDX-License-Identifier: MIT
// An in-memory file system behind the system calls of the code under test, for fuzz targets that would otherwise spend
// their time in the kernel. For other paths and descriptors it calls the kernel.
#pragma once

#include <string>

namespace atm::fuzz {

/// One directory below which all paths lead into memory; supports files, dangling links and locks, no other directory.
inline constexpr const char* kMemoryDirectory = "/atm-fuzz-memory";

/// Removes all files; open descriptors stay valid.
void forget_memory_files();

}  // namespace atm::fuzz
