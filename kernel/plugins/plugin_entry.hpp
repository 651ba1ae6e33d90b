// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/plugins/contract.hpp"
#include "kernel/plugins/crash_marker.hpp"
#include "kernel/plugins/host_services.hpp"
#include "kernel/plugins/manifest.hpp"
#include "kernel/system/breaker.hpp"
#include "kernel/system/call_site.hpp"
#include "lib/config/problem.hpp"

namespace atm::kernel {

enum class PluginStatus : std::uint8_t {
  kLoaded,
  kFailed,       ///< could not be loaded, created or started; `problem` holds the reason
  kQuarantined,  ///< its last start ended the daemon
  kDisabled,     ///< by the configuration or by safe mode
};

/// "loaded", "failed", "quarantined", "disabled".
[[nodiscard]] std::string_view plugin_status_name(PluginStatus status);

/// The functions of one plugin that its host calls.
struct PluginCalls {
  explicit PluginCalls(const std::string& id)
      : create(id, "create", true),
        start_source(id, "start", false),
        reserve(id, "reserve", true),
        start_transport(id, "start", true),
        stop(id, "stop", false),
        destroy(id, "destroy", false),
        discover(id, "discover", false),
        analyze(id, "analyze", true),
        start_store(id, "start", true),
        restore(id, "restore", true),
        append(id, "append", true),
        checkpoint(id, "checkpoint", true) {}

  CallSite create, start_source, reserve, start_transport, stop, destroy, discover, analyze, start_store,
      restore, append, checkpoint;
};

/// One plugin that was found, in any state.
struct PluginEntry {
  explicit PluginEntry(const BreakerOptions& breaker_options)
      : parser_breaker(breaker_options), analyzer_breaker(breaker_options) {}

  std::string id;
  std::filesystem::path file;  ///< the library; before the manifest is read: the manifest or directory
  bool is_first_party = false;
  PluginStatus status = PluginStatus::kFailed;
  std::optional<Problem> problem;

  Manifest manifest;
  std::optional<PluginCalls> calls;   ///< set after the manifest is read
  CrashMarker::Subject start_marker;  ///< identifies the library that was loaded
  CrashMarker::Deaths deaths;         ///< before this start
  const atm_plugin* plugin = nullptr;
  std::unique_ptr<HostServices> services;
  bool is_duplicate = false;      ///< refused, because a plugin of the same id was loaded before it
  bool has_failed_start = false;  ///< failed for a reason that may not apply to another copy
  bool is_created = false;
  void* instance = nullptr;
  Interfaces interfaces;
  // Separate, because quick calls of an analyzer do not compensate slow calls of a parser.
  Breaker parser_breaker;
  Breaker analyzer_breaker;
  std::atomic<bool> has_started_source{false};
  std::atomic<bool> has_started_transport{false};
  bool has_started_store = false;
};

}  // namespace atm::kernel
