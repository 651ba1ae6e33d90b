// SPDX-License-Identifier: MIT
#include "kernel/daemon/daemon.hpp"

#include <sys/random.h>

#include <algorithm>
#include <atm/posix/thread.hpp>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "kernel/bus/bus.hpp"
#include "kernel/daemon/autostarted.hpp"
#include "kernel/daemon/liveness.hpp"
#include "kernel/daemon/readiness.hpp"
#include "kernel/daemon/supervisor.hpp"
#include "kernel/model/observation.hpp"
#include "kernel/plugins/borrowed_hooks.hpp"
#include "kernel/plugins/crash_report.hpp"
#include "kernel/plugins/plugin_host.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/plugins/replays.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "kernel/registry/stated_capabilities.hpp"
#include "kernel/system/deadline.hpp"
#include "kernel/system/heap.hpp"
#include "kernel/system/signals.hpp"
#include "kernel/system/timers.hpp"
#include "kernel/watch/watcher.hpp"

namespace atm::kernel {
namespace {

// JSON numbers are exact up to 2^53; clients might round a larger epoch.
constexpr std::uint64_t kMaxEpoch = (std::uint64_t{1} << 53) - 1;

constexpr std::chrono::milliseconds kStoreStopLimit{1000};

constexpr std::string_view kHangupText = "SIGHUP ignored; a changed configuration needs a restart";

std::uint64_t random_epoch(const Clock& clock) {
  std::uint64_t epoch = 0;
  if (::getrandom(&epoch, sizeof epoch, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof epoch)) {
    epoch = static_cast<std::uint64_t>(clock.wall_ns());
  }
  return std::max<std::uint64_t>(epoch & kMaxEpoch, 1);
}

BusOptions bus_options(const KernelLimits& limits, const Clock& clock) {
  BusOptions options;
  options.epoch = random_epoch(clock);
  options.max_subscribers = limits.subscribers;
  options.max_activity = limits.subscriber_queue;
  return options;
}

RegistryOptions registry_options(const KernelLimits& limits) {
  RegistryOptions options;
  options.max_sessions = limits.sessions;
  options.stale_after = std::chrono::seconds(limits.stale_seconds);
  options.max_age = std::chrono::seconds(limits.max_age_seconds);
  options.longest_step = std::chrono::seconds(2 * std::int64_t{limits.cleanup_seconds});
  return options;
}

RegistryActorOptions actor_options(const KernelLimits& limits, const Clock& clock, Verify verify,
                                   std::function<void(std::string_view)> on_death) {
  RegistryActorOptions options;
  static_cast<RegistryOptions&>(options) = registry_options(limits);
  options.verify = std::move(verify);
  options.mailbox = limits.mailbox;
  options.monotonic_ns = [&clock] { return clock.monotonic_ns(); };
  options.on_death = std::move(on_death);
  return options;
}

SupervisorOptions supervisor_options(const DaemonOptions& options, Log& log) {
  using std::chrono::seconds;
  constexpr seconds kNameAfter{5};
  const seconds longest{options.settings.limits.hung_call_seconds};
  const std::chrono::nanoseconds watchdog = options.manager.watchdog;
  SupervisorOptions supervisor;
  supervisor.name_after =
      std::min<std::chrono::nanoseconds>(kNameAfter, std::chrono::nanoseconds(longest) / 2);
  // A service manager kills a daemon whose watchdog messages stop.
  if (watchdog.count() > 0) {
    supervisor.silent_after = watchdog / 2;
  } else {
    supervisor.end_after = longest;
  }
  supervisor.stop_limit = seconds(options.settings.limits.stop_seconds);
  supervisor.on_hung = [&log](const CallSite& site, std::int64_t lasted_ns, bool has_returned) {
    std::vector<LogField> fields{{"call", site.function}, {"ms", lasted_ns / 1'000'000}};
    if (!site.channel.empty()) fields.emplace_back("channel", site.channel);
    log.write(LogLevel::kWarn, site.plugin,
              has_returned ? "the call has returned" : "the call has not returned yet", fields);
  };
  supervisor.on_hangup = [&log] { log.info(kHangupText); };
  return supervisor;
}

}  // namespace

// Declared in the order of construction; destroyed in reverse.
struct Daemon::Parts {
  Parts(const DaemonOptions& options, const Clock& c, Log& l, bool is_check_only)
      : clock(c),
        log(l),
        timers(c),
        watcher(c),
        bus(bus_options(options.settings.limits, c)),
        registry(actor_options(
                     options.settings.limits, c,
                     [this](const ProcessPlace& where) { return probe_process(watcher.processes(), where); },
                     [this](std::string_view why) { died(why); }),
                 bus),
        router({options.settings.limits.observations_per_record, watcher.processes().own_pid_ns(),
                [this](std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks) {
                  const auto found = watcher.processes().find(pid_ns, pid, start_ticks);
                  return found ? std::optional(found->pid) : std::nullopt;
                }},
               registry, c, l),
        agents(options.agents,
               [this](const std::vector<AgentManifest>& manifests) {
                 CapabilitiesByAgent all;
                 for (const AgentManifest& one : manifests) add_capabilities(all, one.json);
                 static_cast<void>(registry.set_capabilities(std::move(all)));
                 auto borrowed = std::make_shared<BorrowedHooks>();
                 for (const AgentManifest& one : manifests) borrowed->add(one.json);
                 router.set_borrowed(std::move(borrowed));
               }),
        replays(c, bus.epoch(), registry_options(options.settings.limits)),
        plugins({c, l, timers, bus, registry, router, watcher, agents, replays}, options.settings,
                {options.search.directories(), options.state_dir, options.is_safe_mode, is_check_only,
                 options.version, [this] { return supervisor && supervisor->is_stop_requested(); }}) {}

  ~Parts() { stop(std::chrono::milliseconds(0)); }

  void died(std::string_view why) {
    log.error("the registry failed; the daemon exits", {{"error", why}});
    is_dead = true;
    signals.wake();
  }

  // Requests a clean-up of ages, stale sessions and exited processes, because the fold itself reads no clock or process.
  void tick() {
    static_cast<void>(registry.tick(
        {Timestamp(std::chrono::nanoseconds(clock.wall_ns())), clock.monotonic_ns(),
         [this](const ProcessPlace& where) { return probe_process(watcher.processes(), where); }}));
  }

  // Also returns memory that a burst of records needed.
  void tick_every(std::uint32_t seconds) {
    const std::int64_t period = std::int64_t{seconds} * 1'000'000'000;
    std::uint64_t timer = 0;
    const auto tick_and_trim = [this](std::uint64_t) {
      tick();
      Observation::trim_memory();
      trim_heap();
    };
    static_cast<void>(timers.start(this, period, period, tick_and_trim, timer));
  }

  // The registry's own thread sends the watchdog message, so that a daemon with a hung registry and an open socket is
  // restarted (TRAP-W9).
  void start_watchdog(std::chrono::nanoseconds period, const Readiness& readiness) {
    std::uint64_t timer = 0;
    const auto ask = [this, &readiness](std::uint64_t) {
      if (!supervisor->is_alive()) return;
      static_cast<void>(registry.probe([&readiness] { readiness.alive(); }));
    };
    static_cast<void>(timers.start(this, 0, std::max(period.count(), Timers::kMinPeriodNs), ask, timer));
  }

  void start_registry() {
    registry_thread = posix::start_thread("atm-registry", [this] { registry.run(); });
  }

  // Stops the inputs, then the outputs, then the rest. Idempotent.
  void stop(std::chrono::milliseconds limit) {
    if (supervisor) supervisor->stop();
    plugins.stop(limit);
    // A watch that never returns ends with the process, like a timer.
    while (!watcher.stop(std::chrono::seconds(1))) log.warn("waiting for a plugin to return from its watch");
    timers.stop();
    registry.stop();
    if (registry_thread.joinable()) registry_thread.join();
    if (!replays.stop(std::min(limit, kStoreStopLimit)))
      log.warn("a replay waits for the disk; the daemon stops without it");
    plugins.stop_store(std::min(limit, kStoreStopLimit));
    bus.close();
    plugins.destroy();
  }

  const Clock& clock;
  Log& log;
  Signals signals;  // created before any thread
  Timers timers;
  Watcher watcher;
  Bus bus;
  RegistryActor registry;
  RecordRouter router;
  AgentCatalog agents;
  Replays replays;
  PluginHost plugins;
  std::optional<Supervisor> supervisor;  // absent during a check
  std::thread registry_thread;
  std::atomic<bool> is_dead{false};
};

Daemon::Daemon(DaemonOptions options, const Clock& clock, Log& log)
    : options_(std::move(options)), clock_(clock), log_(log) {}
Daemon::~Daemon() = default;

int Daemon::run() {
  try {
    return serve();
  } catch (const posix::ThreadError& error) {
    log_.error(error.what());
    return kTryAgain;
  }
}

int Daemon::serve() {
  const std::int64_t begin = clock_.monotonic_ns();
  const Readiness readiness(options_.manager.notify_socket);
  Deadline deadline(log_);
  const CrashReport crash_report(stderr_is_journal());
  Parts parts(options_, clock_, log_, false);
  parts.supervisor.emplace(supervisor_options(options_, log_), parts.signals);
  parts.watcher.run_in_background();
  parts.plugins.load();
  if (parts.plugins.reserve()) {
    static_cast<void>(parts.agents.refresh());
    parts.plugins.restore();
    parts.start_registry();
    parts.tick();
    parts.timers.run_in_background();
    parts.tick_every(options_.settings.limits.cleanup_seconds);
    parts.plugins.start();
  }

  const std::optional<std::chrono::nanoseconds> stopping_for = parts.supervisor->end_start();
  const bool lacks_threads = parts.plugins.lacks_threads();
  const std::string_view why_unreachable = parts.plugins.why_unreachable();
  const bool can_serve = why_unreachable.empty() && !lacks_threads;
  if (stopping_for) {
    log_.info("a signal interrupted the start");
  } else if (can_serve) {
    readiness.ready();
    if (!options_.attempts.empty()) note_ready(options_.attempts);
    if (options_.manager.watchdog.count() > 0) parts.start_watchdog(options_.manager.watchdog / 2, readiness);
    log_.info("ready", {{"version", options_.version}, {"ms", (clock_.monotonic_ns() - begin) / 1'000'000}});
    while (parts.signals.wait() == Signals::Event::kHangup) {
      log_.info(kHangupText);
    }
  } else if (lacks_threads) {
    log_.error("the system refused to create a thread; see the errors above; a later start may succeed");
  } else {
    log_.error(std::string(why_unreachable) + "; see the errors above");
  }

  const auto limit = std::chrono::milliseconds(1000 * std::int64_t{options_.settings.limits.stop_seconds});
  const auto left = limit - std::min<std::chrono::milliseconds>(
                                limit, std::chrono::floor<std::chrono::milliseconds>(
                                           stopping_for.value_or(std::chrono::nanoseconds(0))));
  deadline.begin(left);
  readiness.stopping();
  log_.info("stopping");
  parts.stop(left * 4 / 5);
  log_.close(limit / 10);
  if (parts.is_dead) return kInternal;
  if (can_serve || stopping_for) return kOk;
  return lacks_threads ? kTryAgain : kCannotStart;
}

ConfigurationCheck Daemon::check() {
  Parts parts(options_, clock_, log_, true);
  parts.watcher.run_in_background();
  parts.plugins.load();
  return {parts.plugins.problems(), parts.plugins.warnings()};
}

}  // namespace atm::kernel
