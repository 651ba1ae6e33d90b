// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/transport/wire_counters.hpp>
#include <cstdint>
#include <string_view>

namespace unix_socket {

enum class Counter : std::uint8_t {
  kConnections,         ///< accepted
  kConnectionsRefused,  ///< over the limit
  kForeignUid,          ///< refused, the peer belongs to another user
  kHandshakeTimeouts,
  kLines,
  kBytesIn,
  kBytesOut,
  kRecords,            ///< accepted by the host
  kRecordsSkipped,     ///< read, but empty
  kRecordsRefused,     ///< malformed, or no plugin reads the channel
  kRecordsDropped,     ///< the host stayed busy
  kRecordsSaved,       ///< of connections over the limit, written to the spool
  kRecordsLost,        ///< of connections over the limit or of a paused channel, not written to the spool
  kRecordsPaused,      ///< written to the spool until the pause of their channel ends
  kBackpressureWaits,  ///< times a peer waited for the host
  kGaps,
  kStreams,       ///< connections that declare a stream
  kStreamExits,   ///< streams whose process had exited at their end
  kStreamCloses,  ///< sessions closed at the end of a stream while its process lives
  kSpoolRecords,  ///< spool entries accepted by the host
  kSpoolRefused,  ///< malformed, or no plugin reads the channel
  kSpoolTorn,     ///< incomplete or invalid lines
  kSpoolTooOld,
  kSpoolDropped,   ///< not written by hooks, because the spool was full
  kSpoolSetAside,  ///< set aside, because two daemons died while parsing them
};

inline constexpr std::array<std::string_view, 25> kCounterNames{"connections",
                                                                "connections_refused",
                                                                "foreign_uid",
                                                                "handshake_timeouts",
                                                                "lines",
                                                                "bytes_in",
                                                                "bytes_out",
                                                                "records",
                                                                "records_skipped",
                                                                "records_refused",
                                                                "records_dropped",
                                                                "records_saved",
                                                                "records_lost",
                                                                "records_paused",
                                                                "backpressure_waits",
                                                                "gaps",
                                                                "streams",
                                                                "stream_exits",
                                                                "stream_closes",
                                                                "spool_records",
                                                                "spool_refused",
                                                                "spool_torn",
                                                                "spool_too_old",
                                                                "spool_dropped",
                                                                "spool_set_aside"};

using Counters = atm::WireCounters<Counter, kCounterNames>;

}  // namespace unix_socket
