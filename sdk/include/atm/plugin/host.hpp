// SPDX-License-Identifier: MIT
// The host's services as one small object. A service this host has not answers kUnsupported.
#pragma once

#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace atm {

enum class LogLevel : std::uint32_t {
  kDebug = ATM_LOG_DEBUG,
  kInfo = ATM_LOG_INFO,
  kWarn = ATM_LOG_WARN,
  kError = ATM_LOG_ERROR,
};

/// What a plugin may ask of atmd; copyable, valid until the plugin is destroyed. [any] unless said otherwise.
class Host final {
 public:
  explicit Host(const atm_host* host) noexcept
      : host_(host),
        log_(table<atm_host_log>(ATM_HOST_LOG)),
        clock_(table<atm_host_clock>(ATM_HOST_CLOCK)),
        ingest_(table<atm_host_ingest>(ATM_HOST_INGEST)),
        events_(table<atm_host_events>(ATM_HOST_EVENTS)),
        snapshot_(table<atm_host_snapshot>(ATM_HOST_SNAPSHOT)),
        timer_(table<atm_host_timer>(ATM_HOST_TIMER)),
        metrics_(table<atm_host_metrics>(ATM_HOST_METRICS)) {}

  /// For a service with a face of its own (atm/plugin/processes.hpp, files.hpp).
  [[nodiscard]] const atm_host* c() const noexcept { return host_; }

  /// Once for each change of state, fields before prose.
  void log(LogLevel level, std::string_view text,
           std::initializer_list<atm_attr> fields = {}) const noexcept {
    if (log_ != nullptr)
      log_->write(host_->self, static_cast<std::uint32_t>(level), to_c(text), fields.begin(), fields.size());
  }

  /// Unix time, nanoseconds; 0 without a clock.
  [[nodiscard]] std::int64_t wall_ns() const noexcept { return clock_ ? clock_->wall_ns(host_->self) : 0; }
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept {
    return clock_ ? clock_->monotonic_ns(host_->self) : 0;
  }

  /// Hand a record to the parser of its channel (host/ingest.h).
  Status ingest(const atm_record& record, ErrorBuffer& error) const noexcept {
    return ingest_ ? static_cast<Status>(ingest_->record(host_->self, &record, error.c()))
                   : Status::kUnsupported;
  }
  /// Hand an observation to the registry; `done` (may be null) is called once if this returned kOk.
  Status observe(const atm_observation& observation, std::uint32_t expect, atm_ingest_done done,
                 void* context, ErrorBuffer& error) const noexcept {
    return ingest_ ? static_cast<Status>(
                         ingest_->observe(host_->self, &observation, expect, done, context, error.c()))
                   : Status::kUnsupported;
  }

  Status subscribe(const atm_subscription_options& options, std::uint64_t& subscription,
                   ErrorBuffer& error) const noexcept {
    return events_ ? static_cast<Status>(events_->subscribe(host_->self, &options, &subscription, error.c()))
                   : Status::kUnsupported;
  }
  /// Give up to max_events (0: all) to `take(const atm_event&) -> Status`; another answer than kOk ends the
  /// drain.
  template <class Take>
  Status drain(std::uint64_t subscription, std::uint64_t max_events, Take&& take) const noexcept {
    if (events_ == nullptr) return Status::kUnsupported;
    using F = std::remove_reference_t<Take>;
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
  Status unsubscribe(std::uint64_t subscription) const noexcept {
    return events_ ? static_cast<Status>(events_->unsubscribe(host_->self, subscription))
                   : Status::kUnsupported;
  }

  /// Ask for one session, or all when `session` is empty; `done` is called once if this returned kOk.
  Status sessions(std::string_view session, atm_snapshot_done done, void* context) const noexcept {
    return snapshot_ ? static_cast<Status>(snapshot_->sessions(host_->self, to_c(session), done, context))
                     : Status::kUnsupported;
  }
  /// One JSON object; empty when there is none.
  [[nodiscard]] std::string stats() const { return snapshot_ ? text(snapshot_->stats) : std::string(); }
  /// One JSON array; empty when there is none.
  [[nodiscard]] std::string plugins() const { return snapshot_ ? text(snapshot_->plugins) : std::string(); }
  /// Blocks until every source has looked.
  Status discover(std::uint64_t& found, std::uint64_t& failed) const noexcept {
    return snapshot_ ? static_cast<Status>(snapshot_->discover(host_->self, &found, &failed))
                     : Status::kUnsupported;
  }

  Status start_timer(std::int64_t delay_ns, std::int64_t period_ns, atm_timer_fn fn, void* context,
                     std::uint64_t& timer) const noexcept {
    return timer_ ? static_cast<Status>(timer_->start(host_->self, delay_ns, period_ns, fn, context, &timer))
                  : Status::kUnsupported;
  }
  /// After the return the timer does not run.
  Status cancel_timer(std::uint64_t timer) const noexcept {
    return timer_ ? static_cast<Status>(timer_->cancel(host_->self, timer)) : Status::kUnsupported;
  }

  void count(std::string_view name, std::int64_t delta = 1) const noexcept {
    if (metrics_ != nullptr) static_cast<void>(metrics_->add(host_->self, to_c(name), delta));
  }
  void gauge(std::string_view name, std::int64_t value) const noexcept {
    if (metrics_ != nullptr) static_cast<void>(metrics_->set(host_->self, to_c(name), value));
  }

 private:
  template <class Table>
  const Table* table(std::string_view id) const noexcept {
    return static_cast<const Table*>(host_->query(host_->self, to_c(id)));
  }
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
