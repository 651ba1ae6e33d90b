// SPDX-License-Identifier: MIT
// A host for unit tests of plugins. Its services record what the plugin passes to them.
#pragma once

#include <algorithm>
#include <atm/plugin/agents.hpp>
#include <atm/plugin/host.hpp>
#include <atm/testing/fake_files.hpp>
#include <atm/testing/fake_processes.hpp>
#include <atm/testing/owned.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace atm::testing {

/// One call of the log service.
struct LogLine {
  /// As the plugin passed it.
  LogLevel level;
  std::string text;
  /// By key; if a key occurs twice, the last one counts.
  OwnedAttrs fields;
};

/// An atm_host for a test.
///
/// A plugin depends on the host's clock, timers and events, which a test must control: time advances only in advance(),
/// and timers run there, on the test's thread. All services are present unless take_away() removes one. They differ
/// from those of the daemon:
///
///   - log: nothing is cut, and every level is kept.
///   - clock: wall and monotonic time are equal and begin at 1 s.
///   - ingest: no parser runs; an accepted observation is confirmed at once, on the caller's thread.
///   - events: options are ignored; each event goes to each subscription, and no queue overflows.
///   - snapshot: sessions() answers at once, with sequence number 0; discover() finds nothing.
///   - timer: there is no limit of timers; cancel() does not wait.
///   - metrics: names are not checked, and there is no limit.
///   - agents: the manifests of set_agents(), unchecked; no file has a problem.
///   - processes, files: see FakeProcesses and FakeFiles.
///
/// The plugin's own threads may use the services; one thread only moves the clock. Neither copyable nor movable: the
/// plugin holds a pointer to it.
class FakeHost final {
 public:
  /// Both clocks begin at 1 s (1,000,000,000 ns).
  FakeHost() { host_ = {sizeof(atm_host), ATM_ABI_MAJOR, ATM_ABI_MINOR, 0, this, &FakeHost::query}; }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  /// The C table to pass to a plugin; valid as long as this object.
  [[nodiscard]] const atm_host* c() const noexcept { return &host_; }

  /// The result of every ingest call from now on. Other than kOk: the record or observation is not recorded.
  void set_ingest_status(Status status) {
    with([&] { ingest_status_ = status; });
  }
  /// The JSON texts that the snapshot service reports; initially `{}` and `[]`.
  void set_stats(std::string json) {
    with([&] { stats_ = std::move(json); });
  }
  /// The JSON array that plugins() reports.
  void set_plugins(std::string json) {
    with([&] { plugins_ = std::move(json); });
  }
  /// A session that snapshots contain: session id and JSON session object.
  void set_session(std::string id, std::string json) {
    with([&] { sessions_[std::move(id)] = std::move(json); });
  }

  /// The manifests that the agents service lists, as JSON objects. Each call is a change.
  void set_agents(std::vector<std::string> manifests) {
    with([&] {
      agents_ = std::move(manifests);
      ++agents_revision_;
    });
  }
  /// The process table, written by the test.
  [[nodiscard]] FakeProcesses& processes() noexcept { return processes_; }
  /// The files service; the test produces its lines and events.
  [[nodiscard]] FakeFiles& files() noexcept { return files_; }
  /// Removes a service (ATM_HOST_FILES ...): query() returns NULL for it. Call it before the plugin is created.
  void take_away(std::string service) {
    with([&] { taken_away_.insert(std::move(service)); });
  }

  /// Queues an event for each subscription and calls its `ready`, on this thread. `kind` is ATM_EVENT_*.
  void publish(std::uint32_t kind, std::string session, std::string json, std::uint64_t seq,
               std::uint64_t rev = 1) {
    std::vector<std::pair<const Subscription*, std::uint64_t>> ready;
    with([&] {
      for (auto& [id, subscription] : subscriptions_) {
        // The queue is unbounded.
        subscription.queue.push_back({kind, seq, rev, session, json});
        ready.emplace_back(&subscription, id);
      }
    });
    // Outside the lock: `ready` may post to the plugin's threads.
    for (const auto& [subscription, id] : ready) {
      if (subscription->ready != nullptr) subscription->ready(subscription->context, id);
    }
  }

  /// Advances both clocks by `ns` and runs the timers that become due, in the order of their times, on this thread.
  void advance(std::int64_t ns) {
    // Timers that a callback starts run, too, if they are due before the end.
    const std::int64_t until = now_ns() + ns;
    for (;;) {
      Timer due;
      bool found = false;
      with([&] {
        const auto next = std::min_element(timers_.begin(), timers_.end(),
                                           [](const Timer& a, const Timer& b) { return a.at < b.at; });
        // The earliest timer decides; equal times run in the order of their start.
        if (next == timers_.end() || next->at > until) return;
        found = true;
        due = *next;
        // A callback reads the time at which it is due.
        now_ns_ = due.at;
        // A periodic timer runs once for each period that passes.
        if (next->period > 0) {
          next->at += next->period;
        } else {
          timers_.erase(next);
        }
      });
      if (!found) break;
      // Outside the lock: the callback may start or cancel timers.
      due.fn(due.context, due.id);
    }
    with([&] { now_ns_ = until; });
  }

  /// Copies of what the plugin logged, ingested and counted so far, in order.
  [[nodiscard]] std::vector<LogLine> log() const { return copy(log_); }
  /// Records that were accepted (see set_ingest_status()).
  [[nodiscard]] std::vector<OwnedRecord> records() const { return copy(records_); }
  /// Observations that were accepted.
  [[nodiscard]] std::vector<OwnedObservation> observations() const { return copy(observations_); }
  /// Counters and gauges by name; a counter and a gauge of one name share their value.
  [[nodiscard]] std::map<std::string, std::int64_t, std::less<>> metrics() const { return copy(metrics_); }
  /// Subscriptions that are open now.
  [[nodiscard]] std::size_t subscription_count() const {
    return with([&] { return subscriptions_.size(); });
  }
  /// Timers that have not fired or been cancelled; periodic ones included.
  [[nodiscard]] std::size_t timer_count() const {
    return with([&] { return timers_.size(); });
  }

 private:
  /// A timer; `at` is its due time on the clock. Period 0: it fires once.
  struct Timer {
    std::uint64_t id = 0;
    std::int64_t at = 0;
    std::int64_t period = 0;
    atm_timer_fn fn = nullptr;
    void* context = nullptr;
  };
  /// A queued event; its texts are owned.
  struct Event {
    /// ATM_EVENT_*.
    std::uint32_t kind;
    std::uint64_t seq;
    std::uint64_t rev;
    std::string session;
    std::string json;
  };
  /// A subscription's queue. Each event goes to each subscription, whatever filter and limit it has.
  struct Subscription {
    void (*ready)(void*, std::uint64_t) = nullptr;
    void* context = nullptr;
    std::deque<Event> queue;
  };

  /// Runs `body` under the lock. Plugin code is never called under it.
  template <class F>
  std::invoke_result_t<F&> with(F&& body) const {
    const std::lock_guard lock(mutex_);
    return body();
  }
  /// A copy made under the lock.
  template <class T>
  T copy(const T& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }
  [[nodiscard]] std::int64_t now_ns() const {
    return with([&] { return now_ns_; });
  }
  /// `self` of the C functions.
  static FakeHost& of(void* self) { return *static_cast<FakeHost*>(self); }

  /// The tables are the same for all fake hosts.
  static const void* query(void* self, atm_str id) {
    static constexpr atm_host_log kLog{sizeof(atm_host_log), 0, &FakeHost::write_log};
    static constexpr atm_host_clock kClock{sizeof(atm_host_clock), 0, &FakeHost::clock_ns,
                                           &FakeHost::clock_ns};
    static constexpr atm_host_ingest kIngest{sizeof(atm_host_ingest), 0, &FakeHost::record,
                                             &FakeHost::observe};
    static constexpr atm_host_events kEvents{sizeof(atm_host_events),
                                             0,
                                             &FakeHost::subscribe,
                                             &FakeHost::drain,
                                             &FakeHost::unsubscribe,
                                             nullptr,
                                             nullptr};
    static constexpr atm_host_snapshot kSnapshot{sizeof(atm_host_snapshot), 0,
                                                 &FakeHost::snapshot,       &FakeHost::stats,
                                                 &FakeHost::plugins,        &FakeHost::discover,
                                                 &FakeHost::snapshot_of};
    static constexpr atm_host_timer kTimer{sizeof(atm_host_timer), 0, &FakeHost::start_timer,
                                           &FakeHost::cancel_timer};
    static constexpr atm_host_metrics kMetrics{sizeof(atm_host_metrics), 0, &FakeHost::add_metric,
                                               &FakeHost::set_metric};
    static constexpr atm_host_processes kProcesses{sizeof(atm_host_processes), 0,
                                                   &FakeHost::lookup_process,  &FakeHost::list_processes,
                                                   &FakeHost::environment,     &FakeHost::arguments,
                                                   &FakeHost::boot_id,         &FakeHost::watch_process,
                                                   &FakeHost::unwatch_process, &FakeHost::find_process};
    static constexpr atm_host_agents kAgents{sizeof(atm_host_agents), 0, &FakeHost::refresh_agents,
                                             &FakeHost::list_agents, &FakeHost::agent_problems};
    static constexpr atm_host_files kFiles{sizeof(atm_host_files), 0,
                                           &FakeHost::follow,      &FakeHost::watch_directory,
                                           &FakeHost::read_again,  &FakeHost::close_file};
    const std::string_view wanted = to_view(id);
    // A host of an older version looks the same to the plugin.
    if (of(self).with([&] { return of(self).taken_away_.count(wanted) != 0; })) return nullptr;
    if (wanted == ATM_HOST_LOG) return &kLog;
    if (wanted == ATM_HOST_CLOCK) return &kClock;
    if (wanted == ATM_HOST_INGEST) return &kIngest;
    if (wanted == ATM_HOST_EVENTS) return &kEvents;
    if (wanted == ATM_HOST_SNAPSHOT) return &kSnapshot;
    if (wanted == ATM_HOST_TIMER) return &kTimer;
    if (wanted == ATM_HOST_METRICS) return &kMetrics;
    if (wanted == ATM_HOST_PROCESSES) return &kProcesses;
    if (wanted == ATM_HOST_FILES) return &kFiles;
    if (wanted == ATM_HOST_AGENTS) return &kAgents;
    return nullptr;
  }

  /// The service atm.host.log/1.
  static void write_log(void* self, std::uint32_t level, atm_str text, const atm_attr* fields,
                        std::uint64_t count) {
    of(self).with([&] {
      of(self).log_.push_back(
          {static_cast<LogLevel>(level), std::string(to_view(text)), own(Attrs(fields, count))});
    });
  }
  /// The service atm.host.clock/1: wall and monotonic time are equal.
  static std::int64_t clock_ns(void* self) { return of(self).now_ns(); }

  /// The service atm.host.ingest/1. It runs no parser; an accepted observation is confirmed at once, on the caller's
  /// thread.
  static atm_status record(void* self, const atm_record* record, atm_error*) {
    return of(self).with([&] {
      // Refused records are not kept.
      if (of(self).ingest_status_ == Status::kOk) {
        of(self).records_.push_back({std::string(to_view(record->channel)),
                                     std::string(to_view(record->payload)),
                                     own(Attrs(record->context, record->context_count)), record->time_ns});
      }
      return to_c(of(self).ingest_status_);
    });
  }
  static atm_status observe(void* self, const atm_observation* observation, std::uint32_t,
                            atm_ingest_done done, void* context, atm_error*) {
    const Status status = of(self).with([&] {
      if (of(self).ingest_status_ == Status::kOk)
        of(self).observations_.push_back(OwnedObservation::copy(*observation));
      return of(self).ingest_status_;
    });
    // Without the lock: `done` may call the host.
    if (status == Status::kOk && done != nullptr) done(context, ATM_OK);
    return to_c(status);
  }

  /// The service atm.host.events/1. A subscription begins with a snapshot of set_session(), and `ready` is called at
  /// once.
  static atm_status subscribe(void* self, const atm_subscription_options* options, std::uint64_t* id,
                              atm_error*) {
    FakeHost& host = of(self);
    host.with([&] {
      *id = ++host.last_id_;
      host.subscriptions_[*id] = {options->ready, options->context, {}};
      // As in the daemon: begin, items, end.
      auto& queue = host.subscriptions_[*id].queue;
      queue.push_back({ATM_EVENT_SNAPSHOT_BEGIN, 0, 0, {}, {}});
      for (const auto& [session, json] : host.sessions_)
        queue.push_back({ATM_EVENT_SNAPSHOT_ITEM, 0, 1, session, json});
      queue.push_back({ATM_EVENT_SNAPSHOT_END, 0, 0, {}, {}});
    });
    if (options->ready != nullptr) options->ready(options->context, *id);
    return ATM_OK;
  }
  /// Every event has epoch 1.
  static atm_status drain(void* self, std::uint64_t id, std::uint64_t max_events,
                          const atm_event_sink* sink) {
    FakeHost& host = of(self);
    for (std::uint64_t n = 0; max_events == 0 || n < max_events; ++n) {
      Event event{};
      atm_status status = ATM_OK;
      host.with([&] {
        const auto it = host.subscriptions_.find(id);
        if (it == host.subscriptions_.end()) {
          status = ATM_E_NOT_FOUND;
        } else if (it->second.queue.empty()) {
          status = ATM_SKIP;
        } else {
          event = std::move(it->second.queue.front());
          it->second.queue.pop_front();
        }
      });
      if (status != ATM_OK) return status == ATM_SKIP && n > 0 ? ATM_OK : status;
      const atm_event out{
          sizeof(atm_event), event.kind,       1, event.seq, event.rev, 0, to_c(event.session),
          {nullptr, 0},      to_c(event.json), 0};
      // Outside the lock: the sink may call the host.
      if (sink->event(sink->self, &out) != ATM_OK) break;
    }
    return ATM_OK;
  }
  /// The queue is dropped.
  static atm_status unsubscribe(void* self, std::uint64_t id) {
    return of(self).with([&] { return of(self).subscriptions_.erase(id) == 1 ? ATM_OK : ATM_E_NOT_FOUND; });
  }

  /// The service atm.host.snapshot/1; answers at once, on the caller's thread, with sequence number 0.
  static atm_status snapshot(void* self, atm_str session, atm_snapshot_done done, void* context) {
    const auto sessions = of(self).copy(of(self).sessions_);
    std::vector<atm_str> items;
    for (const auto& [id, json] : sessions) {
      if (session.size == 0 || to_view(session) == id) items.push_back(to_c(json));
    }
    // A snapshot of all sessions is never missing.
    const bool missing = session.size != 0 && items.empty();
    done(context, missing ? ATM_E_NOT_FOUND : ATM_OK, 0, items.data(), items.size());
    return ATM_OK;
  }
  static atm_status snapshot_of(void* self, const atm_str* agents, std::uint64_t count,
                                atm_snapshot_done done, void* context) {
    const auto sessions = of(self).copy(of(self).sessions_);
    std::vector<atm_str> items;
    for (const auto& [id, json] : sessions) {
      const bool is_wanted = std::any_of(agents, agents + count, [&text = json](atm_str agent) {
        return text.find("\"agent\":\"" + std::string(to_view(agent)) + '"') != std::string::npos;
      });
      if (is_wanted) items.push_back(to_c(json));
    }
    done(context, ATM_OK, 0, items.data(), items.size());
    return ATM_OK;
  }
  /// The text of set_stats().
  static atm_status stats(void* self, const atm_text_sink* sink) {
    return sink->text(sink->self, to_c(of(self).copy(of(self).stats_)));
  }
  static atm_status plugins(void* self, const atm_text_sink* sink) {
    return sink->text(sink->self, to_c(of(self).copy(of(self).plugins_)));
  }
  /// There are no sources: both counts are 0.
  static atm_status discover(void*, std::uint64_t* found, std::uint64_t* failed) {
    *found = *failed = 0;
    return ATM_OK;
  }

  /// The service atm.host.timer/1, with the checks of the real one.
  static atm_status start_timer(void* self, std::int64_t delay, std::int64_t period, atm_timer_fn fn,
                                void* context, std::uint64_t* id) {
    // The limits of the real service.
    if (delay < 0 || (period != 0 && period < 1'000'000)) return ATM_E_INVALID;
    FakeHost& host = of(self);
    host.with([&] {
      *id = ++host.last_id_;
      host.timers_.push_back({*id, host.now_ns_ + delay, period, fn, context});
    });
    return ATM_OK;
  }
  /// Does not wait for a callback that runs: callbacks run inside advance() only.
  static atm_status cancel_timer(void* self, std::uint64_t id) {
    FakeHost& host = of(self);
    return host.with([&] {
      const auto it =
          std::find_if(host.timers_.begin(), host.timers_.end(), [&](const Timer& t) { return t.id == id; });
      if (it == host.timers_.end()) return ATM_E_NOT_FOUND;
      host.timers_.erase(it);
      return ATM_OK;
    });
  }
  /// The service atm.host.metrics/1. Names are not checked.
  static atm_status add_metric(void* self, atm_str name, std::int64_t delta) {
    of(self).with([&] { of(self).metrics_[std::string(to_view(name))] += delta; });
    return ATM_OK;
  }
  /// Overwrites a counter of the same name.
  static atm_status set_metric(void* self, atm_str name, std::int64_t value) {
    of(self).with([&] { of(self).metrics_[std::string(to_view(name))] = value; });
    return ATM_OK;
  }

  /// The service atm.host.processes/1, implemented by FakeProcesses.
  static atm_status lookup_process(void* self, std::int64_t pid, const atm_process_sink* sink) {
    return of(self).processes_.lookup(pid, *sink);
  }
  static atm_status find_process(void* self, std::uint64_t pid_ns, std::int64_t pid,
                                 std::uint64_t start_ticks, const atm_process_sink* sink) {
    return of(self).processes_.find(pid_ns, pid, start_ticks, *sink);
  }
  static atm_status list_processes(void* self, const atm_str* names, std::uint64_t count,
                                   const atm_process_sink* sink) {
    return of(self).processes_.list(names, count, *sink);
  }
  static atm_status environment(void* self, std::int64_t pid, std::uint64_t start_ticks, atm_str name,
                                const atm_text_sink* sink) {
    return of(self).processes_.environment(pid, start_ticks, name, *sink);
  }
  static atm_status arguments(void* self, std::int64_t pid, std::uint64_t start_ticks,
                              const atm_text_sink* sink) {
    return of(self).processes_.arguments(pid, start_ticks, *sink);
  }
  /// A constant boot id.
  static atm_status boot_id(void*, const atm_text_sink* sink) {
    return sink->text(sink->self, to_c(std::string_view("00000000-0000-4000-8000-000000000000")));
  }
  static atm_status watch_process(void* self, std::int64_t pid, std::uint64_t start_ticks,
                                  atm_process_exit_fn fn, void* context, std::uint64_t* id) {
    return of(self).processes_.watch(pid, start_ticks, fn, context, id);
  }
  static atm_status unwatch_process(void* self, std::uint64_t id) { return of(self).processes_.unwatch(id); }

  /// The service atm.host.files/1, implemented by FakeFiles.
  static atm_status follow(void* self, const atm_file_follow* options, std::uint64_t* id) {
    return of(self).files_.follow(*options, id);
  }
  /// A watch of a directory.
  static atm_status watch_directory(void* self, const atm_directory_watch* options, std::uint64_t* id) {
    return of(self).files_.watch(*options, id);
  }
  static atm_status read_again(void* self, std::uint64_t watch, atm_str name, std::int64_t delay_ns) {
    return of(self).files_.retry(watch, to_view(name), delay_ns);
  }
  static atm_status close_file(void* self, std::uint64_t id) { return of(self).files_.close(id); }

  /// The service atm.host.agents/1; no file has a problem.
  static atm_status refresh_agents(void* self, std::uint64_t* revision) {
    of(self).with([&] { *revision = of(self).agents_revision_; });
    return ATM_OK;
  }
  static atm_status list_agents(void* self, const atm_text_sink* sink) {
    std::vector<std::string> manifests;
    of(self).with([&] { manifests = of(self).agents_; });
    for (const std::string& manifest : manifests) {
      const atm_status status = sink->text(sink->self, to_c(manifest));
      if (status != ATM_OK) return status;
    }
    return ATM_OK;
  }
  static atm_status agent_problems(void*, const atm_text_sink*) { return ATM_OK; }

  /// The table that c() returns; `self` is this object.
  atm_host host_{};
  FakeProcesses processes_;
  FakeFiles files_;
  /// Ids of services that query() does not return.
  std::set<std::string, std::less<>> taken_away_;
  /// Guards the members below.
  mutable std::mutex mutex_;
  /// 1 s, so that 0 is recognisable as "never".
  std::int64_t now_ns_ = 1'000'000'000;
  Status ingest_status_ = Status::kOk;
  std::string stats_ = "{}";
  std::string plugins_ = "[]";
  std::vector<std::string> agents_;
  std::uint64_t agents_revision_ = 1;
  std::map<std::string, std::string, std::less<>> sessions_;
  std::vector<LogLine> log_;
  std::vector<OwnedRecord> records_;
  std::vector<OwnedObservation> observations_;
  std::map<std::string, std::int64_t, std::less<>> metrics_;
  std::map<std::uint64_t, Subscription> subscriptions_;
  std::vector<Timer> timers_;
  /// One number space for subscriptions and timers.
  std::uint64_t last_id_ = 0;
};

}  // namespace atm::testing
