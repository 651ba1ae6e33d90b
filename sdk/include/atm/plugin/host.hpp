// SPDX-License-Identifier: MIT
// The host services as one object.
#pragma once

#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>

#include <atm/plugin/values.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace atm {

/// Levels of the daemon's log, in order of severity.
enum class LogLevel : std::uint32_t {
  kDebug = ATM_LOG_DEBUG,
  kInfo = ATM_LOG_INFO,
  kWarn = ATM_LOG_WARN,
  kError = ATM_LOG_ERROR,
};

/// The services that atmd offers to a plugin.
///
/// A host may lack a service. Each call then returns kUnsupported, or does nothing if it has no result, so a plugin
/// needs no checks of its own. A plugin names the services that it requires in its manifest (NEEDS of atm_add_plugin).
/// Copyable; valid until the destructor of the plugin returns. All methods are [any] unless stated otherwise; the
/// errors are those of the C function in atm/host.
class Host final {
 public:
  /// Queries all tables once. `host` must not be NULL; it is borrowed.
  explicit Host(const atm_host* host) noexcept
      : host_(host),
        log_(table<atm_host_log>(ATM_HOST_LOG)),
        clock_(table<atm_host_clock>(ATM_HOST_CLOCK)),
        ingest_(table<atm_host_ingest>(ATM_HOST_INGEST)),
        events_(table<atm_host_events>(ATM_HOST_EVENTS)),
        snapshot_(table<atm_host_snapshot>(ATM_HOST_SNAPSHOT)),
        timer_(table<atm_host_timer>(ATM_HOST_TIMER)),
        metrics_(table<atm_host_metrics>(ATM_HOST_METRICS)) {}

  /// For services that have a class of their own (atm/plugin/processes.hpp, files.hpp).
  [[nodiscard]] const atm_host* c() const noexcept { return host_; }

  /// Writes one log line; the fields precede the text. Log once for each change of state. Text over 4 KiB is cut.
  void log(LogLevel level, std::string_view text,
           std::initializer_list<atm_attr> fields = {}) const noexcept {
    // Without a log the line is lost.
    if (log_ != nullptr)
      log_->write(host_->self, static_cast<std::uint32_t>(level), to_c(text), fields.begin(), fields.size());
  }

  /// Unix time in nanoseconds; 0 without a clock.
  [[nodiscard]] std::int64_t wall_ns() const noexcept { return clock_ ? clock_->wall_ns(host_->self) : 0; }
  /// Nanoseconds since an unspecified point; never decreases and includes suspend. 0 without a clock.
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept {
    return clock_ ? clock_->monotonic_ns(host_->self) : 0;
  }

  /// Passes a record to the parser of its channel, which runs on this thread (atm/host/ingest.h).
  Status ingest(const atm_record& record, ErrorBuffer& error) const noexcept {
    return ingest_ ? static_cast<Status>(ingest_->record(host_->self, &record, error.c()))
                   : Status::kUnsupported;
  }
  /// Passes an observation to the registry. `done` (may be null) is called once on the registry's thread if this
  /// returned kOk. `expect` is ATM_EXPECT_*.
  Status observe(const atm_observation& observation, std::uint32_t expect, atm_ingest_done done,
                 void* context, ErrorBuffer& error) const noexcept {
    return ingest_ ? static_cast<Status>(
                         ingest_->observe(host_->self, &observation, expect, done, context, error.c()))
                   : Status::kUnsupported;
  }

  /// Opens a subscription; `subscription` is never 0. The options' `ready` announces new events.
  Status subscribe(const atm_subscription_options& options, std::uint64_t& subscription,
                   ErrorBuffer& error) const noexcept {
    return events_ ? static_cast<Status>(events_->subscribe(host_->self, &options, &subscription, error.c()))
                   : Status::kUnsupported;
  }
  /// Passes up to max_events events (0: all that are queued) to `take(const atm_event&) -> Status`. A result other than
  /// kOk ends the drain. kSkip: no event is queued. Never two at once for one subscription.
  template <class Take>
  Status drain(std::uint64_t subscription, std::uint64_t max_events, Take&& take) const noexcept {
    if (events_ == nullptr) return Status::kUnsupported;
    using F = std::remove_reference_t<Take>;
    // The function object travels as the sink's context; an exception of it ends the drain.
    const atm_event_sink sink{sizeof(atm_event_sink), 0, const_cast<std::remove_const_t<F>*>(&take),
                              [](void* self, const atm_event* event) -> atm_status {
                                try {
                                  return to_c((*static_cast<F*>(self))(*event));
                                } catch (...) {
                                  return ATM_E_INTERNAL;
                                }
                              }};
    return static_cast<Status>(events_->drain(host_->self, subscription, max_events, &sink));
  }
  /// Closes a subscription. After the return `ready` is not running and is not called. [any but `ready`]
  Status unsubscribe(std::uint64_t subscription) const noexcept {
    return events_ ? static_cast<Status>(events_->unsubscribe(host_->self, subscription))
                   : Status::kUnsupported;
  }

  /// Continues a replay at another Unix time in nanoseconds. kNotFound: no such replay; kFull: too many wait;
  /// kUnsupported: the daemon is older.
  Status seek(std::uint64_t subscription, std::int64_t at_ns) const noexcept {
    return has_replays() ? static_cast<Status>(events_->seek(host_->self, subscription, at_ns))
                         : Status::kUnsupported;
  }
  /// Changes the speed of a replay, 0 to 1,000,000; 0: it stands still. kNotFound, kInvalid, kUnsupported.
  Status set_speed(std::uint64_t subscription, double speed) const noexcept {
    return has_replays() ? static_cast<Status>(events_->set_speed(host_->self, subscription, speed))
                         : Status::kUnsupported;
  }

  /// Requests one session, or all if `session` is empty. `done` is called once on the registry's thread if this
  /// returned kOk.
  Status sessions(std::string_view session, atm_snapshot_done done, void* context) const noexcept {
    return snapshot_ ? static_cast<Status>(snapshot_->sessions(host_->self, to_c(session), done, context))
                     : Status::kUnsupported;
  }
  /// Like sessions(), for all sessions of these agents. kUnsupported: the daemon is older than ABI 1.4.
  Status sessions_of(std::span<const std::string_view> agents, atm_snapshot_done done, void* context) const {
    constexpr std::size_t kLeast =
        offsetof(atm_host_snapshot, sessions_of) + sizeof(atm_host_snapshot::sessions_of);
    if (snapshot_ == nullptr || snapshot_->size < kLeast || snapshot_->sessions_of == nullptr)
      return Status::kUnsupported;
    std::vector<atm_str> names;
    for (const std::string_view agent : agents) names.push_back(to_c(agent));
    return static_cast<Status>(
        snapshot_->sessions_of(host_->self, names.data(), names.size(), done, context));
  }
  /// The statistics as one JSON object; empty without the service.
  [[nodiscard]] std::string stats() const { return snapshot_ ? text(snapshot_->stats) : std::string(); }
  /// All plugins as one JSON array; empty without the service.
  [[nodiscard]] std::string plugins() const { return snapshot_ ? text(snapshot_->plugins) : std::string(); }
  /// Runs the discovery of every source and sums the results. Blocks. kInvalid within a callback of the host or a
  /// discovery. [any]
  Status discover(std::uint64_t& found, std::uint64_t& failed) const noexcept {
    return snapshot_ ? static_cast<Status>(snapshot_->discover(host_->self, &found, &failed))
                     : Status::kUnsupported;
  }

  /// Calls `fn` on the timer thread after delay_ns, then every period_ns unless that is 0. Both are nanoseconds.
  Status start_timer(std::int64_t delay_ns, std::int64_t period_ns, atm_timer_fn fn, void* context,
                     std::uint64_t& timer) const noexcept {
    return timer_ ? static_cast<Status>(timer_->start(host_->self, delay_ns, period_ns, fn, context, &timer))
                  : Status::kUnsupported;
  }
  /// Cancels a timer. After the return it does not run. [any but timer]
  Status cancel_timer(std::uint64_t timer) const noexcept {
    return timer_ ? static_cast<Status>(timer_->cancel(host_->self, timer)) : Status::kUnsupported;
  }

  /// Adds to a counter (snake case name, at most 64 bytes). Invalid names are ignored.
  void count(std::string_view name, std::int64_t delta = 1) const noexcept {
    if (metrics_ != nullptr) static_cast<void>(metrics_->add(host_->self, to_c(name), delta));
  }
  /// Sets a gauge. Invalid names are ignored.
  void gauge(std::string_view name, std::int64_t value) const noexcept {
    if (metrics_ != nullptr) static_cast<void>(metrics_->set(host_->self, to_c(name), value));
  }

 private:
  /// Whether the host is of ABI 1.3 or later.
  [[nodiscard]] bool has_replays() const noexcept {
    constexpr std::size_t kLeast = offsetof(atm_host_events, set_speed) + sizeof(atm_host_events::set_speed);
    return events_ != nullptr && events_->size >= kLeast && events_->seek != nullptr &&
           events_->set_speed != nullptr;
  }
  /// The table of a service; NULL if the host lacks it.
  template <class Table>
  const Table* table(std::string_view id) const noexcept {
    return static_cast<const Table*>(host_->query(host_->self, to_c(id)));
  }
  /// Collects the text of a sink function. A failure gives the text so far.
  std::string text(atm_status (*ask)(void*, const atm_text_sink*)) const {
    std::string out;
    const atm_text_sink sink{sizeof(atm_text_sink), 0, &out, [](void* self, atm_str part) -> atm_status {
                               try {
                                 static_cast<std::string*>(self)->append(to_view(part));
                                 return ATM_OK;
                               } catch (...) {
                                 return ATM_E_INTERNAL;
                               }
                             }};
    static_cast<void>(ask(host_->self, &sink));
    return out;
  }

  /// All pointers are borrowed and live as long as the host.
  const atm_host* host_;
  const atm_host_log* log_;
  const atm_host_clock* clock_;
  const atm_host_ingest* ingest_;
  const atm_host_events* events_;
  const atm_host_snapshot* snapshot_;
  const atm_host_timer* timer_;
  const atm_host_metrics* metrics_;
};

}  // namespace atm
