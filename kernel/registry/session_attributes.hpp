// SPDX-License-Identifier: MIT
#pragma once

#include <atm/iface/analyzer.h>

#include <string>
#include <vector>

#include "kernel/model/session_state.hpp"

namespace atm::kernel {

/// A fact as an attribute that borrows key and text.
[[nodiscard]] atm_attr attribute_of(std::string_view key, const FactValue& value);

/// Presents a session as the sorted attributes that an analyzer reads (docs/sdk/session-attributes.md). Built for every
/// observation; it points into the session and into reused memory, so a warm instance does not allocate.
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
