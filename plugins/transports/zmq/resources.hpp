// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <atm/plugin/host.hpp>

#include "settings.hpp"

namespace zeromq {

/// libzmq ends the process when the system refuses it a descriptor or a thread, so both are asked for before it is used.

/// Raises the soft limit of descriptors to what all transports may need, if the hard limit permits it. kInvalidField: it does
/// not; the text has the numbers. [main]
[[nodiscard]] atm::Result<void> reserve_descriptors(const atm::Host& host, const Settings& settings);

/// Throws ThreadError unless the system gives as many threads as ZeroMQ and we start. [main]
void probe_threads();

}  // namespace zeromq
