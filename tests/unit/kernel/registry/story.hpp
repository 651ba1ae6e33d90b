// SPDX-License-Identifier: MIT
// A session told step by step, without a registry around it.
#pragma once

#include <string>

#include "kernel/registry/fold.hpp"
#include "told.hpp"

namespace atm::kernel::test {

/// Folds one observation after the other, a second apart unless it says when.
class Story {
 public:
  Change tell(Told one) {
    if (one.after == 0ns) one.after = ++steps_ * 1s;
    return fold(state, one.copy(), ++seq);
  }
  [[nodiscard]] StatusKind status() const { return state.domain.status.kind(); }
  [[nodiscard]] std::string tool() const { return std::string(state.domain.status.tool_name().value_or("")); }

  SessionState state{SessionId("s1"), moment(0s)};
  std::uint64_t seq = 0;

 private:
  int steps_ = 0;
};

}  // namespace atm::kernel::test
