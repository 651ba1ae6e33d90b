// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace atm::kernel {

/// Gives freed memory back to the system, if the allocator keeps at least `worth` bytes of it, and says whether it did.
/// By itself glibc gives back only what lies at the end of a heap, and a session that stays may lie behind what a burst
/// of records left. Other C libraries are left to themselves. [any]
bool trim_heap(std::size_t worth = std::size_t{4} << 20);

}  // namespace atm::kernel
