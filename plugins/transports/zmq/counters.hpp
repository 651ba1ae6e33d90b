// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atm/plugin/host.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
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
  kDoorsClosed,     ///< times a socket took nobody new, because max_connections was reached
  kClientsRefused,  ///< CURVE keys that are not on the list
  kRequests,
  kRequestsRefused,  ///< over max_requests or out_bytes
  kRepliesDropped,   ///< the peer's queue was full
  kRepliesUnrouted,  ///< the peer had gone
};

/// Counts on the transport's thread, told to the host once a round: a message costs an addition. [loop]
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
  static constexpr std::array<std::string_view, 14> kNames{"published",
                                                           "resent",
                                                           "subscriber_overflows",
                                                           "bus_gaps",
                                                           "bus_missed",
                                                           "connections",
                                                           "connections_closed",
                                                           "handshakes_failed",
                                                           "doors_closed",
                                                           "clients_refused",
                                                           "requests",
                                                           "requests_refused",
                                                           "replies_dropped",
                                                           "replies_unrouted"};

  static void tell(const atm::Host& host, std::string_view name, std::uint64_t& count) noexcept {
    if (count == 0) return;
    host.count(name, static_cast<std::int64_t>(count));
    count = 0;
  }

  std::array<std::uint64_t, kNames.size()> counts_{};
  std::array<std::uint64_t, atm::protocol::kWireErrorNames.size()> errors_{};
  bool is_dirty_ = false;
};

}  // namespace zeromq
