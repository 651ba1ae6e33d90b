// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <atm/transport/cross_thread_queue.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace unix_socket {

/// A message of another thread for a peer: an answer of the registry or a part of one, a finished discovery, or new
/// events.
struct PeerMessage {
  enum class Kind : std::uint8_t { kEvents, kObserved, kPart, kSnapshot, kDiscovered };

  std::uint64_t client = 0;
  std::uint64_t reply = 0;  ///< slot in the peer's reply queue; for kEvents the id of the subscription
  Kind kind = Kind::kEvents;
  atm::Status status = atm::Status::kOk;
  std::uint64_t found = 0;
  std::uint64_t failed = 0;
  std::vector<std::string> texts{};
};

using CrossThreadQueue = atm::CrossThreadQueue<PeerMessage>;

/// The target of an answer from another thread, which may arrive after the peer or the transport is gone.
struct Call {
  std::shared_ptr<CrossThreadQueue> inbox;
  PeerMessage message{};
};

/// The answer to Host::sessions() for a Call, which it owns: the items become the texts of the message.
inline void on_sessions(void* context, atm_status status, std::uint64_t seq, const atm_str* items,
                        std::uint64_t count) {
  const std::unique_ptr<Call> call(static_cast<Call*>(context));
  PeerMessage& message = call->message;
  message.kind = PeerMessage::Kind::kSnapshot;
  message.status = static_cast<atm::Status>(status);
  message.found = seq;
  for (std::uint64_t i = 0; i < count; ++i) message.texts.emplace_back(atm::to_view(items[i]));
  call->inbox->post(std::move(message));
}

}  // namespace unix_socket
