// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernel/config/settings.hpp"
#include "kernel/daemon/service_manager.hpp"
#include "kernel/plugins/search.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/system/log.hpp"
#include "lib/agents/agent_catalog.hpp"

namespace atm::kernel {

struct DaemonOptions {
  Settings settings;
  SearchPath search;
  AgentDirectories agents;
  std::filesystem::path state_dir;
  ServiceManager manager;
  std::string version;
  std::filesystem::path
      attempts;  ///< atm-hook, which started this daemon, reads its readiness there; or empty
  bool is_safe_mode = false;
};

/// The result of Daemon::check().
struct ConfigurationCheck {
  std::vector<Problem> problems;
  std::vector<Problem> warnings;  ///< ignored keys of plugins
};

/// The whole kernel: registry, bus, timers and plugins. The only class that knows all of them.
class Daemon final {
 public:
  static constexpr int kOk = 0;
  static constexpr int kCannotStart =
      1;  ///< no client could reach the daemon: no transport started, or not unix
  static constexpr int kInternal = 70;  ///< the registry failed
  static constexpr int kTryAgain = 75;  ///< the system lacks a thread; a later start may succeed

  Daemon(DaemonOptions options, const Clock& clock, Log& log);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Runs until SIGTERM or SIGINT, or until the registry fails; returns the exit code. The process ends at most
  /// limits.stop_seconds after the signal, by force if needed. Once. [main]
  [[nodiscard]] int run();

  /// Loads and creates every plugin, and starts none. Once, instead of run(). [main]
  [[nodiscard]] ConfigurationCheck check();

 private:
  struct Parts;

  [[nodiscard]] int serve();

  DaemonOptions options_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace atm::kernel
