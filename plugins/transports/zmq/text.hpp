// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

namespace zeromq {

/// One message's JSON: made once, then shared by every subscriber's queue and the table of last values.
using Text = std::shared_ptr<const std::string>;

/// How many bytes ZeroMQ still holds of what it was shared: what waits for slow readers. Written on its I/O
/// thread.
using InFlightBytes = std::atomic<std::size_t>;

}  // namespace zeromq
