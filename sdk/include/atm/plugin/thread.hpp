// SPDX-License-Identifier: MIT
// The thread of a plugin that has its own.
#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace atm {

/// Starts `run` on a thread that no signal goes to: signals are the daemon's, whose main thread takes them. `name` has
/// at most 15 bytes; it is what `ps -L` and debuggers show. std::system_error: the system gives no thread. [any]
template <class Run>
[[nodiscard]] std::thread start_thread(const char* name, Run&& run) {
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } const restore{before};
  std::thread thread(std::forward<Run>(run));
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace atm
