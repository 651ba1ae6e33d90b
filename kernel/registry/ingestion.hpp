// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kernel/model/observation.hpp"
#include "kernel/registry/analyzers.hpp"
#include "kernel/registry/journal.hpp"
#include "kernel/registry/session_changes.hpp"

namespace atm::kernel {

/// Folds one observation into its session: finds or creates the session, journals the input, calls the analyzers, and
/// applies the effects on other sessions of the same process.
class Ingestion final {
 public:
  /// All arguments outlive it.
  Ingestion(RegistryState& state, SessionChanges& changes, EventOutput& events, LivenessAnswers& answers,
            Analyzers& analyzers, Journal& journal)
      : state_(state),
        changes_(changes),
        events_(events),
        answers_(answers),
        analyzers_(analyzers),
        journal_(journal) {}

  /// See Registry::ingest().
  [[nodiscard]] atm_status ingest(const Observation& observation, std::uint32_t expect,
                                  const std::optional<ProcessKey>& from);
  /// Counts a redundant observation as a sign of life.
  void count_redundant(SessionEntry& entry);
  /// Ends all sessions in an exited process.
  void end_all_in(const Observation& exited);

 private:
  void count_type(const Observation& observation);
  [[nodiscard]] bool is_already_known(const SessionEntry& entry, const Observation& observation);
  [[nodiscard]] atm_status begin_session(const Observation& observation, std::uint32_t expect,
                                         const std::optional<ProcessKey>& from);
  /// Whether the observation belongs to a thread that is no session of the user. Remembers a thread that states it.
  [[nodiscard]] bool is_internal(const Observation& observation);
  [[nodiscard]] bool is_known_by_process(const Observation& observation);
  void apply(SessionEntry& entry, const Observation& observation, bool registered,
             const std::optional<ProcessKey>& from);
  void continue_as(SessionEntry& old, std::string_view id, const Observation& observation, std::uint64_t seq);
  /// Sessions that `entry` replaces in its process.
  [[nodiscard]] std::vector<SessionEntry*> replaced_in_process(const SessionEntry& entry);
  /// Checks whether the session's process is alive before an observation binds the session to another process.
  void verify_before(SessionEntry& entry, const Observation& bound);
  void retire(SessionEntry& entry, const Observation& observation);
  /// Runs the analyzers on a folded observation.
  void derive_facts(SessionEntry& entry, const Observation& observation);

  RegistryState& state_;
  SessionChanges& changes_;
  EventOutput& events_;
  LivenessAnswers& answers_;
  Analyzers& analyzers_;
  Journal& journal_;
};

}  // namespace atm::kernel
