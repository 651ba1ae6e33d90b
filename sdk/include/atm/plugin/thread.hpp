// SPDX-License-Identifier: MIT
// The thread of a plugin that has its own.
#pragma once

#include <pthread.h>

#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace atm {

/// The system has no thread to give: try again later. The text says which thread, and the remedy.
class ThreadError final : public std::system_error {
 public:
  ThreadError(const std::error_code& code, const char* name)
      : std::system_error(code),
        text_("cannot start thread " + std::string(name) + ": " + code.message() +
              "; end other processes or raise the limit (ulimit -u, TasksMax=), then start again") {}
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Starts `run` on a thread that no signal goes to: signals are the daemon's, whose main thread takes them. Faults of
/// the thread itself are delivered to it, so that the daemon can report a crash. `name` has at most 15 bytes; it is what
/// `ps -L` and debuggers show. Throws ThreadError. [any]
template <class Run>
[[nodiscard]] std::thread start_thread(const char* name, Run&& run) {
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
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

}  // namespace atm
