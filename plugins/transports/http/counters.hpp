// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/transport/wire_counters.hpp>
#include <cstdint>
#include <string_view>

namespace http_ingest {

enum class Counter : std::uint8_t {
  kConnections,         ///< accepted
  kConnectionsRefused,  ///< over the limit
  kRequests,            ///< with a complete header
  kRequestsMalformed,   ///< not HTTP, or too long a header
  kForbidden,           ///< from a web page: an Origin, or a Host that is not this machine
  kUnauthorized,        ///< without the token
  kRequestsUnknown,     ///< another path or method
  kRequestsTooLarge,
  kTimeouts,           ///< connections closed because the client was too slow
  kRecords,            ///< accepted by the host
  kRecordsSkipped,     ///< read, but empty
  kRecordsRefused,     ///< malformed, or no plugin reads the channel
  kRecordsDropped,     ///< the host stayed busy
  kBackpressureWaits,  ///< requests that waited for the host
};

inline constexpr std::array<std::string_view, 14> kCounterNames{
    "connections",     "connections_refused", "requests",           "requests_malformed", "forbidden",
    "unauthorized",    "requests_unknown",    "requests_too_large", "timeouts",           "records",
    "records_skipped", "records_refused",     "records_dropped",    "backpressure_waits"};

using Counters = atm::WireCounters<Counter, kCounterNames>;

}  // namespace http_ingest
