// SPDX-License-Identifier: MIT
// A session told step by step, without a registry around it.
#pragma once

#include <string>

#include "kernel/registry/fold.hpp"
#include "observation_spec.hpp"

namespace atm::kernel::test {

/// Folds one observation after the other, a second apart unless it says when.
class FoldFixture {
 public:
  Change observe(ObservationSpec one, const std::optional<ProcessKey>& from = std::nullopt) {
    if (one.after == 0ns) one.after = ++steps_ * 1s;
    now = one.after;
    return fold(state, one.copy(), {++seq, now.count()}, from);
  }
  /// Time passes in which nothing is heard; whatever is due on the way is concluded.
  Change pass(std::chrono::nanoseconds silence) {
    const auto until = now + silence;
    Change last;
    for (auto due = next_timeout(state, {}); due && *due <= until.count(); due = next_timeout(state, {})) {
      now = std::chrono::nanoseconds(*due);
      last = run_timeouts(state, {++seq, *due}, {});
    }
    now = until;
    return last;
  }
  [[nodiscard]] StatusKind status() const { return state.domain.status.kind(); }
  [[nodiscard]] std::string tool() const { return std::string(state.domain.status.tool_name().value_or("")); }

  SessionState state{SessionId("s1"), moment(0s)};
  std::uint64_t seq = 0;
  std::chrono::nanoseconds now{};  ///< awake time: in a fixture, observations arrive as they happen

 private:
  int steps_ = 0;
};

}  // namespace atm::kernel::test
