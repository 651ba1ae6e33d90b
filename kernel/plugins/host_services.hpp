// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "kernel/plugins/metrics.hpp"

namespace atm::kernel {

class Bus;
class Clock;
class Log;
class RecordRouter;
class Registry;
class Timers;
class Watcher;

/// What is known of the daemon as a whole, for atm_host_snapshot. [any]
class Reports {
 public:
  virtual ~Reports() = default;
  [[nodiscard]] virtual std::string stats_json() const = 0;
  [[nodiscard]] virtual std::string plugins_json() const = 0;
  [[nodiscard]] virtual atm_status discover(std::uint64_t& found, std::uint64_t& failed) = 0;
};

/// The parts of the kernel that plugins are served from.
struct Kernel {
  const Clock& clock;
  Log& log;
  Timers& timers;
  Bus& bus;
  Registry& registry;
  RecordRouter& router;
  Watcher& watcher;
};

/// The host as one plugin sees it: an atm_host of its own, so that the log knows who speaks, one plugin
/// cannot cancel another's timer or close its subscription, and nothing outlives it.
class HostServices final {
 public:
  HostServices(const Kernel& kernel, Reports& reports, std::string id);
  ~HostServices() { close(); }
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  [[nodiscard]] const atm_host& host() const noexcept { return host_; }
  [[nodiscard]] const Metrics& metrics() const noexcept { return metrics_; }

  /// Ends the watches, cancels the timers and closes the subscriptions that the plugin left open. [main]
  void close();

 private:
  friend struct HostCalls;

  Kernel kernel_;
  Reports& reports_;
  const std::string id_;
  atm_host host_;
  Metrics metrics_;
  std::mutex mutex_;  // guards what follows
  std::set<std::uint64_t> subscriptions_;
};

}  // namespace atm::kernel
