// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <atm/host/ingest.h>
#include <atm/iface/store.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/registry/awake_clock.hpp"
#include "kernel/registry/clean_up.hpp"
#include "kernel/registry/ingestion.hpp"
#include "kernel/registry/registry_state.hpp"

namespace atm::kernel {

/// The sessions as a function of their inputs: observations, clean-ups, and timeouts that become due. For one thread.
/// It reads no clock: advance_to() sets the time of the later inputs. An observation that is passed to it must live
/// until the journal's next flush.
class Registry final {
 public:
  /// All references outlive the registry.
  Registry(RegistryOptions options, Analyzers& analyzers, Journal& journal, EventOutput& events);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Restoring, before the first input: at most one checkpoint, the inputs after it in order, then finish_restore().

  /// False, without effect: the bytes are no checkpoint of this program. `dropped_busy` receives the counters that
  /// checkpoint() was given.
  [[nodiscard]] bool restore(std::string_view checkpoint, BoundedCounters& dropped_busy);
  /// Folds one stored input, without analyzers and without questions about processes. E_INVALID: it exceeds a limit.
  [[nodiscard]] atm_status replay(const atm_stored& input);
  /// Continues after the restored state, at `next_seq` or later. `is_unclean`: the last daemon may have published
  /// revisions that are lost, so that every rev rises by 1,000.
  void finish_restore(std::uint64_t next_seq, bool is_unclean);

  /// What the agents report (STATE-C3); until the first call, nothing is known. Stored timeouts need no call.
  void set_capabilities(CapabilitiesByAgent capabilities);

  /// `mono_ns`: monotonic time.
  void advance_to(std::int64_t mono_ns) { state_.now_ns = awake_.at(mono_ns); }
  /// `from`: the process of its record, if known. E_NOT_FOUND, E_EXISTS: `expect` does not hold. E_FULL: the limit of
  /// sessions.
  [[nodiscard]] atm_status ingest(const Observation& observation, std::uint32_t expect = ATM_EXPECT_ANY,
                                  const std::optional<ProcessKey>& from = std::nullopt);
  void clean_up(const Tick& tick);
  void run_due_timeouts();
  /// The time from `mono_ns` until the next timeout in nanoseconds; not positive: it is due.
  [[nodiscard]] std::optional<std::int64_t> due_in(std::int64_t mono_ns);

  /// The number of the newest event.
  [[nodiscard]] std::uint64_t seq() const noexcept { return state_.seq; }
  /// nullptr: no such session.
  [[nodiscard]] SessionEntry* find(std::string_view session) noexcept { return state_.table.find(session); }
  /// In order of registration.
  [[nodiscard]] std::vector<SessionEntry*> sessions() { return state_.table.in_order(); }
  /// The state as bytes for restore(), with the counters `dropped_busy` of the mailbox.
  [[nodiscard]] std::string checkpoint(const BoundedCounters& dropped_busy);
  /// Hash of the stored state: equal states have equal hashes.
  [[nodiscard]] std::uint64_t hash();

  [[nodiscard]] const RegistryCounts& counts();
  [[nodiscard]] const BoundedCounters& other_types() const noexcept { return state_.other_types; }
  [[nodiscard]] const BoundedCounters& unknown_events() const noexcept { return state_.unknown_events; }

 private:
  /// `doubts`: as in run_timeouts().
  void run_timeouts_of(SessionEntry& entry, std::optional<bool> doubts = std::nullopt);
  /// Applies a stored input, other than an observation, of a known session.
  void replay_own(SessionEntry& entry, const atm_stored& input, const Observation& observation);

  const RegistryOptions options_;
  RegistryState state_;
  AwakeClock awake_;
  LivenessAnswers answers_;
  Analyzers& analyzers_;
  Journal& journal_;
  SessionChanges changes_;
  Ingestion ingestion_;
  CleanUp clean_up_;
};

}  // namespace atm::kernel
