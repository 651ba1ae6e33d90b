// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"

namespace atm::bench {

/// Where the programs under test are: those of the build tree this one was built in, or of a prefix.
struct Programs {
  std::string atmd;
  std::string atm_hook;
  std::string plugin_dir;
  std::string flows;    ///< recorded sessions
  std::string scripts;  ///< of the source tree
};

/// A real atmd with directories of its own, listening when the constructor returns; stopped by the
/// destructor.
class Daemon final {
 public:
  /// `limits` are lines of the table [limits]. Throws std::runtime_error with the daemon's log when it does
  /// not start.
  explicit Daemon(const Programs& programs, std::string_view limits = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] const std::string& socket() const noexcept { return socket_; }
  [[nodiscard]] const std::string& home() const noexcept { return dir_.path(); }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// From the spawn to the first connection taken.
  [[nodiscard]] double start_ms() const noexcept { return start_ms_; }
  /// What a client or hook of this daemon runs with.
  [[nodiscard]] const std::vector<std::string>& environment() const noexcept { return environment_; }

 private:
  TempDir dir_;
  std::string socket_;
  std::vector<std::string> environment_;
  pid_t pid_ = 0;
  double start_ms_ = 0;
};

}  // namespace atm::bench
