// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/plugin/wire_counters.hpp>
#include <cstdint>
#include <string_view>

namespace unix_socket {

enum class Counter : std::uint8_t {
  kConnections,         ///< accepted
  kConnectionsRefused,  ///< over the limit
  kForeignUid,          ///< of another user
  kHandshakeTimeouts,
  kLines,
  kBytesIn,
  kBytesOut,
  kRecords,            ///< taken by the host
  kRecordsSkipped,     ///< read, and nothing was in them
  kRecordsRefused,     ///< malformed, or of a channel nobody reads
  kRecordsDropped,     ///< the host stayed busy
  kRecordsSaved,       ///< of connections over the limit, put into the spool
  kRecordsLost,        ///< of connections over the limit, or of a paused channel, not put into the spool
  kRecordsPaused,      ///< put into the spool until their channel is not paused any more
  kBackpressureWaits,  ///< times a client had to wait for the host
  kGaps,
  kStreams,       ///< connections that are one
  kStreamExits,   ///< whose process was gone at their end
  kStreamCloses,  ///< sessions that ended with one, though their process lives
  kSpoolRecords,  ///< of the spool, taken by the host
  kSpoolRefused,  ///< malformed, or of a channel nobody reads
  kSpoolTorn,     ///< lines that are no record, or a part of one
  kSpoolTooOld,
  kSpoolDropped,   ///< by hooks: there was no room
  kSpoolSetAside,  ///< two daemons died while they were parsed
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
