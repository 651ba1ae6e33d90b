// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/plugin/host.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace unix_socket {

enum class Counter : std::uint8_t {
  kConnections,         ///< accepted
  kConnectionsRefused,  ///< over the limit
  kConnectionsForeign,  ///< of another user
  kHandshakeTimeouts,
  kLines,
  kBytesIn,
  kBytesOut,
  kRecords,         ///< taken by the host
  kRecordsSkipped,  ///< read, and nothing was in them
  kRecordsRefused,  ///< malformed, or of a channel nobody reads
  kRecordsDropped,  ///< the host stayed busy
  kBusyPauses,      ///< times a client had to wait for the host
  kGaps,
};

/// Counts on the transport's thread, told to the host once a batch: a line costs an addition. [transport]
class Counters final {
 public:
  void add(Counter counter, std::uint64_t count = 1) noexcept {
    counts_[static_cast<std::size_t>(counter)] += count;
    is_dirty_ = true;
  }
  void add(atm::protocol::WireError error) noexcept {
    errors_[static_cast<std::size_t>(error)] += 1;
    is_dirty_ = true;
  }

  void flush(const atm::Host& host) {
    if (!is_dirty_) return;
    is_dirty_ = false;
    for (std::size_t i = 0; i < counts_.size(); ++i) tell(host, kNames[i], counts_[i]);
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      if (errors_[i] == 0) continue;
      tell(host, "error_" + std::string(atm::protocol::kWireErrorNames[i]), errors_[i]);
    }
  }

 private:
  static constexpr std::array<std::string_view, 13> kNames{"connections",
                                                           "connections_refused",
                                                           "connections_foreign",
                                                           "handshake_timeouts",
                                                           "lines",
                                                           "bytes_in",
                                                           "bytes_out",
                                                           "records",
                                                           "records_skipped",
                                                           "records_refused",
                                                           "records_dropped",
                                                           "busy_pauses",
                                                           "gaps"};

  static void tell(const atm::Host& host, std::string_view name, std::uint64_t& count) noexcept {
    if (count == 0) return;
    host.count(name, static_cast<std::int64_t>(count));
    count = 0;
  }

  std::array<std::uint64_t, kNames.size()> counts_{};
  std::array<std::uint64_t, atm::protocol::kWireErrorNames.size()> errors_{};
  bool is_dirty_ = false;
};

}  // namespace unix_socket
