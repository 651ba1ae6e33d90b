// SPDX-License-Identifier: MIT
// The part of PluginHost that turns a candidate into a loaded plugin or into a problem.
#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/store.h>

#include <atm/plugin/values.hpp>

#include "kernel/plugins/call_guard.hpp"
#include "kernel/plugins/plugin_host.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "kernel/system/log.hpp"
#include "kernel/watch/watcher.hpp"

namespace atm::kernel {
namespace {

BreakerOptions breaker_options(const KernelLimits& limits) {
  BreakerOptions options;
  options.slow_calls = limits.failures_before_pause;
  options.slow_ns = std::int64_t{limits.slow_call_ms} * 1'000'000;
  return options;
}

}  // namespace

std::unique_ptr<PluginEntry> PluginHost::consider(const Candidate& candidate) {
  auto entry = std::make_unique<PluginEntry>(breaker_options(settings_.limits));
  entry->id = candidate.file.stem().string();
  entry->file = candidate.file;
  entry->is_first_party = candidate.is_first_party;
  if (auto problem = candidate.problem ? candidate.problem : admit(*entry)) {
    end(*entry);
    fail(*entry, std::move(*problem));
  }
  return entry;
}

std::optional<Problem> PluginHost::admit(PluginEntry& entry) {
  auto manifest = read_manifest(entry.file);
  if (auto* problem = std::get_if<Problem>(&manifest)) return *problem;
  entry.manifest = std::get<Manifest>(std::move(manifest));
  entry.id = entry.manifest.id;
  entry.file = entry.manifest.library;
  entry.calls.emplace(entry.id);

  const std::optional<bool> configured = settings_.plugin(entry.id).is_enabled;
  const bool is_enabled = configured.value_or(entry.manifest.is_enabled);
  if (!is_enabled || (options_.is_safe_mode && !entry.is_first_party)) {
    entry.status = PluginStatus::kDisabled;
    kernel_.log.write(LogLevel::kInfo, entry.id,
                      is_enabled   ? "disabled by safe mode"
                      : configured ? "disabled by the configuration"
                                   : "disabled by default; set enabled = true in its table",
                      {{"file", entry.file.string()}});
    return std::nullopt;
  }
  std::optional<Problem> problem = refuse(entry);
  if (!problem) problem = create(entry);
  if (!problem) problem = bind(entry);
  if (problem) return problem;
  entry.status = PluginStatus::kLoaded;
  kernel_.log.write(LogLevel::kInfo, entry.id, "loaded",
                    {{"version", entry.manifest.version}, {"file", entry.file.string()}});
  return std::nullopt;
}

std::optional<Problem> PluginHost::refuse(PluginEntry& entry) {
  for (const auto& other : entries_) {
    // A copy that is not loaded does not replace one that may work.
    if (other->manifest.id != entry.id || other->status != PluginStatus::kLoaded) continue;
    entry.is_duplicate = true;
    return Problem{entry.manifest.file.string(),
                   "id is " + entry.id + " as in " + other->manifest.file.string(), "one plugin of each id",
                   "remove one of the two"};
  }
  if (auto problem = check_manifest(entry.manifest, host_traits())) return problem;
  entry.start_marker = CrashMarker::subject(options_.state_dir, entry.id, entry.file);
  if (!options_.is_check_only) {
    if (auto problem = check_deaths(entry)) return problem;
  }
  auto library = options_.load(entry.manifest);
  if (auto* problem = std::get_if<Problem>(&library)) return *problem;
  entry.plugin = std::get<const atm_plugin*>(library);
  return std::nullopt;
}

std::optional<Problem> PluginHost::check_deaths(PluginEntry& entry) {
  constexpr std::uint32_t kMostKills = 2;
  constexpr std::uint32_t kManyDeaths = 3;
  entry.deaths = CrashMarker::deaths(kernel_.watcher.processes(), entry.start_marker);
  const auto [in_a_row, was_crash] = entry.deaths;
  const std::string found = in_a_row == 1 ? "the daemon crashed or was killed while this plugin started"
                                          : "the daemon crashed or was killed in the last " +
                                                std::to_string(in_a_row) + " starts of this plugin";
  if (entry.is_first_party) {
    if (in_a_row < kManyDeaths) return std::nullopt;
    kernel_.log.write(
        LogLevel::kError, entry.id,
        found +
            ", expected a start to its end; start with --safe-mode, which loads only the plugins that were "
            "installed with atmd, or disable this one: [plugins." +
            entry.id + "] enabled = false",
        {{"file", entry.file.string()}});
    return std::nullopt;
  }
  if (!was_crash && in_a_row < kMostKills) return std::nullopt;
  entry.status = PluginStatus::kQuarantined;
  return Problem{entry.file.string(), found, "a start to its end",
                 "install a fixed build or delete " + entry.start_marker.file.string()};
}

std::optional<Problem> PluginHost::create(PluginEntry& entry) {
  std::string config = settings_.plugin(entry.id).config;
  if (auto problem = check_config(entry, config)) return problem;
  entry.services = std::make_unique<HostServices>(kernel_, *this, entry.id);
  std::optional<CrashMarker> marker;
  if (!options_.is_check_only)
    marker.emplace(kernel_.watcher.processes(), entry.start_marker, entry.deaths.in_a_row);
  ErrorBuffer error;
  const atm_status status = guarded_call(entry.calls->create, error, [&] {
    return entry.plugin->create(&entry.services->host(), str_of(config), &entry.instance, error.c());
  });
  if (status != ATM_OK) return call_problem(entry.file.string(), "create", status, error);
  entry.is_created = true;
  auto interfaces = query_interfaces(*entry.plugin, entry.instance, entry.manifest);
  if (auto* problem = std::get_if<Problem>(&interfaces)) return *problem;
  entry.interfaces = std::get<Interfaces>(interfaces);
  return std::nullopt;
}

std::optional<Problem> PluginHost::bind(PluginEntry& entry) {
  const auto taken = [&](const std::string& what, const std::string& by) {
    return Problem{entry.file.string(), what + " is already claimed by plugin " + by, "one plugin for each",
                   "disable one of the two: [plugins." + entry.id + "] enabled = false"};
  };
  if (entry.interfaces.analyzer) {
    for (const auto& other : entries_) {
      if (other.get() == &entry || other->status != PluginStatus::kLoaded || !other->interfaces.analyzer)
        continue;
      const std::string_view prefix = text_of(entry.interfaces.analyzer->prefix);
      if (text_of(other->interfaces.analyzer->prefix) == prefix)
        return taken("prefix " + std::string(prefix), other->id);
    }
  }
  if (entry.interfaces.store) {
    for (const auto& other : entries_) {
      if (other.get() != &entry && other->status == PluginStatus::kLoaded && other->interfaces.store)
        return taken(ATM_IFACE_STORE, other->id);
    }
  }
  if (entry.interfaces.parser) {
    const std::string channel =
        kernel_.router.bind({&*entry.interfaces.parser, entry.instance, entry.id, &entry.parser_breaker});
    if (!channel.empty()) return taken("channel " + channel, kernel_.router.owner(channel));
  }
  if (entry.interfaces.analyzer) {
    const auto log_failure = [&log = kernel_.log, id = entry.id](std::uint64_t number,
                                                                 std::string_view text) {
      log.write(LogLevel::kWarn, id, "the analyzer failed; its facts stay as they were",
                {{"count", number}, {"error", text}});
    };
    kernel_.registry.add_analyzer({&*entry.interfaces.analyzer, entry.instance, entry.id,
                                   &entry.analyzer_breaker, &entry.calls->analyze, log_failure});
  }
  return std::nullopt;
}

}  // namespace atm::kernel
