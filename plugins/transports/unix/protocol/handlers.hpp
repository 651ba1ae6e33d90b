// SPDX-License-Identifier: MIT
// The requests of a client, and the state of a connection that they share. Everything here is [transport].
#pragma once

#include <atm/protocol/client_message.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "ingest/envelope.hpp"
#include "protocol/event_stream.hpp"
#include "protocol/outbox.hpp"
#include "protocol/reply_queue.hpp"
#include "protocol/server_context.hpp"

namespace unix_socket {

struct PeerState {
  /// Turns the result of a request into the reply of that slot.
  using Answer = std::function<void(PeerState&, std::uint64_t reply, PeerMessage&)>;

  ServerContext& server;
  const std::uint64_t id;
  const std::int64_t pid;                   // of the process at the other end; 0: unknown
  std::optional<ProcessId> host_process{};  // of a stream
  Outbox out{};
  ReplyQueue replies{out};
  std::map<std::uint64_t, Answer> pending{};  // by reply slot
  std::size_t snapshots_pending = 0;
  std::unique_ptr<EventStream> event_stream{};
  bool is_greeted = false;
  bool is_closing = false;  // no more input is handled
};

/// kWaits: the message waits in the ingest queue; handle it again when the queue names the peer.
enum class Outcome : std::uint8_t { kDone, kWaits };

/// Handles a request of a greeted client, or its `hello`.
[[nodiscard]] Outcome handle(PeerState& peer, const atm::protocol::Request& request);
/// Handles an `ingest` message that was read without a JSON document.
[[nodiscard]] Outcome handle(PeerState& peer, const Envelope& envelope, std::string_view line);

void reply_error(PeerState& peer, atm::protocol::WireError code, std::string_view message,
                 const atm::protocol::RequestId& id);
void close_subscription(PeerState& peer);

// One function for each message whose result is not known at once, or that has a file of its own.
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::Register&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::UpdateContext&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::EndSession&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::Acknowledge&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::GetSession&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::GetAllSessions&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::Discover&, const atm::protocol::RequestId&);
[[nodiscard]] Outcome on(PeerState&, const atm::protocol::Ingest&, const atm::protocol::RequestId&);

}  // namespace unix_socket
