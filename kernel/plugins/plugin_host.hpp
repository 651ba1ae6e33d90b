// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/config/settings.hpp"
#include "kernel/plugins/host_services.hpp"
#include "kernel/plugins/loader.hpp"
#include "kernel/plugins/plugin_entry.hpp"
#include "kernel/plugins/search.hpp"
#include "lib/config/problem.hpp"

namespace atm::kernel {

struct PluginHostOptions {
  std::vector<PluginDirectory> directories;
  std::filesystem::path state_dir;  ///< for the crash markers
  bool is_safe_mode = false;        ///< first-party plugins only
  bool is_check_only = false;       ///< --check-config: starts and writes nothing
  std::string daemon_version;
  std::function<bool()> should_stop{};  ///< checked before each start of a plugin; empty: never stop
  /// Loads the library of a manifest; a test passes tables of its own.
  std::variant<const atm_plugin*, Problem> (*load)(const Manifest&) = &load_library;
};

/// Finds, checks, loads, creates, starts and stops the plugins. A problem of a plugin is reported once, in one
/// sentence, appears in `atm plugins` and affects only that plugin.
class PluginHost final : public Reports {
 public:
  PluginHost(const Kernel& kernel, const Settings& settings, PluginHostOptions options);
  ~PluginHost() override;

  /// Finds and creates all plugins and binds parsers and analyzers. Before the registry runs. [main]
  void load();

  /// Reserves the addresses of the transports. False if clients could not reach the daemon: then restore() and start()
  /// must not run. Before them. [main]
  [[nodiscard]] bool reserve();

  /// Starts the store and restores the registry from it. Before the registry runs. [main]
  void restore();

  /// Starts the sources, then the transports. [main]
  void start();

  /// Stops sources, then transports, each within the rest of `limit`. [main]
  void stop(std::chrono::milliseconds limit);

  /// Stops the store. The registry has stopped. [main]
  void stop_store(std::chrono::milliseconds limit);

  /// Destroys all instances in reverse order. The registry and the timers have stopped. [main]
  void destroy();

  /// Empty if clients can reach the daemon: a transport started, and so did `unix` unless it is disabled or absent.
  /// Otherwise the reason. [main]
  [[nodiscard]] std::string_view why_unreachable() const;
  /// Whether a source or transport did not start because the system refused a thread. [main]
  [[nodiscard]] bool lacks_threads() const noexcept { return lacks_threads_; }
  /// All problems that the user must fix, in order of discovery. [any]
  [[nodiscard]] std::vector<Problem> problems() const;
  /// The ignored keys of all plugins. [main]
  [[nodiscard]] const std::vector<Problem>& warnings() const noexcept { return warnings_; }

  [[nodiscard]] std::string stats_json() const override;
  [[nodiscard]] std::string plugins_json() const override;
  [[nodiscard]] atm_status discover(std::uint64_t& found, std::uint64_t& failed) override;

 private:
  using Call = atm_status (*)(PluginEntry& entry, atm_error* error);

  // plugin_admission.cpp; each `optional` is empty, or the reason why this plugin is not loaded.
  [[nodiscard]] std::unique_ptr<PluginEntry> consider(const Candidate& candidate);
  [[nodiscard]] std::optional<Problem> admit(PluginEntry& entry);
  [[nodiscard]] std::optional<Problem> refuse(PluginEntry& entry);
  [[nodiscard]] std::optional<Problem> check_deaths(PluginEntry& entry);
  [[nodiscard]] std::optional<Problem> create(PluginEntry& entry);
  [[nodiscard]] std::optional<Problem> bind(PluginEntry& entry);

  // plugin_config.cpp
  [[nodiscard]] std::optional<Problem> check_config(const PluginEntry& entry, std::string& config);
  void check_unknown_tables();

  [[nodiscard]] bool should_stop() const { return options_.should_stop && options_.should_stop(); }
  void use_instead(std::unique_ptr<PluginEntry>& duplicate);
  void restore_from(PluginEntry& entry);
  void start_source(PluginEntry& entry);
  void start_transport(PluginEntry& entry);
  bool begin(PluginEntry& entry, const char* what, const CallSite& site, Call call);
  void stop_one(PluginEntry& entry, atm_status (*function)(void*, std::uint32_t), std::uint32_t limit_ms);
  void end(PluginEntry& entry);
  void fail(PluginEntry& entry, Problem problem);
  void note(const Problem& problem);

  const Kernel kernel_;
  const Settings& settings_;
  const PluginHostOptions options_;
  const std::int64_t started_ns_;
  std::vector<std::unique_ptr<PluginEntry>> entries_;
  std::vector<Problem> warnings_;
  bool lacks_threads_ = false;

  mutable std::mutex mutex_;  // guards the list, statuses and problems, which transports read
  std::vector<Problem> problems_;
  std::mutex discover_mutex_;  // held during discover(): one at a time, and none while sources stop
  bool is_stopping_ = false;
};

}  // namespace atm::kernel
