// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/config/defaults.hpp"
#include "lib/config/problem.hpp"
#include "lib/config/toml.hpp"

namespace atm::kernel {

struct RemovedKey;

/// The limits of the kernel's queues and tables; stats reports all of them.
struct KernelLimits {
  std::uint32_t sessions = 100;
  std::uint32_t mailbox = kMailbox;  ///< messages in each lane of the registry's mailbox
  std::uint32_t subscribers = 64;
  std::uint32_t subscriber_queue = 1'024;  ///< activity events kept for each subscriber
  std::uint32_t observations_per_record = kObservationsPerRecord;
  std::uint32_t stale_seconds = 90;
  std::uint32_t cleanup_seconds = 30;
  std::uint32_t max_age_seconds = kMaxAgeSeconds;
  std::uint32_t slow_call_ms = kSlowCallMs;
  std::uint32_t failures_before_pause = kSlowCallsBeforePause;
  std::uint32_t hung_call_seconds = 60;  ///< a longer call of a plugin ends a daemon without a watchdog
  std::uint32_t stop_seconds = 5;        ///< maximum time from SIGTERM to the exit
};

/// Every limit with its name in the configuration and in stats.
struct LimitKey {
  const char* name;
  std::uint32_t KernelLimits::*member;
};
[[nodiscard]] std::span<const LimitKey> limit_keys();

struct PluginSettings {
  std::optional<bool> is_enabled;  ///< none: the manifest decides
  std::string config = "{}";       ///< the plugin's own keys as a JSON object
};

/// The configuration of atmd with all defaults.
struct Settings {
  std::string log_level = "info";
  KernelLimits limits;
  std::map<std::string, PluginSettings> plugins;

  TomlFile file;  ///< source of the values, for the positions of problems in plugins' tables

  /// The configuration of one plugin; defaults if the file does not contain it.
  [[nodiscard]] PluginSettings plugin(const std::string& id) const;
  /// Overrides a key of a plugin's table with text, for command line options.
  void override_plugin(const std::string& id, std::string_view key, std::string_view text);
};

struct LoadedSettings {
  Settings settings;
  std::vector<Problem> problems;  ///< all problems; with any, only --check-config may use the settings
  std::vector<Problem> warnings;  ///< ignored keys; the daemon starts
};

/// The warning about a removed key of the table at `prefix`.
[[nodiscard]] Problem warning_at(const TomlFile& file, std::vector<std::string> prefix,
                                 const RemovedKey& removed);

/// Reads a configuration from TOML text; `path` is for messages.
[[nodiscard]] LoadedSettings read_settings(std::string_view text, const std::string& path);

/// Reads a file. A missing file is a problem only if the user named it.
[[nodiscard]] LoadedSettings load_settings(const std::string& path, bool is_explicit);

}  // namespace atm::kernel
