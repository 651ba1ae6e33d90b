// SPDX-License-Identifier: MIT
// Threads without signals.
#pragma once

#include <pthread.h>

#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace atm::posix {

/// The system has no thread available; a later attempt may succeed. The text names the thread and the remedy.
/// ATM_PLUGIN turns it into E_BUSY when it leaves start().
class ThreadError final : public std::system_error {
 public:
  /// `name` is the name of the thread that could not start.
  ThreadError(const std::error_code& code, const char* name)
      : std::system_error(code),
        text_("cannot start thread " + std::string(name) + ": " + code.message() +
              "; end other processes or raise the limit (ulimit -u, TasksMax=), then start again") {}
  /// `cannot start thread NAME: REASON; REMEDY`.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Starts `run` on a thread that receives no signals.
///
/// Signals belong to the daemon, whose main thread handles them. The signals of a fault (SIGSEGV ...) stay unblocked,
/// so that the daemon can report a crash of this thread. `name` has at most 15 bytes; `ps -L` and debuggers show it.
/// Throws ThreadError. [any]
template <class Run>
[[nodiscard]] std::thread start_thread(const char* name, Run&& run) {
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // The mask is inherited at creation; the caller's own mask is restored afterwards, even on an exception.
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } const restore{before};
  try {
    std::thread thread(std::forward<Run>(run));
    pthread_setname_np(thread.native_handle(), name);
    return thread;
  } catch (const std::system_error& error) {
    throw ThreadError(error.code(), name);
  }
}

}  // namespace atm::posix
