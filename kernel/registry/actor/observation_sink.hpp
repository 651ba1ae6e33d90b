// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <vector>

#include "kernel/model/observation.hpp"

namespace atm::kernel {

/// Takes the observations of a record; the registry actor is one. A virtual call costs less than a std::function for each
/// record, and a test can take the observations itself.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  /// Takes all observations of one record in sequence, or none. E_BUSY, E_CLOSED; E_TOO_LARGE: more than the mailbox
  /// can hold. [any]
  [[nodiscard]] virtual atm_status observe_all(std::vector<Observation>&& observations) = 0;
};

}  // namespace atm::kernel
