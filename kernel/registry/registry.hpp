// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/ingest.h>
#include <atm/host/snapshot.h>

#include <atm/domain/limits.hpp>
#include <atm/domain/timestamp.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/registry/analyzers.hpp"
#include "kernel/registry/awake_clock.hpp"
#include "kernel/registry/deadline_queue.hpp"
#include "kernel/registry/encoder.hpp"
#include "kernel/registry/event_batch.hpp"
#include "kernel/registry/fold.hpp"
#include "kernel/registry/mailbox.hpp"
#include "kernel/registry/observation.hpp"
#include "kernel/registry/registry_stats.hpp"
#include "kernel/registry/replaced_sessions.hpp"
#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

/// What somebody who can look says of a process.
enum class Liveness : std::uint8_t {
  kUnknown,
  kAlive,
  kStopped,  ///< alive, and stopped by a signal (SIGSTOP, Ctrl-Z)
  kGone
};

/// One clean-up. Time and knowledge of processes come from outside, so that a test, or a replay, owns both.
struct Tick {
  Timestamp wall{};          ///< what a session that goes stale now is stale since
  std::int64_t mono_ns = 0;  ///< of the same clock as RegistryOptions::monotonic_ns
  /// Called on the registry's thread for each session whose process is known; must return at once. None:
  /// nothing is verified.
  std::function<Liveness(const SessionRuntime&)> verify;
};

struct RegistryOptions {
  std::size_t max_sessions = kDefaultLimits.sessions;
  std::size_t mailbox = kDefaultLimits.registry_mailbox;  ///< messages in each lane
  std::chrono::nanoseconds stale_after = kDefaultLimits.stale_after;
  std::chrono::nanoseconds max_age = kDefaultLimits.max_age;
  std::chrono::nanoseconds ended_grace =
      std::chrono::seconds(10);  ///< how long an ended session is still shown
  std::chrono::nanoseconds remember_replaced_for =
      std::chrono::seconds(60);  ///< how long what trails in of a replaced session does not bring it back
  InferenceTimeouts timeouts{};
  std::chrono::nanoseconds longest_step = 2 * kDefaultLimits.cleanup_every;  ///< see AwakeClock
  std::function<std::int64_t()> monotonic_ns;                                ///< required; atm.host.clock/1
  /// As Tick::verify, until the first clean-up. [registry]
  std::function<Liveness(const SessionRuntime&)> verify;
  Encoder encoder = json_encoder();
  /// Told once, on the registry's thread, why it can go on no more. The daemon must end, visibly. [registry]
  std::function<void(std::string_view)> on_death;
};

/// The actor that owns every session. Producers put observations into its mailbox and never wait; one thread
/// takes them out in batches, folds them, lets the analyzers add their facts, counts seq and rev, and
/// publishes. Everything below the mailbox runs on that one thread and needs no lock. A registry that failed
/// refuses everything with E_CLOSED: a dead one must not look like a full one.
class Registry final : private SnapshotSource {
 public:
  /// `bus` outlives the registry.
  Registry(RegistryOptions options, Bus& bus);
  ~Registry() override;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Before run(). [main]
  void add_analyzer(AnalyzerBinding binding) { analyzers_.add(std::move(binding)); }

  /// OK: `done`, unless null, is called exactly once, from the registry's thread, after what it did was
  /// published. E_BUSY: nothing was taken, and counted by origin. E_CLOSED. [any]
  [[nodiscard]] atm_status observe(Observation&& observation, std::uint32_t expect = ATM_EXPECT_ANY,
                                   atm_ingest_done done = nullptr, void* context = nullptr);
  /// All of one record, next to each other, or none. E_TOO_LARGE: more than the mailbox holds. [any]
  [[nodiscard]] atm_status observe_all(std::vector<Observation>&& observations);
  /// The JSON of one session, or of all for the empty id. It goes through the data lane: what this thread
  /// ingested before is in it. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status snapshot(std::string_view session, atm_snapshot_done done, void* context);
  /// Ask for a clean-up; it overtakes waiting data. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status tick(Tick tick);
  /// `answer` is called on the registry's thread when it gets there, which it does before waiting data: that it
  /// was called shows that the registry moves. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status probe(std::function<void()> answer);

  /// Works until stop() and until what was taken before is done; returns at once after a failure. [registry]
  void run() noexcept;
  /// Does all there is to do at the clock's present time and returns: the executor of tests. [registry]
  void run_until_idle() noexcept;
  /// Take nothing more; run() finishes what it has. Idempotent. [any]
  void stop();

  [[nodiscard]] bool is_dead() const noexcept { return dead_.load(std::memory_order_acquire); }
  [[nodiscard]] RegistryStats stats() const;

 private:
  struct Ingest {
    Observation observation;
    std::uint32_t expect;
    atm_ingest_done done;
    void* context;
    std::optional<ProcessKey> from{};  ///< the process of its record
  };
  struct SnapshotRequest {
    std::string session;
    atm_snapshot_done done;
    void* context;
  };
  struct Probe {
    std::function<void()> answer;
  };
  using Message = std::variant<Ingest, SnapshotRequest, Tick, Probe>;
  using Batch = Mailbox<Message>::Batch;
  struct Completion {
    atm_ingest_done done;
    void* context;
    atm_status status;
  };

  // The loop (registry.cpp).
  void work(Batch& batch);
  void handle(Message& message);
  void flush();
  [[nodiscard]] std::optional<std::chrono::nanoseconds> until_due();
  void answer(SnapshotRequest& request);
  void die(Batch& batch, std::string_view why) noexcept;
  static void refuse_all(Batch& batch) noexcept;
  void share_counts();
  void count_busy(const Observation& observation);

  // Observations (registry_ingest.cpp).
  [[nodiscard]] atm_status ingest(const Observation& observation, std::uint32_t expect,
                                  const std::optional<ProcessKey>& from);
  void apply(SessionEntry& entry, const Observation& observation, bool registered,
             const std::optional<ProcessKey>& from);
  void count_type(const Observation& observation);
  [[nodiscard]] bool is_already_known(const SessionEntry& entry, const Observation& observation);
  [[nodiscard]] atm_status begin_session(const Observation& observation, std::uint32_t expect,
                                         const std::optional<ProcessKey>& from);
  [[nodiscard]] bool is_known_by_process(const Observation& observation);
  void continue_as(SessionEntry& old, std::string_view id, const Observation& observation, std::uint64_t seq);
  void end_all_in(const Observation& exited);
  /// Those that `entry` takes the place of in its process.
  [[nodiscard]] std::vector<SessionEntry*> replaced_in_process(const SessionEntry& entry);
  /// Whether the session's process lives, before an observation binds the session to another one.
  void verify_before(SessionEntry& entry, const Observation& bound);
  void retire(SessionEntry& entry, const Observation& observation);
  /// The session changed: a new revision, and an event.
  void revise(SessionEntry& entry, bool registered = false);
  /// A process of the session is gone.
  void leave(SessionEntry& entry, const ProcessKey& process, const Inference& inference);
  void remove(SessionEntry& entry, std::string_view reason);

  // What the registry says itself (registry_timeouts.cpp).
  void run_due_timeouts();
  void run_timeouts_of(SessionEntry& entry);
  /// Says what became of the session's call for its person, and plans what is to be asked of it next.
  void follow_up(SessionEntry& entry, const Change& change, Timestamp at);
  void announce(SessionEntry& entry, std::string_view type, std::string_view reason, Timestamp at);

  // Time (registry_clean_up.cpp).
  void clean_up(const Tick& tick);
  void evaluate(SessionEntry& entry, const Tick& tick);
  void end_gone_processes(SessionEntry& entry, const Tick& tick);
  [[nodiscard]] bool make_room();

  // SnapshotSource
  [[nodiscard]] std::uint64_t snapshot_seq() const override { return seq_; }
  [[nodiscard]] std::vector<EventPtr> snapshot_all() override;
  [[nodiscard]] EventPtr snapshot_one(std::string_view session) override;
  [[nodiscard]] EventPtr snapshot_item(SessionEntry& entry);

  const RegistryOptions options_;
  Bus& bus_;
  Mailbox<Message> mailbox_;
  std::atomic<bool> dead_{false};

  // The registry's thread only.
  SessionTable table_;
  Analyzers analyzers_;
  AwakeClock awake_;
  DeadlineQueue deadlines_;
  ReplacedSessions replaced_;
  EventBatch events_;
  std::function<Liveness(const SessionRuntime&)> verify_;  ///< of the newest clean-up
  std::vector<Completion> completions_;
  std::int64_t now_ns_ = 0;  // awake time of the batch under way
  std::uint64_t seq_ = 0;
  RegistryCounts counts_;

  mutable std::mutex stats_mutex_;  // guards what follows
  RegistryStats shared_;
};

}  // namespace atm::kernel
