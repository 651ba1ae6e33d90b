// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/ingest.h>
#include <atm/host/snapshot.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/registry/actor/encoder.hpp"
#include "kernel/registry/actor/event_batch.hpp"
#include "kernel/registry/actor/mailbox.hpp"
#include "kernel/registry/actor/observation_sink.hpp"
#include "kernel/registry/actor/registry_stats.hpp"
#include "kernel/registry/registry.hpp"

namespace atm::kernel {

struct RegistryActorOptions : RegistryOptions {
  std::size_t mailbox = kDefaultLimits.registry_mailbox;  ///< messages in each lane
  std::function<std::int64_t()> monotonic_ns;             ///< required; atm.host.clock/1
  Encoder encoder = json_encoder();
  /// Called once with the reason when the registry fails. The daemon must then exit with an error. [registry]
  std::function<void(std::string_view)> on_death;
};

/// Runs the registry. Producers put observations into its mailbox and never wait. One thread takes them in batches,
/// passes them and the time to the registry, publishes the events on the bus, and passes the inputs to the store. All
/// code behind the mailbox runs on that thread and needs no lock. After a failure every call returns E_CLOSED, so that
/// a failed registry differs from a full one.
class RegistryActor final : public ObservationSink, private SnapshotSource {
 public:
  /// `bus` outlives the actor.
  RegistryActor(RegistryActorOptions options, Bus& bus);
  ~RegistryActor() override;
  RegistryActor(const RegistryActor&) = delete;
  RegistryActor& operator=(const RegistryActor&) = delete;

  /// Before run(). [main]
  void add_analyzer(AnalyzerBinding binding) { analyzers_.add(std::move(binding)); }

  // Restoring, before run(), as in Registry. [main]

  [[nodiscard]] bool restore(std::string_view checkpoint);
  [[nodiscard]] atm_status replay(const atm_stored& input);
  void finish_restore(std::uint64_t next_seq, bool is_unclean);
  /// Passes every later input to a store, and a checkpoint at the end of run().
  void connect(const StoreBinding& store) { journal_.connect(store); }
  /// See Registry::hash(). Not while run() runs.
  [[nodiscard]] std::uint64_t hash() { return registry_.hash(); }

  /// OK: `done`, unless null, is called exactly once on the registry's thread, after the publication. E_BUSY: the
  /// observation is refused and counted by origin. E_CLOSED. [any]
  [[nodiscard]] atm_status observe(Observation&& observation, std::uint32_t expect = ATM_EXPECT_ANY,
                                   atm_ingest_done done = nullptr, void* context = nullptr);
  [[nodiscard]] atm_status observe_all(std::vector<Observation>&& observations) override;
  /// The JSON of one session, or of all for the empty id. The request uses the data lane, so the result includes all
  /// earlier observations of this thread. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status snapshot(std::string_view session, atm_snapshot_done done, void* context);
  /// Like snapshot(), for all sessions of these agents.
  [[nodiscard]] atm_status snapshot_of(std::vector<std::string> agents, atm_snapshot_done done,
                                       void* context);
  /// Requests a clean-up; it overtakes queued data. E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status tick(Tick tick);
  /// See Registry::set_capabilities(). E_BUSY, E_CLOSED. [any]
  [[nodiscard]] atm_status set_capabilities(CapabilitiesByAgent capabilities);
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
    std::string session;  ///< empty: all
    atm_snapshot_done done;
    void* context;
    std::vector<std::string> agents{};  ///< if not empty, only their sessions
  };
  struct Probe {
    std::function<void()> answer;
  };
  using Message = std::variant<Ingest, SnapshotRequest, Tick, Probe, CapabilitiesByAgent>;
  using Batch = Mailbox<Message>::Batch;
  struct Completion {
    atm_ingest_done done;
    void* context;
    atm_status status;
  };

  void work(Batch& batch);
  void handle(Message& message);
  void flush();
  [[nodiscard]] std::optional<std::chrono::nanoseconds> until_due();
  void answer(SnapshotRequest& request);
  void die(Batch& batch, std::string_view why) noexcept;
  static void refuse_all(Batch& batch) noexcept;
  void share_counts();
  void count_busy(const Observation& observation);
  void write_checkpoint();

  // SnapshotSource
  [[nodiscard]] std::uint64_t snapshot_seq() const override { return registry_.seq(); }
  [[nodiscard]] std::vector<EventPtr> snapshot_all() override;
  [[nodiscard]] EventPtr snapshot_one(std::string_view session) override;
  [[nodiscard]] EventPtr snapshot_item(SessionEntry& entry);

  const RegistryActorOptions options_;
  Bus& bus_;
  Mailbox<Message> mailbox_;
  std::atomic<bool> dead_{false};

  // Used on the registry's thread only.
  Analyzers analyzers_;
  Journal journal_;
  EventBatch events_;
  Registry registry_;
  std::vector<Completion> completions_;

  mutable std::mutex stats_mutex_;  // guards the members below
  RegistryStats shared_;
};

}  // namespace atm::kernel
