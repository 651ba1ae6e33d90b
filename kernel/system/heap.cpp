// SPDX-License-Identifier: MIT
#include "kernel/system/heap.hpp"

#include <malloc.h>

namespace atm::kernel {

bool trim_heap([[maybe_unused]] std::size_t worth) {
#ifdef __GLIBC__
  return ::mallinfo2().fordblks >= worth && ::malloc_trim(0) == 1;
#else
  return false;
#endif
}

}  // namespace atm::kernel
