// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace atm::kernel {

/// Returns freed memory to the system if the allocator keeps at least `worth` bytes; returns whether it did. glibc
/// alone releases only the end of a heap, and a live session may follow the memory of a burst of records. No effect
/// with other C libraries. [any]
bool trim_heap(std::size_t worth = std::size_t{64} << 10);

}  // namespace atm::kernel
