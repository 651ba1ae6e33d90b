// SPDX-License-Identifier: MIT
// ThreadSanitizer of GCC 12 does not intercept pthread_mutex_clocklock and reports the unlock of a mutex locked by it.
// Without the macro, the timed mutexes of the standard library use pthread_mutex_timedlock.
#pragma once

#include <bits/c++config.h>

#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
