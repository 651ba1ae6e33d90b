// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "kernel/registry/journal.hpp"
#include "kernel/registry/session_changes.hpp"

namespace atm::kernel {

/// Effects of time and of exited processes on sessions (docs/specs/state.md, STATE-I6 to STATE-I8). Ages are awake time
/// since arrival, not wall time of the sender, so that a stepped clock or a suspend ends no session.
class CleanUp final {
 public:
  /// All arguments outlive it.
  CleanUp(const RegistryOptions& options, RegistryState& state, SessionChanges& changes, Journal& journal)
      : options_(options), state_(state), changes_(changes), journal_(journal) {}

  /// Evaluates a session, and journals the answers about its processes if they changed its state.
  void check(SessionEntry& entry, const Tick& tick);
  /// Marks the session as stale or fresh, ends or removes it. Afterwards, `entry` may be gone.
  void evaluate(SessionEntry& entry, const Tick& tick);

 private:
  /// Of several processes, only those verified as alive remain. Asks once about each process and returns the answer
  /// about the shown one; absent: the session has ended or is removed.
  [[nodiscard]] std::optional<Liveness> end_gone_processes(SessionEntry& entry, const Tick& tick);

  const RegistryOptions& options_;
  RegistryState& state_;
  SessionChanges& changes_;
  Journal& journal_;
};

}  // namespace atm::kernel
