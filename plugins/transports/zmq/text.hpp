// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

namespace zeromq {

/// The JSON of one message, shared by the queues of all subscribers and the last-value cache.
using Text = std::shared_ptr<const std::string>;

/// Bytes that ZeroMQ still holds for slow readers. Its I/O thread changes this counter.
using InFlightBytes = std::atomic<std::size_t>;

}  // namespace zeromq
