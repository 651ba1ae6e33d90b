// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace atm::kernel {

/// A real process that lives until it is killed and stays a zombie until it is reaped.
class Child final {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill();
    reap();
  }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void kill() const { ::kill(pid_, SIGKILL); }
  /// Waits for its end without reaping it.
  void wait() const {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  void reap() {
    if (!is_reaped_) ::waitpid(pid_, nullptr, 0);
    is_reaped_ = true;
  }

 private:
  const pid_t pid_;
  bool is_reaped_ = false;
};

}  // namespace atm::kernel
