// SPDX-License-Identifier: MIT
#include "protocol/event_stream.hpp"

#include <atm/plugin/values.hpp>
#include <utility>

namespace unix_socket {

using atm::Status;
using atm::to_view;
namespace protocol = atm::protocol;

EventStream::~EventStream() {
  // After this the host no longer calls on_ready.
  if (id_ != 0) static_cast<void>(context_.host.unsubscribe(id_));
}

Status EventStream::open(const protocol::Subscribe& message, atm::ErrorBuffer& error) {
  atm_subscription_options options{};
  options.size = sizeof options;
  options.activity = message.activity ? 1 : 0;
  if (message.session_id) options.session = atm::to_c(*message.session_id);
  options.ready = &EventStream::on_ready;
  options.context = this;
  const Status status = context_.host.subscribe(options, id_, error);
  if (status == Status::kOk) reply_ = replies_.later();
  return status;
}

void EventStream::close() {
  if (reply_ != 0) answer({});
}

void EventStream::answer(protocol::Numbers numbers) {
  std::string text;
  protocol::append_ok(text, request_, numbers);
  replies_.fill(std::exchange(reply_, 0), std::move(text));
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
  if (reply_ != 0 && !replies_.is_next(reply_)) return false;
  bool did_any = false;
  while (!is_dry_ && out_.bytes() < context_.settings.out_bytes) {
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
      return protocol::append_gap(out, event.missed);
    default:
      return;  // a kind that a newer host defines
  }
}

void EventStream::begin_snapshot(std::uint64_t seq) {
  if (reply_ != 0) answer({{"seq", seq}});
  snapshot_.emplace([this](std::string&& message) { out_.push(std::move(message)); },
                    context_.settings.line_bytes, seq);
}

}  // namespace unix_socket
