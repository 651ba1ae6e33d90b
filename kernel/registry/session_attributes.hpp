// SPDX-License-Identifier: MIT
#pragma once

#include <atm/iface/analyzer.h>

#include <cstdint>
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
  /// Whether the keys are those of the last merge.
  [[nodiscard]] bool has_same_keys(const Facts& facts) const noexcept;
  void find_order(const Facts& facts);

  std::vector<atm_attr> known_;
  std::vector<atm_attr> merged_;
  // The order of the last merge. Sessions of one agent usually have the same keys, so most merges compare no texts.
  std::vector<const char*> merged_known_;  // the keys of known_, which are literals
  std::vector<FactKey> merged_facts_;
  std::vector<std::uint16_t> order_;  // index into known_, or known_.size() + index into the facts
  std::string agent_type_;
  atm_session view_{};
};

}  // namespace atm::kernel
