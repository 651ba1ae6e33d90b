// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <atm/transport/cross_thread_queue.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace unix_socket {

/// A message of another thread for a peer: an answer of the registry, a finished discovery, or new events.
struct PeerMessage {
  enum class Kind : std::uint8_t { kEvents, kObserved, kSnapshot, kDiscovered };

  std::uint64_t client = 0;
  std::uint64_t reply = 0;  ///< slot in the peer's reply queue; for kEvents the id of the subscription
  Kind kind = Kind::kEvents;
  atm::Status status = atm::Status::kOk;
  std::uint64_t found = 0;
  std::uint64_t failed = 0;
  std::vector<std::string> texts{};
};

using CrossThreadQueue = atm::CrossThreadQueue<PeerMessage>;

}  // namespace unix_socket
