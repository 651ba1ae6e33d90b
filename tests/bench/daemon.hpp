// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"

namespace atm::bench {

/// The paths of the programs under test: those of this build tree or of an installation prefix.
struct Programs {
  std::string atmd;
  std::string atm_hook;
  std::string atm;
  std::string plugin_dir;
  std::string flows;    ///< recorded sessions
  std::string scripts;  ///< of the source tree
};

/// A real atmd with private directories. It listens when the constructor returns; the destructor stops it.
class Daemon final {
 public:
  /// `limits` are lines of the table [limits]. Throws std::runtime_error with the daemon's log if it does not start.
  explicit Daemon(const Programs& programs, std::string_view limits = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] const std::string& socket() const noexcept { return socket_; }
  [[nodiscard]] std::string home() const { return dir_.path().string(); }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// From the spawn to the first accepted connection.
  [[nodiscard]] double start_ms() const noexcept { return start_ms_; }
  /// The environment of this daemon's clients and hooks.
  [[nodiscard]] const std::vector<std::string>& environment() const noexcept { return environment_; }

 private:
  TempDir dir_;
  std::string socket_;
  std::vector<std::string> environment_;
  pid_t pid_ = 0;
  double start_ms_ = 0;
};

}  // namespace atm::bench
