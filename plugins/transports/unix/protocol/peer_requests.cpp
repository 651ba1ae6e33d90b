// SPDX-License-Identifier: MIT
// Sends each request to the host.
#include <algorithm>
#include <atm/protocol/daemon_message.hpp>
#include <limits>
#include <utility>

#include "protocol/peer.hpp"

namespace unix_socket {

namespace protocol = atm::protocol;
using atm::Status;
using protocol::RequestId;
using protocol::WireError;

namespace {

constexpr std::string_view kOrigin = "unix";

/// The target of an answer from another thread, which may arrive after the peer or the transport is gone.
struct Call {
  std::shared_ptr<CrossThreadQueue> inbox;
  PeerMessage message;
};

void on_observed(void* context, atm_status status) {
  const std::unique_ptr<Call> call(static_cast<Call*>(context));
  call->message.kind = PeerMessage::Kind::kObserved;
  call->message.status = static_cast<Status>(status);
  call->inbox->post(std::move(call->message));
}

struct SnapshotCall : Call {
  bool as_messages = false;  // write `sessions` messages instead of returning the items
  std::size_t line_bytes = 0;
  RequestId id{};
};

void on_snapshot(void* context, atm_status status, std::uint64_t seq, const atm_str* items,
                 std::uint64_t count) {
  const std::unique_ptr<SnapshotCall> call(static_cast<SnapshotCall*>(context));
  PeerMessage& message = call->message;
  message.kind = PeerMessage::Kind::kSnapshot;
  message.status = static_cast<Status>(status);
  message.found = seq;
  if (call->as_messages && status == ATM_OK) {
    protocol::SessionsWriter writer([&](std::string&& text) { message.texts.push_back(std::move(text)); },
                                    call->line_bytes, seq, std::move(call->id));
    for (std::uint64_t i = 0; i < count; ++i) writer.add(atm::to_view(items[i]));
    writer.finish();
  } else {
    for (std::uint64_t i = 0; i < count; ++i) message.texts.emplace_back(atm::to_view(items[i]));
  }
  call->inbox->post(std::move(message));
}

std::optional<std::int64_t> as_attribute(const std::optional<std::uint64_t>& count) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!count) return std::nullopt;
  return static_cast<std::int64_t>(std::min(*count, kMost));
}

std::optional<std::string_view> as_attribute(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

}  // namespace

Peer::Outcome Peer::on(const protocol::Hello& message, const RequestId& id) {
  const ServerContext::Identity& daemon = context_.identity();
  std::string reason;
  if (!protocol::kProtocolVersion.compatible(message.protocol_version)) {
    reason = "client speaks protocol " + message.protocol_version.str() + ", this daemon " +
             protocol::kProtocolVersion.str() + "; update the older of the two";
    context_.counters.add(WireError::kUnsupportedVersion);
    is_closing_ = true;
  } else {
    is_greeted_ = true;
    if (message.stream) begin_stream();
  }
  replies_.now([&](std::string& out) {
    protocol::append_server_hello(out, protocol::kProtocolVersion, reason, daemon.version, daemon.epoch, id);
  });
  return Outcome::kDone;
}

void Peer::begin_stream() {
  const auto start_ticks = peer_ > 0 ? process_start_ticks(peer_) : std::nullopt;
  // The daemon cannot check whether a process of another PID namespace still runs.
  if (!start_ticks) return;
  host_process_ = ProcessId{peer_, *start_ticks};
  context_.live_agents.open(id_, *host_process_);
}

Peer::Outcome Peer::on(const protocol::Register& message, const RequestId& id) {
  atm::AttrList<4> attrs;
  attrs.add("source", "registered");
  attrs.add("agent_type", as_attribute(message.agent_type));
  attrs.add("cwd", as_attribute(message.working_dir));
  const std::string_view agent = message.agent ? std::string_view(*message.agent) : "unknown";
  Pending pending{Stage::kRegister, id, message};
  if (host_process_ && !message.pid) pending.registration.pid = host_process_->pid;
  context_.live_agents.on_record(id_, kOrigin);
  return observe({"session.started", message.session_id, agent, {}, kOrigin, context_.host.wall_ns()},
                 attrs.view(), ATM_EXPECT_ABSENT, std::move(pending));
}

Peer::Outcome Peer::on(const protocol::UpdateContext& message, const RequestId& id) {
  atm::AttrList<10> attrs;
  attrs.add("context.total_input_tokens", as_attribute(message.usage.total_input_tokens));
  attrs.add("context.total_output_tokens", as_attribute(message.usage.total_output_tokens));
  attrs.add("context.window", as_attribute(message.usage.context_window_size));
  attrs.add("context.input_tokens", as_attribute(message.usage.current_input_tokens));
  attrs.add("context.output_tokens", as_attribute(message.usage.current_output_tokens));
  attrs.add("context.cache_creation_tokens", as_attribute(message.usage.cache_creation_tokens));
  attrs.add("context.cache_read_tokens", as_attribute(message.usage.cache_read_tokens));
  attrs.add("context.used_percentage", message.usage.used_percentage);
  if (message.cost) attrs.add("cost.total_usd_micros", message.cost->microdollars());
  context_.live_agents.on_record(id_, kOrigin);
  const std::int64_t time =
      message.time ? std::int64_t{message.time->time_since_epoch().count()} : context_.host.wall_ns();
  return observe({"status.reported", message.session_id, {}, {}, kOrigin, time}, attrs.view(),
                 ATM_EXPECT_PRESENT, Pending{Stage::kUpdate, id});
}

Peer::Outcome Peer::on(const protocol::EndSession& message, const RequestId& id) {
  const atm_attr reason = atm::attr("reason", "requested");
  return observe({"session.ended", message.session_id, {}, {}, kOrigin, context_.host.wall_ns()},
                 {&reason, 1}, ATM_EXPECT_PRESENT, Pending{Stage::kEnd, id});
}

Peer::Outcome Peer::on(const protocol::Acknowledge& message, const RequestId& id) {
  // The origin is the client's user, not this transport: this is no evidence of the agent's status.
  return observe({"attention.acknowledged", message.session_id, {}, {}, "client", context_.host.wall_ns()},
                 {}, ATM_EXPECT_PRESENT, Pending{Stage::kAcknowledge, id});
}

Peer::Outcome Peer::observe(const atm::ObservationHead& head, atm::Attrs attrs, std::uint32_t expect,
                            Pending pending) {
  const std::uint64_t reply = replies_.later();
  const Status status = observe_for(reply, atm::make_observation(head, attrs), expect);
  return settle(reply, status, std::move(pending));
}

Status Peer::observe_for(std::uint64_t reply, const atm_observation& observation, std::uint32_t expect) {
  auto call = std::make_unique<Call>();
  call->inbox = context_.inbox;
  call->message.client = id_;
  call->message.reply = reply;
  atm::ErrorBuffer error;
  const Status status = context_.host.observe(observation, expect, &on_observed, call.get(), error);
  if (status == Status::kOk) static_cast<void>(call.release());  // owned by on_observed now
  return status;
}

Peer::Outcome Peer::settle(std::uint64_t reply, Status status, Pending pending) {
  if (status == Status::kBusy && context_.ingest.may_wait(id_)) {
    replies_.forget_last();
    return Outcome::kWaits;
  }
  if (status == Status::kOk) {
    pending_.emplace(reply, std::move(pending));
  } else {
    answer_observed(reply, pending, status);
  }
  return Outcome::kDone;
}

Peer::Outcome Peer::on(const protocol::GetSession& message, const RequestId& id) {
  return ask_sessions(message.session_id, Pending{Stage::kSession, id});
}

Peer::Outcome Peer::on(const protocol::GetAllSessions& message, const RequestId& id) {
  Pending pending{Stage::kSessions, id};
  pending.filter = message.filter;
  return ask_sessions({}, std::move(pending));
}

Peer::Outcome Peer::ask_sessions(std::string_view session, Pending pending) {
  const std::uint64_t reply = replies_.later();
  auto call = std::make_unique<SnapshotCall>();
  call->inbox = context_.inbox;
  call->message.client = id_;
  call->message.reply = reply;
  // A filter reads every session, which is not the work of the registry's thread.
  call->as_messages = session.empty() && pending.filter == protocol::SessionFilter{};
  call->line_bytes = context_.settings.line_bytes;
  call->id = pending.id;
  const Status status = context_.host.sessions(session, &on_snapshot, call.get());
  if (status == Status::kOk) {
    static_cast<void>(call.release());  // owned by on_snapshot now
    ++snapshots_pending_;
  }
  return settle(reply, status, std::move(pending));
}

Peer::Outcome Peer::on(const protocol::Subscribe& message, const RequestId& id) {
  // A second subscribe replaces the first.
  close_subscription();
  subscribe_id_ = id;
  auto subscription = std::make_unique<EventStream>(context_, out_, id_, [this](std::uint64_t seq) {
    std::string text;
    protocol::append_ok(text, subscribe_id_, {{"seq", seq}});
    replies_.fill(std::exchange(subscribe_reply_, 0), std::move(text));
  });
  atm::ErrorBuffer error;
  const Status status = subscription->open(message, error);
  if (status == Status::kOk) {
    subscribe_reply_ = replies_.later();
    event_stream_ = std::move(subscription);
  } else if (status == Status::kFull) {
    reply_error(WireError::kTooManyClients,
                "the limit of subscribers is reached; close a subscriber, or raise the limit", id);
  } else {
    reply_error(WireError::kInternalError,
                "the daemon cannot create the subscription: " + std::string(error.view()), id);
  }
  return Outcome::kDone;
}

Peer::Outcome Peer::on(const protocol::Unsubscribe&, const RequestId& id) {
  close_subscription();
  replies_.now([&id](std::string& out) { protocol::append_ok(out, id); });
  return Outcome::kDone;
}

void Peer::close_subscription() {
  event_stream_.reset();
  if (subscribe_reply_ == 0) return;
  // The replaced request is answered, too, so that the client does not wait forever.
  std::string text;
  protocol::append_ok(text, subscribe_id_);
  replies_.fill(std::exchange(subscribe_reply_, 0), std::move(text));
}

Peer::Outcome Peer::on(const protocol::Ping& message, const RequestId& id) {
  replies_.now([&](std::string& out) { protocol::append_pong(out, message.seq, id); });
  return Outcome::kDone;
}

Peer::Outcome Peer::on(const protocol::GetStats&, const RequestId& id) {
  context_.counters.flush(context_.host);
  const std::string stats = context_.host.stats();
  replies_.now(
      [&](std::string& out) { protocol::append_report(out, "stats", stats.empty() ? "{}" : stats, id); });
  return Outcome::kDone;
}

Peer::Outcome Peer::on(const protocol::GetPlugins&, const RequestId& id) {
  const std::string plugins = context_.host.plugins();
  replies_.now([&](std::string& out) {
    protocol::append_report(out, "plugins", plugins.empty() ? "[]" : plugins, id);
  });
  return Outcome::kDone;
}

Peer::Outcome Peer::on(const protocol::Discover&, const RequestId& id) {
  const std::uint64_t reply = replies_.later();
  pending_.emplace(reply, Pending{Stage::kDiscover, id});
  context_.discovery.ask(id_, reply);
  return Outcome::kDone;
}

}  // namespace unix_socket
