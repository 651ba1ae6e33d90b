// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/plugin/wire_counters.hpp>
#include <cstdint>
#include <string_view>

namespace zeromq {

enum class Counter : std::uint8_t {
  kPublished,            ///< messages handed to ZeroMQ, once each, whoever gets them
  kResent,               ///< last values, to late joiners and as refresh
  kSubscriberOverflows,  ///< times a subscriber's queue was found full; what follows is lost to it
  kBusGaps,              ///< times this transport itself was too slow
  kBusMissed,            ///< events it missed then
  kConnections,
  kConnectionsClosed,
  kHandshakesFailed,
  kListenerPaused,  ///< times a local socket's name was taken away, or all at a tcp port were let go
  kClientsRefused,  ///< CURVE keys that are not on the list
  kRequests,
  kRequestsRefused,  ///< over max_requests or out_bytes
  kRepliesDropped,   ///< the peer's queue was full
  kRepliesUnrouted,  ///< the peer had gone
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
