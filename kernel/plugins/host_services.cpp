// SPDX-License-Identifier: MIT
#include "kernel/plugins/host_services.hpp"

#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/files.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/processes.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>
#include <algorithm>
#include <cstring>

#include <atm/plugin/values.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/plugins/contract.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/registry/registry.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/system/log.hpp"
#include "kernel/system/timers.hpp"
#include "kernel/watch/services.hpp"

namespace atm::kernel {
namespace {

constexpr std::uint64_t kMaxLogFields = 32;

std::string value_text(const atm_value& value) {
  switch (value.kind) {
    case ATM_VALUE_BOOL:
      return value.as.i != 0 ? "true" : "false";
    case ATM_VALUE_INT:
      return std::to_string(value.as.i);
    case ATM_VALUE_DOUBLE:
      return std::to_string(value.as.d);
    case ATM_VALUE_STR:
      return std::string(utf8_cut(text_of(value.as.s), Log::kMaxLineBytes));
    default:
      return "";
  }
}

LogLevel level_of(std::uint32_t level) {
  if (level <= ATM_LOG_DEBUG) return LogLevel::kDebug;
  if (level == ATM_LOG_INFO) return LogLevel::kInfo;
  return level == ATM_LOG_WARN ? LogLevel::kWarn : LogLevel::kError;
}

atm_status status_of(TimerError error) {
  switch (error) {
    case TimerError::kNone:
      return ATM_OK;
    case TimerError::kInvalid:
      return ATM_E_INVALID;
    case TimerError::kFull:
      return ATM_E_FULL;
    case TimerError::kClosed:
      break;
  }
  return ATM_E_CLOSED;
}

// The plugin's side is C: no exception may pass through it.
template <class Body>
atm_status guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

}  // namespace

// The functions of the tables; `self` is the HostServices of the calling plugin.
struct HostCalls {
  static HostServices& of(void* self) { return *static_cast<HostServices*>(self); }
  static Watcher& watcher(void* self) { return of(self).kernel_.watcher; }

  static const void* query(void* self, atm_str id);

  static void log(void* self, std::uint32_t level, atm_str text, const atm_attr* fields,
                  std::uint64_t count) {
    static_cast<void>(guarded([&] {
      std::vector<LogField> list;
      for (std::uint64_t i = 0; fields != nullptr && i < std::min(count, kMaxLogFields); ++i) {
        list.emplace_back(utf8_cut(text_of(fields[i].key), Observation::kMaxKeyBytes),
                          value_text(fields[i].value));
      }
      of(self).kernel_.log.write(level_of(level), of(self).id_, utf8_cut(text_of(text), Log::kMaxLineBytes),
                                 list);
      return ATM_OK;
    }));
  }

  static std::int64_t wall_ns(void* self) { return of(self).kernel_.clock.wall_ns(); }
  static std::int64_t monotonic_ns(void* self) { return of(self).kernel_.clock.monotonic_ns(); }

  static atm_status record(void* self, const atm_record* record, atm_error* error) {
    return record == nullptr ? ATM_E_INVALID : of(self).kernel_.router.record(*record, error);
  }

  static atm_status observe(void* self, const atm_observation* observation, std::uint32_t expect,
                            atm_ingest_done done, void* context, atm_error* error) {
    return guarded([&] {
      constexpr std::size_t kLeast =
          offsetof(atm_observation, attr_count) + sizeof(atm_observation::attr_count);
      if (observation == nullptr || observation->size < kLeast || expect > ATM_EXPECT_PRESENT)
        return ATM_E_INVALID;
      Result<Observation> copy = Observation::copy(*observation);
      if (!copy) {
        ErrorText(error).set(copy.error().message);
        return ATM_E_INVALID;
      }
      return of(self).kernel_.registry.observe(std::move(*copy), expect, done, context);
    });
  }

  static atm_status subscribe(void* self, const atm_subscription_options* options,
                              std::uint64_t* subscription, atm_error* error) {
    return guarded([&] {
      constexpr std::size_t kLeast =
          offsetof(atm_subscription_options, context) + sizeof(atm_subscription_options::context);
      if (options == nullptr || subscription == nullptr || options->size < kLeast) return ATM_E_INVALID;
      atm_subscription_options known{};  // an older plugin does not set members that were added later
      std::memcpy(&known, options, std::min<std::size_t>(options->size, sizeof known));
      const atm_status status = of(self).kernel_.bus.subscribe(known, *subscription);
      if (status == ATM_E_FULL)
        ErrorText(error).set("limit of subscribers reached; raise limits.subscribers");
      if (status != ATM_OK) return status;
      const std::lock_guard lock(of(self).mutex_);
      of(self).subscriptions_.insert(*subscription);
      return ATM_OK;
    });
  }

  static atm_status drain(void* self, std::uint64_t subscription, std::uint64_t max_events,
                          const atm_event_sink* sink) {
    if (sink == nullptr || sink->event == nullptr) return ATM_E_INVALID;
    return guarded([&] { return of(self).kernel_.bus.drain(subscription, max_events, *sink); });
  }

  static atm_status unsubscribe(void* self, std::uint64_t subscription) {
    return guarded([&] {
      {
        const std::lock_guard lock(of(self).mutex_);
        if (of(self).subscriptions_.erase(subscription) == 0) return ATM_E_NOT_FOUND;
      }
      return of(self).kernel_.bus.unsubscribe(subscription);
    });
  }

  static atm_status sessions(void* self, atm_str session, atm_snapshot_done done, void* context) {
    if (done == nullptr) return ATM_E_INVALID;
    return guarded([&] { return of(self).kernel_.registry.snapshot(text_of(session), done, context); });
  }

  static atm_status give(const atm_text_sink* sink, const std::string& text) {
    return sink == nullptr || sink->text == nullptr ? ATM_E_INVALID : sink->text(sink->self, str_of(text));
  }
  static atm_status stats(void* self, const atm_text_sink* sink) {
    return guarded([&] { return give(sink, of(self).reports_.stats_json()); });
  }
  static atm_status plugins(void* self, const atm_text_sink* sink) {
    return guarded([&] { return give(sink, of(self).reports_.plugins_json()); });
  }
  static atm_status discover(void* self, std::uint64_t* found, std::uint64_t* failed) {
    if (found == nullptr || failed == nullptr) return ATM_E_INVALID;
    return guarded([&] { return of(self).reports_.discover(*found, *failed); });
  }

  static atm_status start_timer(void* self, std::int64_t delay_ns, std::int64_t period_ns, atm_timer_fn fn,
                                void* context, std::uint64_t* timer) {
    if (fn == nullptr || timer == nullptr) return ATM_E_INVALID;
    return guarded([&] {
      const auto call = [fn, context](std::uint64_t id) {
        static_cast<void>(guarded([&] { return fn(context, id), ATM_OK; }));
      };
      return status_of(of(self).kernel_.timers.start(self, delay_ns, period_ns, call, *timer));
    });
  }
  static atm_status cancel_timer(void* self, std::uint64_t timer) {
    return guarded([&] { return of(self).kernel_.timers.cancel(self, timer) ? ATM_OK : ATM_E_NOT_FOUND; });
  }

  static atm_status add_metric(void* self, atm_str name, std::int64_t delta) {
    return guarded([&] { return of(self).metrics_.add(text_of(name), delta); });
  }
  static atm_status set_metric(void* self, atm_str name, std::int64_t value) {
    return guarded([&] { return of(self).metrics_.set(text_of(name), value); });
  }

  static atm_status lookup(void* self, std::int64_t pid, const atm_process_sink* sink) {
    return process_lookup(watcher(self), pid, sink);
  }
  static atm_status list(void* self, const atm_str* names, std::uint64_t name_count,
                         const atm_process_sink* sink) {
    return process_list(watcher(self), names, name_count, sink);
  }
  static atm_status find(void* self, std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks,
                         const atm_process_sink* sink) {
    return process_find(watcher(self), pid_ns, pid, start_ticks, sink);
  }
  static atm_status environment(void* self, std::int64_t pid, std::uint64_t start_ticks, atm_str name,
                                const atm_text_sink* sink) {
    return process_environment(watcher(self), pid, start_ticks, name, sink);
  }
  static atm_status arguments(void* self, std::int64_t pid, std::uint64_t start_ticks,
                              const atm_text_sink* sink) {
    return process_arguments(watcher(self), pid, start_ticks, sink);
  }
  static atm_status boot_id(void* self, const atm_text_sink* sink) {
    return process_boot_id(watcher(self), sink);
  }
  static atm_status watch(void* self, std::int64_t pid, std::uint64_t start_ticks, atm_process_exit_fn fn,
                          void* context, std::uint64_t* id) {
    return process_watch(watcher(self), self, pid, start_ticks, fn, context, id);
  }
  static atm_status unwatch(void* self, std::uint64_t id) { return process_unwatch(watcher(self), self, id); }

  static atm_status follow(void* self, const atm_file_follow* options, std::uint64_t* id) {
    return file_follow(watcher(self), self, options, id);
  }
  static atm_status watch_directory(void* self, const atm_directory_watch* options, std::uint64_t* id) {
    return directory_watch(watcher(self), self, options, id);
  }
  static atm_status retry(void* self, std::uint64_t id, atm_str name, std::int64_t delay_ns) {
    return directory_retry(watcher(self), self, id, name, delay_ns);
  }
  static atm_status close_file(void* self, std::uint64_t id) { return file_close(watcher(self), self, id); }
};

namespace {

constexpr atm_host_log kLog{sizeof(atm_host_log), 0, &HostCalls::log};
constexpr atm_host_clock kClock{sizeof(atm_host_clock), 0, &HostCalls::wall_ns, &HostCalls::monotonic_ns};
constexpr atm_host_ingest kIngest{sizeof(atm_host_ingest), 0, &HostCalls::record, &HostCalls::observe};
constexpr atm_host_events kEvents{sizeof(atm_host_events), 0, &HostCalls::subscribe, &HostCalls::drain,
                                  &HostCalls::unsubscribe};
constexpr atm_host_snapshot kSnapshot{sizeof(atm_host_snapshot), 0,
                                      &HostCalls::sessions,      &HostCalls::stats,
                                      &HostCalls::plugins,       &HostCalls::discover};
constexpr atm_host_timer kTimer{sizeof(atm_host_timer), 0, &HostCalls::start_timer, &HostCalls::cancel_timer};
constexpr atm_host_metrics kMetrics{sizeof(atm_host_metrics), 0, &HostCalls::add_metric,
                                    &HostCalls::set_metric};
constexpr atm_host_processes kProcesses{sizeof(atm_host_processes), 0,
                                        &HostCalls::lookup,         &HostCalls::list,
                                        &HostCalls::environment,    &HostCalls::arguments,
                                        &HostCalls::boot_id,        &HostCalls::watch,
                                        &HostCalls::unwatch,        &HostCalls::find};
constexpr atm_host_files kFiles{sizeof(atm_host_files), 0,
                                &HostCalls::follow,     &HostCalls::watch_directory,
                                &HostCalls::retry,      &HostCalls::close_file};

}  // namespace

const void* HostCalls::query(void* /*self*/, atm_str id) {
  const std::string_view wanted = text_of(id);
  if (wanted == ATM_HOST_LOG) return &kLog;
  if (wanted == ATM_HOST_CLOCK) return &kClock;
  if (wanted == ATM_HOST_INGEST) return &kIngest;
  if (wanted == ATM_HOST_EVENTS) return &kEvents;
  if (wanted == ATM_HOST_SNAPSHOT) return &kSnapshot;
  if (wanted == ATM_HOST_TIMER) return &kTimer;
  if (wanted == ATM_HOST_METRICS) return &kMetrics;
  if (wanted == ATM_HOST_PROCESSES) return &kProcesses;
  if (wanted == ATM_HOST_FILES) return &kFiles;
  return nullptr;
}

HostServices::HostServices(const Kernel& kernel, Reports& reports, std::string id)
    : kernel_(kernel), reports_(reports), id_(std::move(id)), host_{sizeof(atm_host),
                                                                    ATM_ABI_MAJOR,
                                                                    ATM_ABI_MINOR,
                                                                    0,
                                                                    this,
                                                                    &HostCalls::query} {}

void HostServices::close() {
  kernel_.watcher.remove_all(this);
  kernel_.timers.cancel_all(this);
  std::set<std::uint64_t> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(subscriptions_);
  }
  for (const std::uint64_t subscription : left) static_cast<void>(kernel_.bus.unsubscribe(subscription));
}

}  // namespace atm::kernel
