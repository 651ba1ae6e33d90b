// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/config/settings.hpp"
#include "kernel/plugins/host_services.hpp"
#include "kernel/plugins/plugin_entry.hpp"
#include "kernel/plugins/record_router.hpp"

namespace atm::kernel {

using PluginList = std::vector<std::unique_ptr<PluginEntry>>;

/// Input of the statistics.
struct StatsInput {
  const Kernel& kernel;
  const KernelLimits& limits;
  const PluginList& plugins;
  const std::string& daemon_version;
  std::int64_t uptime_ns;
};

/// docs/specs/protocol.md, stats: one JSON object in a fixed order.
[[nodiscard]] std::string write_stats(const StatsInput& input);

/// docs/specs/protocol.md, plugins: one JSON array, in load order.
[[nodiscard]] std::string write_plugins(const PluginList& plugins, const std::vector<ChannelStats>& channels,
                                        const Clock& clock);

}  // namespace atm::kernel
