// SPDX-License-Identifier: MIT
#pragma once

#include <atm/iface/analyzer.h>

#include <string>
#include <vector>

#include "kernel/registry/session_state.hpp"

namespace atm::kernel {

/// Shows a session as the sorted attributes an analyzer reads (docs/sdk/session-attributes.md). Built anew
/// for every observation, so it points into the session and into memory it keeps: nothing is allocated once
/// it is warm.
class SessionAttributes final {
 public:
  /// Valid until the session changes or the next call.
  [[nodiscard]] const atm_session& of(const SessionState& state);

 private:
  void merge_facts(const Facts& facts);

  std::vector<atm_attr> known_;
  std::vector<atm_attr> merged_;
  std::string agent_type_;
  atm_session view_{};
};

}  // namespace atm::kernel
