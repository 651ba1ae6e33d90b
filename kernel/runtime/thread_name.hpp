// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>

namespace atm::kernel {

/// What `top -H` and a debugger show; at most 15 bytes.
inline void name_this_thread(const char* name) noexcept {
  pthread_setname_np(pthread_self(), name);
}

}  // namespace atm::kernel
