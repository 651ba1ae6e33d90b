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
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/model/observation.hpp"
#include "kernel/registry/analyzers.hpp"
#include "kernel/registry/awake_clock.hpp"
#include "kernel/registry/deadline_queue.hpp"
#include "kernel/registry/encoder.hpp"
#include "kernel/registry/event_batch.hpp"
#include "kernel/registry/fold.hpp"
#include "kernel/registry/journal.hpp"
#include "kernel/registry/mailbox.hpp"
#include "kernel/registry/observation_sink.hpp"
#include "kernel/registry/registry_stats.hpp"
#include "kernel/registry/replaced_sessions.hpp"
#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

/// Result of a liveness check of a process.
enum class Liveness : std::uint8_t {
  kUnknown,
  kAlive,
  kStopped,  ///< alive, and stopped by a signal (SIGSTOP, Ctrl-Z)
  kGone
};

/// A liveness in atm_stored.learnt: u, a, s, g in the order of the enumerators. Any other letter is kUnknown.
[[nodiscard]] char letter_of(Liveness liveness) noexcept;
[[nodiscard]] Liveness liveness_of(char letter) noexcept;

/// Input of one clean-up. Time and process state are parameters, so that tests and replays control both.
struct Tick {
  Timestamp wall{};          ///< since-time of a session that goes stale now
  std::int64_t mono_ns = 0;  ///< same clock as RegistryOptions::monotonic_ns
  /// Called on the registry's thread for each session with a known process; must return at once. None: nothing is
  /// verified.
  std::function<Liveness(const SessionRuntime&)> verify;
};

struct RegistryOptions {
  std::size_t max_sessions = kDefaultLimits.sessions;
  std::size_t mailbox = kDefaultLimits.registry_mailbox;  ///< messages in each lane
  std::chrono::nanoseconds stale_after = kDefaultLimits.stale_after;
  std::chrono::nanoseconds max_age = kDefaultLimits.max_age;
  std::chrono::nanoseconds ended_grace =
      std::chrono::seconds(10);  ///< how long an ended session stays visible
  std::chrono::nanoseconds remember_replaced_for =
      std::chrono::seconds(60);  ///< how long late observations of a replaced session do not restore it
  InferenceTimeouts timeouts{};
  std::chrono::nanoseconds longest_step = 2 * kDefaultLimits.cleanup_every;  ///< see AwakeClock
  std::function<std::int64_t()> monotonic_ns;                                ///< required; atm.host.clock/1
  /// Like Tick::verify; used until the first clean-up. [registry]
  std::function<Liveness(const SessionRuntime&)> verify;
  Encoder encoder = json_encoder();
  /// Called once with the reason when the registry fails. The daemon must then exit with an error. [registry]
  std::function<void(std::string_view)> on_death;
};

/// The actor that owns every session. Producers put observations into its mailbox and never wait. One thread takes them
/// in batches, folds them, calls the analyzers, counts seq and rev, and publishes. All code behind the mailbox runs on
/// that thread and needs no lock. After a failure every call returns E_CLOSED, so that a failed registry differs from a
/// full one.
class Registry final : public ObservationSink, private SnapshotSource {
 public:
  /// `bus` outlives the registry.
  Registry(RegistryOptions options, Bus& bus);
  ~Registry() override;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Before run(). [main]
  void add_analyzer(AnalyzerBinding binding) { analyzers_.add(std::move(binding)); }

  // Restoring, before run(): at most one checkpoint, the inputs after it in order, then finish_restore(). [main]

  /// False, without effect: the bytes are no checkpoint of this program.
  [[nodiscard]] bool restore(std::string_view checkpoint);
  /// Folds one stored input, without analyzers and without questions about processes. E_INVALID: it exceeds a limit.
  [[nodiscard]] atm_status replay(const atm_stored& input);
  /// Continues after the restored state, at `next_seq` or later. `is_unclean`: the last daemon may have published
  /// revisions that are lost, so that every rev rises by 1,000.
  void finish_restore(std::uint64_t next_seq, bool is_unclean);
  /// Passes every later input to a store, and a checkpoint at the end of run().
  void connect(const StoreBinding& store) { journal_.connect(store); }
  /// Hash of the stored state: equal states have equal hashes. Not while run() runs.
  [[nodiscard]] std::uint64_t hash();

  /// OK: `done`, unless null, is called exactly once on the registry's thread, after the publication. E_BUSY: the
  /// observation is refused and counted by origin. E_CLOSED. [any]
  [[nodiscard]] atm_status observe(Observation&& observation, std::uint32_t expect = ATM_EXPECT_ANY,
                                   atm_ingest_done done = nullptr, void* context = nullptr);
  [[nodiscard]] atm_status observe_all(std::vector<Observation>&& observations) override;
  /// The JSON of one session, or of all for the empty id. The request uses the data lane, so the result includes all
  /// earlier observations of this thread. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status snapshot(std::string_view session, atm_snapshot_done done, void* context);
  /// Requests a clean-up; it overtakes queued data. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status tick(Tick tick);
  /// Calls `answer` on the registry's thread ahead of queued data, which proves that the registry makes progress.
  /// E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status probe(std::function<void()> answer);

  /// Runs until stop() and until all accepted input is processed; returns at once after a failure. [registry]
  void run() noexcept;
  /// Processes all input that is due at the current time of the clock, then returns. Used by tests. [registry]
  void run_until_idle() noexcept;
  /// Accepts no more input; run() processes what is queued. Idempotent. [any]
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
  /// Answers about processes that an input was given, in order.
  struct Replay {
    std::string_view learnt;
    bool is_on = false;
  };
  using Message = std::variant<Ingest, SnapshotRequest, Tick, Probe>;
  using Batch = Mailbox<Message>::Batch;
  struct Completion {
    atm_ingest_done done;
    void* context;
    atm_status status;
  };

  // Main loop (registry.cpp).
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
  /// Sessions that `entry` replaces in its process.
  [[nodiscard]] std::vector<SessionEntry*> replaced_in_process(const SessionEntry& entry);
  /// Checks whether the session's process is alive before an observation binds the session to another process.
  void verify_before(SessionEntry& entry, const Observation& bound);
  void retire(SessionEntry& entry, const Observation& observation);
  /// Counts a new revision and adds an event.
  void revise(SessionEntry& entry, bool registered = false);
  /// Removes an exited process from the session. False: the session is removed, and `entry` is gone.
  bool leave(SessionEntry& entry, const ProcessKey& process, const Inference& inference);
  void remove(SessionEntry& entry, std::string_view reason);
  /// Runs the analyzers on a folded observation.
  void derive_facts(SessionEntry& entry, const Observation& observation);

  // Timeouts and attention (registry_timeouts.cpp).
  void run_due_timeouts();
  void run_timeouts_of(SessionEntry& entry);
  /// Publishes changes of the session's attention and plans its next timeout.
  void follow_up(SessionEntry& entry, const Change& change, Timestamp at);
  void announce(SessionEntry& entry, std::string_view type, std::string_view reason, Timestamp at);

  // Clean-up (registry_clean_up.cpp).
  void clean_up(const Tick& tick);
  void evaluate(SessionEntry& entry, const Tick& tick);
  [[nodiscard]] bool end_gone_processes(SessionEntry& entry, const Tick& tick);
  [[nodiscard]] bool make_room();
  void check(SessionEntry& entry, const Tick& tick);

  // Restoring (registry_restore.cpp).
  void write_checkpoint();
  /// The stored answer during a replay, else that of `verify`.
  [[nodiscard]] Liveness ask(const std::function<Liveness(const SessionRuntime&)>& verify,
                             const SessionRuntime& where);

  // SnapshotSource
  [[nodiscard]] std::uint64_t snapshot_seq() const override { return seq_; }
  [[nodiscard]] std::vector<EventPtr> snapshot_all() override;
  [[nodiscard]] EventPtr snapshot_one(std::string_view session) override;
  [[nodiscard]] EventPtr snapshot_item(SessionEntry& entry);

  const RegistryOptions options_;
  Bus& bus_;
  Mailbox<Message> mailbox_;
  std::atomic<bool> dead_{false};

  // Used on the registry's thread only.
  SessionTable table_;
  Analyzers analyzers_;
  AwakeClock awake_;
  DeadlineQueue deadlines_;
  ReplacedSessions replaced_;
  EventBatch events_;
  Journal journal_;
  Replay replay_;
  std::deque<Observation> converted_;                      ///< observations that replace others of the batch
  std::function<Liveness(const SessionRuntime&)> verify_;  ///< of the newest clean-up
  std::vector<Completion> completions_;
  std::int64_t now_ns_ = 0;  // awake time of the current batch
  std::uint64_t seq_ = 0;
  RegistryCounts counts_;

  mutable std::mutex stats_mutex_;  // guards the members below
  RegistryStats shared_;
};

}  // namespace atm::kernel
