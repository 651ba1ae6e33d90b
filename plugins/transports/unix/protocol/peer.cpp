// SPDX-License-Identifier: MIT
#include "protocol/peer.hpp"

#include <atm/domain/utf8.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <utility>
#include <variant>

namespace unix_socket {

namespace protocol = atm::protocol;
using protocol::RequestId;
using protocol::WireError;

Peer::Peer(ServerContext& context, std::uint64_t id, std::int64_t peer)
    : context_(context), id_(id), peer_(peer), lines_(context.settings.line_bytes) {}

Peer::~Peer() {
  context_.ingest.leave(id_);
}

void Peer::receive(std::string_view bytes) {
  context_.counters.add(Counter::kBytesIn, bytes.size());
  lines_.put(bytes);
  static_cast<void>(handle_lines());
}

void Peer::end_of_input() {
  has_ended_ = true;
  static_cast<void>(handle_lines());
}

bool Peer::advance() {
  const bool did_lines = handle_lines();
  const bool may_pump = event_stream_ && (subscribe_reply_ == 0 || replies_.is_next(subscribe_reply_));
  const bool did_events = may_pump && event_stream_->pump();
  if (is_unread_) out_.clear();
  return did_lines || did_events;
}

void Peer::deliver(PeerMessage message) {
  if (message.kind == PeerMessage::Kind::kEvents) {
    if (event_stream_) event_stream_->wake();
    return;
  }
  auto pending = pending_.extract(message.reply);
  if (pending) answer(pending.key(), pending.mapped(), message);
}

void Peer::refuse(WireError code, std::string_view message) {
  reply_error(code, message, {});
  is_closing_ = true;
  close_subscription();
}

void Peer::stop_events() {
  close_subscription();
}

void Peer::drop_output() {
  is_unread_ = true;
  close_subscription();
  out_.clear();
}

bool Peer::may_handle() const noexcept {
  const Settings& settings = context_.settings;
  return !is_closing_ && snapshots_pending_ == 0 && replies_.outstanding() < settings.max_replies &&
         out_.bytes() + replies_.held_bytes() < settings.out_bytes;
}

bool Peer::wants_input() const noexcept {
  return !has_ended_ && !is_waiting_ && may_handle();
}

bool Peer::is_finished() const noexcept {
  if (replies_.outstanding() != 0) return false;
  return is_closing_ || (has_ended_ && lines_.is_empty() && !event_stream_);
}

bool Peer::handle_lines() {
  bool did_any = false;
  const bool was_waiting = std::exchange(is_waiting_, false);
  while (may_handle()) {
    auto line = lines_.next();
    if (!line && has_ended_) line = lines_.rest();
    if (lines_.is_too_long()) {
      refuse(WireError::kMessageTooLarge, "line is longer than " +
                                              std::to_string(context_.settings.line_bytes) +
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
    if (is_unread_) out_.clear();
  }
  lines_.keep();
  // A peer that does not read its replies leaves the queue, so that the others proceed.
  if (was_waiting && !is_waiting_) context_.ingest.leave(id_);
  return did_any;
}

Peer::Outcome Peer::handle_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find_first_not_of(" \t") == std::string_view::npos) return Outcome::kDone;
  if (is_greeted_) {
    if (const auto envelope = parse_ingest_envelope(line)) return ingest(*envelope, line);
  }
  auto read = context_.reader.read(line);
  if (auto* request = std::get_if<protocol::Request>(&read)) return handle_request(*request);
  const auto& rejection = std::get<protocol::Rejection>(read);
  context_.counters.add(Counter::kLines);
  if (!is_greeted_ && rejection.code == WireError::kUnknownType) {
    refuse(WireError::kHandshakeRequired, "first message is not hello; say hello first");
  } else {
    reply_error(rejection.code, rejection.message, rejection.id);
  }
  return Outcome::kDone;
}

Peer::Outcome Peer::handle_request(protocol::Request& request) {
  if (!is_greeted_ && !std::holds_alternative<protocol::Hello>(request.message)) {
    refuse(WireError::kHandshakeRequired, "first message is not hello; say hello first");
    return Outcome::kDone;
  }
  const Outcome outcome =
      std::visit([this, &request](const auto& message) { return on(message, request.id); }, request.message);
  if (outcome == Outcome::kDone) context_.counters.add(Counter::kLines);
  return outcome;
}

void Peer::reply_error(WireError code, std::string_view message, const RequestId& id) {
  context_.counters.add(code);
  // The message may quote a plugin.
  const std::string text = atm::utf8_sanitize(message);
  replies_.now([&](std::string& out) { protocol::append_error(out, code, text, id); });
}

}  // namespace unix_socket
