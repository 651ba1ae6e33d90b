// SPDX-License-Identifier: MIT
#include "kernel/system/heap.hpp"

#include <malloc.h>

namespace atm::kernel {

void use_one_heap() {
#ifdef __GLIBC__
  static_cast<void>(::mallopt(M_ARENA_MAX, 1));
#endif
}

bool trim_heap([[maybe_unused]] std::size_t worth) {
#ifdef __GLIBC__
  return ::mallinfo2().fordblks >= worth && ::malloc_trim(0) == 1;
#else
  return false;
#endif
}

}  // namespace atm::kernel
