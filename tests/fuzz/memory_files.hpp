// SPDX-License-Identifier: MIT
// A file system in memory behind the system calls of the code under test, for fuzz targets that would otherwise spend
// their time in the kernel. A program that links it calls the kernel for every other path and descriptor.
#pragma once

#include <string>

namespace atm::fuzz {

/// One directory below which all paths lead into memory; with files, links to none, locks and no other directory.
inline constexpr const char* kMemoryDirectory = "/atm-fuzz-memory";

/// Forgets all files; descriptors that are open stay good.
void forget_memory_files();

}  // namespace atm::fuzz
