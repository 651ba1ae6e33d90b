// SPDX-License-Identifier: MIT
#include "kernel/plugins/plugin_host.hpp"

#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/store.h>

#include <algorithm>
#include <atm/plugin/values.hpp>

#include "kernel/plugins/call_guard.hpp"
#include "kernel/plugins/crash_marker.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/plugins/replays.hpp"
#include "kernel/plugins/reports_json.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "kernel/system/callback_scope.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/system/log.hpp"
#include "kernel/watch/watcher.hpp"

namespace atm::kernel {
namespace {

// The only transport that hooks, `atm` and scripts use.
constexpr std::string_view kSocketPlugin = "unix";

}  // namespace

std::string_view plugin_status_name(PluginStatus status) {
  switch (status) {
    case PluginStatus::kLoaded:
      return "loaded";
    case PluginStatus::kFailed:
      return "failed";
    case PluginStatus::kQuarantined:
      return "quarantined";
    case PluginStatus::kDisabled:
      break;
  }
  return "disabled";
}

PluginHost::PluginHost(const Kernel& kernel, const Settings& settings, PluginHostOptions options)
    : kernel_(kernel),
      settings_(settings),
      options_(std::move(options)),
      started_ns_(kernel.clock.monotonic_ns()) {}

PluginHost::~PluginHost() {
  destroy();
}

void PluginHost::load() {
  for (const Candidate& candidate : find_candidates(options_.directories)) {
    if (should_stop()) return;
    auto entry = consider(candidate);
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(entry));
  }
  check_unknown_tables();
}

/// Starts the copy in another directory after the copy that hid it failed to start. A parser or analyzer cannot be
/// replaced while the registry runs.
void PluginHost::use_instead(std::unique_ptr<PluginEntry>& duplicate) {
  if (!duplicate->is_duplicate || should_stop()) return;
  const auto is_bound = [](const std::string& id) {
    return id == ATM_IFACE_PARSER || id == ATM_IFACE_ANALYZER || id == ATM_IFACE_STORE;
  };
  const auto& provides = duplicate->manifest.provides;
  if (std::any_of(provides.begin(), provides.end(), is_bound)) return;
  bool has_failed = false;
  for (const auto& other : entries_) {
    if (other->id != duplicate->id) continue;
    if (other->status == PluginStatus::kLoaded) return;
    has_failed = has_failed || other->has_failed_start;
  }
  if (!has_failed) return;
  auto entry = consider({duplicate->manifest.file, duplicate->is_first_party, std::nullopt});
  const std::scoped_lock lock(mutex_, discover_mutex_);
  duplicate = std::move(entry);
}

bool PluginHost::reserve() {
  bool can_serve = true;
  for (const auto& entry : entries_) {
    if (entry->status != PluginStatus::kLoaded || !entry->interfaces.transport || should_stop()) continue;
    if (entry->interfaces.transport->reserve == nullptr) continue;
    const bool is_reserved = begin(
        *entry, "address reserved", entry->calls->reserve,
        [](PluginEntry& e, atm_error* error) { return e.interfaces.transport->reserve(e.instance, error); });
    // Another copy may be started instead of a broken one.
    can_serve = can_serve && (is_reserved || entry->id != kSocketPlugin || entry->has_failed_start);
  }
  return can_serve;
}

void PluginHost::restore() {
  for (const auto& entry : entries_) {
    if (entry->status != PluginStatus::kLoaded || !entry->interfaces.store || should_stop()) continue;
    entry->has_started_store =
        entry->interfaces.store->start == nullptr ||
        begin(*entry, "store started", entry->calls->start_store,
              [](PluginEntry& e, atm_error* error) { return e.interfaces.store->start(e.instance, error); });
    if (!entry->has_started_store) continue;
    restore_from(*entry);
    kernel_.registry.connect(
        {&*entry->interfaces.store, entry->instance, &entry->calls->append, &entry->calls->checkpoint});
    kernel_.replays.connect(&*entry->interfaces.store, entry->instance);
  }
}

void PluginHost::restore_from(PluginEntry& entry) {
  if (entry.interfaces.store->restore == nullptr) return;
  struct Sink {
    RegistryActor& registry;
    std::uint64_t inputs = 0;
    std::uint64_t refused = 0;
  } to{kernel_.registry};
  const atm_restore_sink sink{sizeof sink, 0, &to,
                              [](void* self, const std::uint8_t* data, std::uint64_t size) -> atm_status {
                                const std::string_view bytes(reinterpret_cast<const char*>(data), size);
                                return static_cast<Sink*>(self)->registry.restore(bytes) ? ATM_OK
                                                                                         : ATM_E_INVALID;
                              },
                              [](void* self, const atm_stored* input) -> atm_status {
                                auto& counted = *static_cast<Sink*>(self);
                                ++counted.inputs;
                                const atm_status status = counted.registry.replay(*input);
                                if (status != ATM_OK) ++counted.refused;
                                return status;
                              }};
  atm_restored result{sizeof result, 0, 0};
  ErrorBuffer error;
  const std::int64_t begin_ns = kernel_.clock.monotonic_ns();
  const atm_status status = guarded_call(entry.calls->restore, error, [&] {
    return entry.interfaces.store->restore(entry.instance, &sink, &result, error.c());
  });
  if (status != ATM_OK && status != ATM_SKIP) {
    kernel_.log.write(LogLevel::kError, entry.id,
                      call_problem(entry.file.string(), "restore", status, error).message(), {});
  }
  kernel_.registry.finish_restore(status == ATM_OK ? result.next_seq : 0,
                                  status == ATM_OK && result.is_unclean != 0);
  if (status != ATM_OK) return;
  const RegistryStats stats = kernel_.registry.stats();
  kernel_.log.write(LogLevel::kInfo, entry.id, "restored",
                    {{"sessions", static_cast<std::int64_t>(stats.sessions)},
                     {"seq", static_cast<std::int64_t>(stats.events)},
                     {"inputs", static_cast<std::int64_t>(to.inputs)},
                     {"refused", static_cast<std::int64_t>(to.refused)},
                     {"unclean", static_cast<std::int64_t>(result.is_unclean)},
                     {"ms", (kernel_.clock.monotonic_ns() - begin_ns) / 1'000'000}});
}

void PluginHost::stop_store(std::chrono::milliseconds limit) {
  for (const auto& entry : entries_) {
    if (!std::exchange(entry->has_started_store, false)) continue;
    stop_one(*entry, entry->interfaces.store->stop,
             static_cast<std::uint32_t>(std::max<std::int64_t>(limit.count(), 1)));
  }
}

void PluginHost::start_source(PluginEntry& entry) {
  if (entry.status != PluginStatus::kLoaded || !entry.interfaces.source || should_stop()) return;
  if (entry.has_started_source) return;
  entry.has_started_source =
      begin(entry, "source started", entry.calls->start_source,
            [](PluginEntry& e, atm_error* error) { return e.interfaces.source->start(e.instance, error); });
}

void PluginHost::start_transport(PluginEntry& entry) {
  if (entry.status != PluginStatus::kLoaded || !entry.interfaces.transport || should_stop()) return;
  entry.has_started_transport = begin(
      entry, "transport started", entry.calls->start_transport,
      [](PluginEntry& e, atm_error* error) { return e.interfaces.transport->start(e.instance, error); });
}

void PluginHost::start() {
  for (auto& entry : entries_) {
    use_instead(entry);
    start_source(*entry);
  }
  for (auto& entry : entries_) {
    use_instead(entry);
    start_source(*entry);
    start_transport(*entry);
  }
}

bool PluginHost::begin(PluginEntry& entry, const char* what, const CallSite& site, Call call) {
  const CrashMarker marker(kernel_.watcher.processes(), entry.start_marker, entry.deaths.in_a_row);
  ErrorBuffer error;
  const atm_status status = guarded_call(site, error, [&] { return call(entry, error.c()); });
  if (status == ATM_OK) {
    kernel_.log.write(LogLevel::kInfo, entry.id, what, {});
    return true;
  }
  if (status == ATM_E_BUSY) lacks_threads_ = true;
  // Another copy would fail for the same configuration, address or lack of threads.
  entry.has_failed_start = status != ATM_E_BUSY && status != ATM_E_EXISTS && status != ATM_E_INVALID;
  fail(entry, call_problem(entry.file.string(), "start", status, error));
  return false;
}

void PluginHost::stop(std::chrono::milliseconds limit) {
  const std::int64_t until = kernel_.clock.monotonic_ns() + std::chrono::nanoseconds(limit).count();
  const auto left_ms = [&] {
    const std::int64_t left = (until - kernel_.clock.monotonic_ns()) / 1'000'000;
    return static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1));
  };
  {
    const std::lock_guard lock(discover_mutex_);  // not held below: a transport may wait for it in discover
    is_stopping_ = true;
  }
  for (const auto& entry : entries_) {
    if (entry->has_started_source.exchange(false))
      stop_one(*entry, entry->interfaces.source->stop, left_ms());
  }
  for (const auto& entry : entries_) {
    if (entry->has_started_transport.exchange(false))
      stop_one(*entry, entry->interfaces.transport->stop, left_ms());
  }
}

void PluginHost::stop_one(PluginEntry& entry, atm_status (*function)(void*, std::uint32_t),
                          std::uint32_t limit_ms) {
  if (function == nullptr) return;
  ErrorBuffer error;
  const atm_status status =
      guarded_call(entry.calls->stop, error, [&] { return function(entry.instance, limit_ms); });
  if (status < 0) {
    kernel_.log.write(LogLevel::kWarn, entry.id, "did not stop cleanly", {{"status", status_name(status)}});
  }
}

void PluginHost::destroy() {
  for (auto it = entries_.rbegin(); it != entries_.rend(); ++it) end(**it);
}

void PluginHost::end(PluginEntry& entry) {
  if (entry.services) entry.services->close();
  if (!std::exchange(entry.is_created, false)) return;
  ErrorBuffer error;
  static_cast<void>(guarded_call(entry.calls->destroy, error,
                                 [&] { return entry.plugin->destroy(entry.instance), ATM_OK; }));
}

atm_status PluginHost::discover(std::uint64_t& found, std::uint64_t& failed) {
  found = failed = 0;
  const std::lock_guard lock(discover_mutex_);
  if (is_stopping_) return ATM_E_CLOSED;
  for (const auto& entry : entries_) {
    if (!entry->has_started_source || entry->interfaces.source->discover == nullptr) continue;
    atm_discovery result{sizeof result, 0, 0, 0};
    ErrorBuffer error;
    const CallbackScope scope;  // a source must not call discover() again
    const atm_status status = guarded_call(entry->calls->discover, error, [&] {
      return entry->interfaces.source->discover(entry->instance, &result, error.c());
    });
    if (status == ATM_OK) found += result.found;
    failed += status < 0 ? 1 : result.failed;
  }
  return ATM_OK;
}

std::string_view PluginHost::why_unreachable() const {
  bool is_any_started = false;
  bool is_socket_wanted = false;
  bool is_socket_started = false;
  for (const auto& entry : entries_) {
    const bool is_started = entry->has_started_transport.load();
    is_any_started = is_any_started || is_started;
    if (entry->id != kSocketPlugin) continue;
    is_socket_wanted = is_socket_wanted || entry->status != PluginStatus::kDisabled;
    is_socket_started = is_socket_started || is_started;
  }
  if (is_socket_wanted && !is_socket_started)
    return "the transport unix did not start, so hooks and atm cannot reach the daemon";
  if (!is_any_started) return "no transport started, so no client can reach the daemon";
  return {};
}

void PluginHost::fail(PluginEntry& entry, Problem problem) {
  const std::lock_guard lock(mutex_);
  if (entry.status == PluginStatus::kLoaded) entry.status = PluginStatus::kFailed;
  kernel_.log.write(LogLevel::kError, entry.id, problem.message(),
                    {{"status", plugin_status_name(entry.status)}});
  entry.problem = problem;
  problems_.push_back(std::move(problem));
}

void PluginHost::note(const Problem& problem) {
  kernel_.log.warn(problem.message());
  const std::lock_guard lock(mutex_);
  problems_.push_back(problem);
}

std::vector<Problem> PluginHost::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

std::string PluginHost::plugins_json() const {
  const std::lock_guard lock(mutex_);
  return write_plugins(entries_, kernel_.router.channels(), kernel_.clock);
}

std::string PluginHost::stats_json() const {
  const std::lock_guard lock(mutex_);
  return write_stats({kernel_, settings_.limits, entries_, options_.daemon_version,
                      kernel_.clock.monotonic_ns() - started_ns_});
}

}  // namespace atm::kernel
