// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <atm/plugin/host.hpp>

#include "settings.hpp"

namespace zeromq {

/// libzmq aborts the process if the system refuses a descriptor or a thread, so both are checked before libzmq starts.

/// Raises the soft limit of descriptors to the needs of all transports. kInvalidField: the hard limit is lower; the
/// text has the numbers. [main]
[[nodiscard]] atm::Result<void> reserve_descriptors(const atm::Host& host, const Settings& settings);

/// Throws ThreadError unless the system can start all threads of ZeroMQ and this plugin, and a few more. [main]
void probe_threads();

}  // namespace zeromq
