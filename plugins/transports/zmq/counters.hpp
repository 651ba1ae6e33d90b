// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/transport/wire_counters.hpp>
#include <cstdint>
#include <string_view>

namespace zeromq {

enum class Counter : std::uint8_t {
  kPublished,            ///< messages passed to ZeroMQ, once each, for any number of subscribers
  kResent,               ///< last values, for late joiners and as refresh
  kSubscriberOverflows,  ///< times a subscriber's queue was full; the subscriber loses the next messages
  kBusGaps,              ///< times this transport was too slow for the event bus
  kBusMissed,            ///< events missed in these gaps
  kConnections,
  kConnectionsClosed,
  kHandshakesFailed,
  kListenerPaused,  ///< times a local socket's path was removed, or all connections of a tcp port were closed
  kClientsRefused,  ///< CURVE keys that are not in the list
  kRequests,
  kRequestsRefused,  ///< over max_requests or out_bytes
  kRepliesDropped,   ///< the peer's queue was full
  kRepliesUnrouted,  ///< the peer had disconnected
};

inline constexpr std::array<std::string_view, 14> kCounterNames{"published",
                                                                "resent",
                                                                "subscriber_overflows",
                                                                "bus_gaps",
                                                                "bus_missed",
                                                                "connections",
                                                                "connections_closed",
                                                                "handshakes_failed",
                                                                "listener_paused",
                                                                "clients_refused",
                                                                "requests",
                                                                "requests_refused",
                                                                "replies_dropped",
                                                                "replies_unrouted"};

using Counters = atm::WireCounters<Counter, kCounterNames>;

}  // namespace zeromq
