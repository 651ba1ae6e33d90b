// SPDX-License-Identifier: MIT
// Handles the requests that are answered at once.
#include "protocol/handlers.hpp"

#include <atm/domain/utf8.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <string>
#include <utility>
#include <variant>

#include "agents/process.hpp"

namespace unix_socket {

namespace protocol = atm::protocol;
using atm::Status;
using protocol::RequestId;
using protocol::WireError;

namespace {

void begin_stream(PeerState& peer) {
  const auto start_ticks = peer.pid > 0 ? process_start_ticks(peer.pid) : std::nullopt;
  // The daemon cannot check whether a process of another PID namespace still runs.
  if (!start_ticks) return;
  peer.host_process = ProcessId{peer.pid, *start_ticks};
  peer.server.live_agents.open(peer.id, *peer.host_process);
}

Outcome on(PeerState& peer, const protocol::Hello& message, const RequestId& id) {
  const ServerContext::Identity& daemon = peer.server.identity();
  std::string reason;
  if (!protocol::kProtocolVersion.compatible(message.protocol_version)) {
    reason = "client speaks protocol " + message.protocol_version.str() + ", this daemon " +
             protocol::kProtocolVersion.str() + "; update the older of the two";
    peer.server.counters.add(WireError::kUnsupportedVersion);
    peer.is_closing = true;
  } else {
    peer.is_greeted = true;
    if (message.stream) begin_stream(peer);
  }
  peer.replies.now([&](std::string& out) {
    protocol::append_server_hello(out, protocol::kProtocolVersion, reason, daemon.version, daemon.epoch, id);
  });
  return Outcome::kDone;
}

Outcome on(PeerState& peer, const protocol::Subscribe& message, const RequestId& id) {
  // A second subscribe replaces the first.
  close_subscription(peer);
  auto stream = std::make_unique<EventStream>(peer.server, peer.out, peer.replies, peer.id);
  atm::ErrorBuffer error;
  const Status status = stream->open(message, id, error);
  if (status == Status::kOk) {
    peer.event_stream = std::move(stream);
  } else if (message.at && status == Status::kFull) {
    reply_error(peer, WireError::kTooManyClients, error.view(), id);
  } else if (message.at && status == Status::kUnsupported) {
    reply_error(peer, WireError::kNotFound, error.view(), id);
  } else if (status == Status::kFull) {
    reply_error(peer, WireError::kTooManyClients,
                "the limit of subscribers is reached; close a subscriber, or raise the limit", id);
  } else {
    reply_error(peer, WireError::kInternalError,
                "the daemon cannot create the subscription: " + std::string(error.view()), id);
  }
  return Outcome::kDone;
}

constexpr std::string_view kNoReplay =
    "this connection has no replay, expected one; send subscribe with the member at";

Outcome on(PeerState& peer, const protocol::Seek& message, const RequestId& id) {
  const Status status = peer.event_stream ? peer.event_stream->seek(message.at, id) : Status::kNotFound;
  if (status == Status::kFull) {
    reply_error(peer, WireError::kBusy, "too many seeks wait; send the request again later", id);
  } else if (status != Status::kOk) {
    reply_error(peer, WireError::kInvalidMessage, kNoReplay, id);
  }
  return Outcome::kDone;
}

Outcome on(PeerState& peer, const protocol::SetSpeed& message, const RequestId& id) {
  const Status status = peer.event_stream ? peer.event_stream->set_speed(message.speed) : Status::kNotFound;
  if (status == Status::kOk) {
    peer.replies.now([&id](std::string& out) { protocol::append_ok(out, id); });
  } else {
    reply_error(peer, WireError::kInvalidMessage, kNoReplay, id);
  }
  return Outcome::kDone;
}

Outcome on(PeerState& peer, const protocol::Unsubscribe&, const RequestId& id) {
  close_subscription(peer);
  peer.replies.now([&id](std::string& out) { protocol::append_ok(out, id); });
  return Outcome::kDone;
}

Outcome on(PeerState& peer, const protocol::Ping& message, const RequestId& id) {
  peer.replies.now([&](std::string& out) { protocol::append_pong(out, message.seq, id); });
  return Outcome::kDone;
}

Outcome report(PeerState& peer, std::string_view name, std::string_view json, const RequestId& id) {
  peer.replies.now([&](std::string& out) { protocol::append_report(out, name, json, id); });
  return Outcome::kDone;
}

Outcome on(PeerState& peer, const protocol::GetStats&, const RequestId& id) {
  peer.server.counters.flush(peer.server.host);
  const std::string stats = peer.server.host.stats();
  return report(peer, "stats", stats.empty() ? "{}" : stats, id);
}

Outcome on(PeerState& peer, const protocol::GetPlugins&, const RequestId& id) {
  const std::string plugins = peer.server.host.plugins();
  return report(peer, "plugins", plugins.empty() ? "[]" : plugins, id);
}

}  // namespace

Outcome handle(PeerState& peer, const protocol::Request& request) {
  const Outcome outcome =
      std::visit([&](const auto& message) { return on(peer, message, request.id); }, request.message);
  if (outcome == Outcome::kDone) peer.server.counters.add(Counter::kLines);
  return outcome;
}

void reply_error(PeerState& peer, WireError code, std::string_view message, const RequestId& id) {
  peer.server.counters.add(code);
  // The message may quote a plugin.
  const std::string text = atm::utf8_sanitize(message);
  peer.replies.now([&](std::string& out) { protocol::append_error(out, code, text, id); });
}

void close_subscription(PeerState& peer) {
  if (!peer.event_stream) return;
  peer.event_stream->close();
  peer.event_stream.reset();
}

}  // namespace unix_socket
