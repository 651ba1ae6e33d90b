// SPDX-License-Identifier: MIT
#include "protocol/peer.hpp"

#include <string>
#include <utility>
#include <variant>

namespace unix_socket {

namespace protocol = atm::protocol;
using protocol::WireError;

Peer::Peer(ServerContext& context, std::uint64_t id, std::int64_t pid)
    : state_{context, id, pid}, lines_(context.settings.line_bytes) {}

Peer::~Peer() {
  state_.server.ingest.leave(state_.id);
}

void Peer::receive(std::string_view bytes) {
  state_.server.counters.add(Counter::kBytesIn, bytes.size());
  lines_.put(bytes);
  static_cast<void>(handle_lines());
}

void Peer::end_of_input() {
  has_ended_ = true;
  static_cast<void>(handle_lines());
}

bool Peer::advance() {
  const bool did_lines = handle_lines();
  const bool did_events = state_.event_stream && state_.event_stream->pump();
  if (state_.event_stream && state_.event_stream->is_refused()) state_.event_stream.reset();
  if (is_unread_) state_.out.clear();
  return did_lines || did_events;
}

void Peer::deliver(PeerMessage message) {
  if (message.kind == PeerMessage::Kind::kEvents) {
    if (state_.event_stream) state_.event_stream->wake();
    return;
  }
  if (message.kind == PeerMessage::Kind::kPart)
    return state_.replies.add(message.reply, std::move(message.texts.front()));
  auto pending = state_.pending.extract(message.reply);
  if (!pending) return;
  if (message.kind == PeerMessage::Kind::kSnapshot) --state_.snapshots_pending;
  pending.mapped()(state_, message.reply, message);
}

void Peer::refuse(WireError code, std::string_view message) {
  reply_error(state_, code, message, {});
  state_.is_closing = true;
  close_subscription(state_);
}

void Peer::drop_output() {
  is_unread_ = true;
  close_subscription(state_);
  state_.out.clear();
}

bool Peer::may_handle() const noexcept {
  const Settings& settings = state_.server.settings;
  return !state_.is_closing && state_.snapshots_pending == 0 &&
         state_.replies.outstanding() < settings.max_replies &&
         state_.out.bytes() + state_.replies.held_bytes() < settings.out_bytes;
}

bool Peer::wants_input() const noexcept {
  return !has_ended_ && !is_waiting_ && may_handle();
}

bool Peer::is_finished() const noexcept {
  if (state_.replies.outstanding() != 0) return false;
  return state_.is_closing || (has_ended_ && lines_.is_empty() && !state_.event_stream);
}

bool Peer::handle_lines() {
  bool did_any = false;
  const bool was_waiting = std::exchange(is_waiting_, false);
  while (may_handle()) {
    auto line = lines_.next();
    if (!line && has_ended_) line = lines_.rest();
    if (lines_.is_too_long()) {
      refuse(WireError::kMessageTooLarge, "line is longer than " +
                                              std::to_string(state_.server.settings.line_bytes) +
                                              " bytes, the limit; send shorter lines");
      break;
    }
    if (!line) break;
    if (handle_line(*line) == Outcome::kWaits) {
      lines_.unget();
      is_waiting_ = true;
      break;
    }
    did_any = true;
    if (is_unread_) state_.out.clear();
  }
  lines_.keep();
  // A peer that does not read its replies leaves the queue, so that the others proceed.
  if (was_waiting && !is_waiting_) state_.server.ingest.leave(state_.id);
  return did_any;
}

Outcome Peer::handle_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find_first_not_of(" \t") == std::string_view::npos) return Outcome::kDone;
  if (state_.is_greeted) {
    if (const auto envelope = parse_ingest_envelope(line)) return handle(state_, *envelope, line);
  }
  const auto read = state_.server.reader.read(line);
  const auto* request = std::get_if<protocol::Request>(&read);
  if (request != nullptr && (state_.is_greeted || std::holds_alternative<protocol::Hello>(request->message)))
    return handle(state_, *request);
  const auto* rejection = std::get_if<protocol::Rejection>(&read);
  if (rejection != nullptr) state_.server.counters.add(Counter::kLines);
  if (rejection == nullptr || (!state_.is_greeted && rejection->code == WireError::kUnknownType)) {
    refuse(WireError::kHandshakeRequired, "first message is not hello; say hello first");
  } else {
    reply_error(state_, rejection->code, rejection->message, rejection->id);
  }
  return Outcome::kDone;
}

}  // namespace unix_socket
