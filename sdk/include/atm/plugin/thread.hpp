// SPDX-License-Identifier: MIT
// Threads of a plugin.
#pragma once

#include <atm/posix/thread.hpp>

namespace atm {

/// The system has no thread available; a later attempt may succeed. ATM_PLUGIN turns it into E_BUSY when it leaves
/// start().
using posix::ThreadError;

/// `start_thread(name, run)` starts `run` on a thread that receives no signals: they belong to the daemon. `name` has
/// at most 15 bytes. Throws ThreadError. [any]
using posix::start_thread;

}  // namespace atm
