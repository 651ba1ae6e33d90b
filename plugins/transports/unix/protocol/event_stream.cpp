// SPDX-License-Identifier: MIT
#include "protocol/event_stream.hpp"

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <atm/plugin/values.hpp>
#include <chrono>
#include <utility>

namespace unix_socket {

using atm::Status;
using atm::to_view;
namespace protocol = atm::protocol;

EventStream::~EventStream() {
  // After this the host no longer calls on_ready.
  if (id_ != 0) static_cast<void>(context_.host.unsubscribe(id_));
}

Status EventStream::open(const protocol::Subscribe& message, protocol::RequestId request,
                         atm::ErrorBuffer& error) {
  atm_subscription_options options{};
  options.size = sizeof options;
  options.activity = message.activity ? 1 : 0;
  if (message.session_id) options.session = atm::to_c(*message.session_id);
  options.ready = &EventStream::on_ready;
  options.context = this;
  if (message.at) {
    // 0 means the present to the host.
    options.replay_at_ns = std::max<std::int64_t>(message.at->time_since_epoch().count(), 1);
    options.replay_speed = message.speed;
  }
  const Status status = context_.host.subscribe(options, id_, error);
  if (status != Status::kOk) return status;
  at_ = message.at;
  pending_.push_back({replies_.later(), std::move(request)});
  return status;
}

Status EventStream::seek(atm::Timestamp at, protocol::RequestId request) {
  if (!at_) return Status::kNotFound;
  const Status status = context_.host.seek(id_, at.time_since_epoch().count());
  if (status == Status::kOk) pending_.push_back({replies_.later(), std::move(request)});
  return status;
}

Status EventStream::set_speed(double speed) {
  return at_ ? context_.host.set_speed(id_, speed) : Status::kNotFound;
}

void EventStream::close() {
  while (!pending_.empty()) answer({});
}

void EventStream::answer(protocol::Numbers numbers) {
  std::string text;
  protocol::append_ok(text, pending_.front().id, numbers);
  replies_.fill(pending_.front().reply, std::move(text));
  pending_.pop_front();
  has_begun_ = true;
}

void EventStream::take_host_reply() {
  const HostReply host_reply = *std::exchange(host_reply_, std::nullopt);
  if (!host_reply.is_begin) return refuse(host_reply.reason);
  snapshot_.reset();
  at_ = atm::Timestamp(std::chrono::nanoseconds(host_reply.time_ns));
  answer({{"seq", host_reply.seq}});
}

void EventStream::refuse(std::string_view reason) {
  context_.counters.add(protocol::WireError::kNotFound);
  std::string text;
  protocol::append_error(text, protocol::WireError::kNotFound, atm::utf8_sanitize(reason),
                         pending_.front().id);
  replies_.fill(pending_.front().reply, std::move(text));
  pending_.pop_front();
  is_refused_ = !has_begun_;
}

void EventStream::on_ready(void* self, std::uint64_t subscription) {
  // Any thread: reads only members of *self that never change.
  const EventStream& s = *static_cast<const EventStream*>(self);
  PeerMessage message;
  message.client = s.client_;
  message.reply = subscription;
  s.context_.inbox->post(std::move(message));
}

bool EventStream::pump() {
  bool did_any = false;
  while (!is_dry_ && !is_refused_ && (pending_.empty() || replies_.is_next(pending_.front().reply)) &&
         out_.bytes() < context_.settings.out_bytes) {
    if (host_reply_) take_host_reply();
    constexpr std::uint64_t kEventsAtOnce = 512;
    const Status status =
        context_.host.drain(id_, kEventsAtOnce, [this](const atm_event& event) { return take(event); });
    if (status != Status::kOk) is_dry_ = true;
    did_any = did_any || status == Status::kOk;
  }
  return did_any;
}

Status EventStream::take(const atm_event& event) {
  switch (event.kind) {
    case ATM_EVENT_REPLAY_BEGIN:
    case ATM_EVENT_REPLAY_REFUSED:
      // The replies to earlier requests come first.
      host_reply_ = HostReply{event.kind == ATM_EVENT_REPLAY_BEGIN, event.seq, event.time_ns,
                              std::string(to_view(event.type))};
      return Status::kBusy;
    case ATM_EVENT_SNAPSHOT_BEGIN:
      begin_snapshot(event.seq);
      break;
    case ATM_EVENT_SNAPSHOT_ITEM:
      if (snapshot_) snapshot_->add(to_view(event.json));
      break;
    case ATM_EVENT_SNAPSHOT_END:
      if (snapshot_) snapshot_->finish();
      snapshot_.reset();
      break;
    default:
      out_.append([this, &event](std::string& out) { write(out, event); });
  }
  return out_.bytes() < context_.settings.out_bytes ? Status::kOk : Status::kBusy;
}

void EventStream::write(std::string& out, const atm_event& event) {
  switch (event.kind) {
    case ATM_EVENT_SESSION_REGISTERED:
      return protocol::append_session_event(out, "session_registered", to_view(event.json), event.seq,
                                            event.rev);
    case ATM_EVENT_SESSION_UPDATED:
      return protocol::append_session_event(out, "session_updated", to_view(event.json), event.seq,
                                            event.rev);
    case ATM_EVENT_SESSION_REMOVED:
      return protocol::append_session_removed(out, to_view(event.session), to_view(event.type), event.seq);
    case ATM_EVENT_ACTIVITY:
      return protocol::append_activity(out, to_view(event.json), event.seq, event.rev);
    case ATM_EVENT_GAP:
      snapshot_.reset();
      context_.counters.add(Counter::kGaps);
      return protocol::append_gap(out, event.missed,
                                  at_ ? atm::utf8_sanitize(to_view(event.type)) : std::string());
    case ATM_EVENT_REPLAY_TIME:
      at_ = atm::Timestamp(std::chrono::nanoseconds(event.time_ns));
      return protocol::append_replay(out, at_);
    case ATM_EVENT_REPLAY_END:
      return protocol::append_replay(out, std::nullopt, atm::utf8_sanitize(to_view(event.type)));
    default:
      return;  // a kind that a newer host defines
  }
}

void EventStream::begin_snapshot(std::uint64_t seq) {
  if (!at_ && !pending_.empty()) answer({{"seq", seq}});
  snapshot_.emplace([this](std::string&& message) { out_.push(std::move(message)); },
                    context_.settings.line_bytes, seq, protocol::RequestId(), at_);
}

}  // namespace unix_socket
