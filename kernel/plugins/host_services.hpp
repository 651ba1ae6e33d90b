// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "kernel/plugins/metrics.hpp"

namespace atm {
class AgentCatalog;
}

namespace atm::kernel {

class Bus;
class Clock;
class Log;
class RecordRouter;
class RegistryActor;
class Replays;
class Timers;
class Watcher;

/// Information about the whole daemon for atm_host_snapshot. [any]
class Reports {
 public:
  virtual ~Reports() = default;
  [[nodiscard]] virtual std::string stats_json() const = 0;
  [[nodiscard]] virtual std::string plugins_json() const = 0;
  [[nodiscard]] virtual atm_status discover(std::uint64_t& found, std::uint64_t& failed) = 0;
};

/// The parts of the kernel that serve plugins.
struct Kernel {
  const Clock& clock;
  Log& log;
  Timers& timers;
  Bus& bus;
  RegistryActor& registry;
  RecordRouter& router;
  Watcher& watcher;
  AgentCatalog& agents;
  Replays& replays;
};

/// The host of one plugin. Each plugin has its own atm_host, so that log lines have their source, no plugin can cancel
/// another's timer or close its subscription, and nothing outlives the plugin.
class HostServices final {
 public:
  HostServices(const Kernel& kernel, Reports& reports, std::string id);
  ~HostServices() { close(); }
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  [[nodiscard]] const atm_host& host() const noexcept { return host_; }
  [[nodiscard]] const Metrics& metrics() const noexcept { return metrics_; }

  // For the services in host/, which plugins call. [any]
  [[nodiscard]] const Kernel& kernel() const noexcept { return kernel_; }
  [[nodiscard]] Reports& reports() const noexcept { return reports_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] Metrics& metrics() noexcept { return metrics_; }
  /// close() ends the subscription unless disown() was called.
  void own(std::uint64_t subscription);
  /// Returns false if the plugin has no such subscription.
  [[nodiscard]] bool disown(std::uint64_t subscription);
  /// Ends a subscription of the bus, or a replay.
  [[nodiscard]] atm_status end(std::uint64_t subscription);

  /// Removes the watches, timers and subscriptions that the plugin left open. [main]
  void close();

 private:
  Kernel kernel_;
  Reports& reports_;
  const std::string id_;
  atm_host host_;
  Metrics metrics_;
  std::mutex mutex_;  // guards the members below
  std::set<std::uint64_t> subscriptions_;
};

}  // namespace atm::kernel
