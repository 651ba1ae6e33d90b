// SPDX-License-Identifier: MIT
// A session built step by step, without a registry.
#pragma once

#include <string>

#include "../model/observation_spec.hpp"
#include "kernel/registry/fold/fold.hpp"

namespace atm::kernel::test {

/// Folds observations in sequence, one second apart unless they have a time.
class FoldFixture {
 public:
  Change observe(ObservationSpec one, const std::optional<ProcessKey>& from = std::nullopt) {
    if (one.after == 0ns) one.after = ++steps_ * 1s;
    now = one.after;
    return fold(state, one.copy(), {++seq, now.count()}, from);
  }
  /// Lets time pass without evidence and runs the timeouts that become due.
  Change pass(std::chrono::nanoseconds silence) {
    const auto until = now + silence;
    Change last;
    for (auto due = next_timeout(state, {}, agent); due && *due <= until.count();
         due = next_timeout(state, {}, agent)) {
      now = std::chrono::nanoseconds(*due);
      last = run_timeouts(state, {++seq, *due}, {}, agent);
    }
    now = until;
    return last;
  }
  [[nodiscard]] StatusKind status() const { return state.domain.status.kind(); }
  [[nodiscard]] std::string tool() const { return std::string(state.domain.status.tool_name().value_or("")); }

  SessionState state{SessionId("s1"), moment(0s)};
  AgentCapabilities agent;
  std::uint64_t seq = 0;
  std::chrono::nanoseconds now{};  ///< awake time: in a fixture, observations arrive without delay

 private:
  int steps_ = 0;
};

}  // namespace atm::kernel::test
