// SPDX-License-Identifier: MIT
#include "kernel/system/heap.hpp"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t pages = 0;
  statm >> size >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

TEST_CASE("freed memory before a live block is returned to the system", "[memory]") {
  constexpr std::size_t kBlocks = 32 * 1024;
  constexpr std::size_t kBlockBytes = 1024;
  constexpr std::size_t kStaysEvery = 64;
  std::vector<std::unique_ptr<char[]>> blocks;
  // On a thread, which may have a heap of its own.
  std::thread([&] {
    for (std::size_t i = 0; i < kBlocks; ++i) blocks.push_back(std::make_unique<char[]>(kBlockBytes));
    for (std::size_t i = 0; i < kBlocks; ++i)
      if (i % kStaysEvery != 0) blocks[i].reset();
  }).join();
  const std::int64_t before = resident_bytes();

  CHECK_FALSE(trim_heap(std::size_t{1} << 40));
  CHECK(resident_bytes() > before - (1 << 20));
  CHECK(trim_heap());
  CHECK(resident_bytes() < before - (16 << 20));
}
