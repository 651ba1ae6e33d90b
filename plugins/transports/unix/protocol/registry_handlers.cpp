// SPDX-License-Identifier: MIT
// Handles the requests that another thread answers: the registry, or a discovery.
#include <algorithm>
#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "agents/process.hpp"
#include "protocol/handlers.hpp"

namespace unix_socket {

namespace protocol = atm::protocol;
using atm::Status;
using protocol::RequestId;
using protocol::WireError;

namespace {

constexpr std::string_view kOrigin = "unix";

void on_observed(void* context, atm_status status) {
  const std::unique_ptr<Call> call(static_cast<Call*>(context));
  call->message.kind = PeerMessage::Kind::kObserved;
  call->message.status = static_cast<Status>(status);
  call->inbox->post(std::move(call->message));
}

struct ListCall : Call {
  std::size_t line_bytes = 0;
  RequestId id{};
};

/// Writes the items as `sessions` messages. The transport sends each while this thread writes the next one.
void on_list(void* context, atm_status status, std::uint64_t seq, const atm_str* items, std::uint64_t count) {
  const std::unique_ptr<ListCall> call(static_cast<ListCall*>(context));
  PeerMessage& message = call->message;
  if (status == ATM_OK) {
    const auto post = [&](std::string&& text) {
      PeerMessage part;
      part.client = message.client;
      part.reply = message.reply;
      part.kind = PeerMessage::Kind::kPart;
      part.texts.push_back(std::move(text));
      call->inbox->post(std::move(part));
    };
    protocol::SessionsWriter writer(post, call->line_bytes, seq, std::move(call->id));
    for (std::uint64_t i = 0; i < count; ++i) writer.add(atm::to_view(items[i]));
    writer.finish();
  }
  message.kind = PeerMessage::Kind::kSnapshot;
  message.status = static_cast<Status>(status);
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

/// The reply if the registry refuses an observation as invalid.
struct Refusal {
  WireError code = WireError::kInternalError;
  const char* message = "the registry refused the request";
};
constexpr Refusal kNotRegistered{WireError::kRegistrationFailed, "the registry refused the session"};

void answer_status(PeerState& peer, std::uint64_t reply, const RequestId& id, Status status,
                   const Refusal& refusal = {}) {
  std::string text;
  const auto error = [&](WireError code, std::string_view message) {
    peer.server.counters.add(code);
    protocol::append_error(text, code, message, id);
  };
  switch (status) {
    case Status::kOk:
    case Status::kSkip:
      protocol::append_ok(text, id);
      break;
    case Status::kExists:
      error(WireError::kSessionExists, "a session with this id is already registered");
      break;
    case Status::kNotFound:
      error(WireError::kNotFound, "no session has this id");
      break;
    case Status::kFull:
      error(WireError::kRegistryFull, "the limit of sessions is reached; end a session, or raise the limit");
      break;
    case Status::kBusy:
      error(WireError::kBusy, "the registry's queue stayed full; send the request again later");
      break;
    case Status::kClosed:
      error(WireError::kInternalError, "the registry has stopped");
      break;
    case Status::kInvalid:
      error(refusal.code, refusal.message);
      break;
    default:
      error(WireError::kInternalError, "the daemon failed to handle the request; see its log");
  }
  peer.replies.fill(reply, std::move(text));
}

PeerState::Answer status_answer(const RequestId& id, const Refusal& refusal = {}) {
  return [id, refusal](PeerState& peer, std::uint64_t reply, PeerMessage& message) {
    answer_status(peer, reply, id, message.status, refusal);
  };
}

/// After a call to the host for `reply`: waits for its answer, retries later, or answers now.
Outcome settle(PeerState& peer, std::uint64_t reply, Status status, PeerState::Answer answer) {
  if (status == Status::kBusy && peer.server.ingest.may_wait(peer.id)) {
    peer.replies.forget_last();
    return Outcome::kWaits;
  }
  if (status == Status::kOk) {
    peer.pending.emplace(reply, std::move(answer));
  } else {
    PeerMessage message;
    message.status = status;
    answer(peer, reply, message);
  }
  return Outcome::kDone;
}

Status observe_for(PeerState& peer, std::uint64_t reply, const atm_observation& observation,
                   std::uint32_t expect) {
  auto call = std::make_unique<Call>(Call{peer.server.inbox});
  call->message.client = peer.id;
  call->message.reply = reply;
  atm::ErrorBuffer error;
  const Status status = peer.server.host.observe(observation, expect, &on_observed, call.get(), error);
  if (status == Status::kOk) static_cast<void>(call.release());  // owned by on_observed now
  return status;
}

Outcome observe(PeerState& peer, const atm::ObservationHead& head, atm::Attrs attrs, std::uint32_t expect,
                PeerState::Answer answer) {
  const std::uint64_t reply = peer.replies.later();
  const Status status = observe_for(peer, reply, atm::make_observation(head, attrs), expect);
  return settle(peer, reply, status, std::move(answer));
}

std::string_view agent_of(const protocol::Register& message) {
  return message.agent ? std::string_view(*message.agent) : "unknown";
}

/// Binds the process of a session only now: the process of an existing session must not change.
void on_registered(PeerState& peer, std::uint64_t reply, const protocol::Register& message,
                   const RequestId& id, Status status) {
  if (status == Status::kOk && message.pid) {
    atm::AttrList<2> attrs;
    attrs.add("pid", *message.pid);
    attrs.add("start_ticks", process_start_ticks(*message.pid));
    const atm_observation observation = atm::make_observation(
        {"process.bound", message.session_id, agent_of(message), {}, kOrigin, peer.server.host.wall_ns()},
        attrs.view());
    status = observe_for(peer, reply, observation, ATM_EXPECT_PRESENT);
    if (status == Status::kOk) {
      peer.pending.emplace(reply, status_answer(id, kNotRegistered));
      return;
    }
  }
  answer_status(peer, reply, id, status, kNotRegistered);
}

bool matches(const atm::json::Value& session, const protocol::SessionFilter& filter) {
  const auto is = [&session](std::string_view name, const std::optional<std::string>& wanted) {
    return !wanted || atm::json::get_string(session, name) == std::string_view(*wanted);
  };
  if (filter.status) {
    const atm::json::Value* status = atm::json::get_object(session, "status");
    if (status == nullptr || atm::json::get_string(*status, "status") != std::string_view(*filter.status))
      return false;
  }
  return is("agent", filter.agent) && is("agent_type", filter.agent_type) &&
         is("working_directory", filter.working_directory);
}

/// Asks for one session, or for all if `session` is empty; `done` answers `call`.
template <class AnyCall>
Outcome ask_sessions(PeerState& peer, std::string_view session, std::unique_ptr<AnyCall> call,
                     atm_snapshot_done done, PeerState::Answer answer) {
  const std::uint64_t reply = peer.replies.later();
  call->inbox = peer.server.inbox;
  call->message.client = peer.id;
  call->message.reply = reply;
  const Status status = peer.server.host.sessions(session, done, call.get());
  if (status == Status::kOk) {
    static_cast<void>(call.release());  // owned by `done` now
    ++peer.snapshots_pending;
  }
  return settle(peer, reply, status, std::move(answer));
}

}  // namespace

Outcome on(PeerState& peer, const protocol::Register& message, const RequestId& id) {
  atm::AttrList<4> attrs;
  attrs.add("source", "registered");
  attrs.add("agent_type", as_attribute(message.agent_type));
  attrs.add("cwd", as_attribute(message.working_dir));
  protocol::Register registration = message;
  if (peer.host_process && !message.pid) registration.pid = peer.host_process->pid;
  peer.server.live_agents.on_record(peer.id, kOrigin);
  return observe(
      peer,
      {"session.started", message.session_id, agent_of(message), {}, kOrigin, peer.server.host.wall_ns()},
      attrs.view(), ATM_EXPECT_ABSENT,
      [id, registration = std::move(registration)](PeerState& p, std::uint64_t reply, PeerMessage& answer) {
        on_registered(p, reply, registration, id, answer.status);
      });
}

Outcome on(PeerState& peer, const protocol::UpdateContext& message, const RequestId& id) {
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
  peer.server.live_agents.on_record(peer.id, kOrigin);
  const std::int64_t time =
      message.time ? std::int64_t{message.time->time_since_epoch().count()} : peer.server.host.wall_ns();
  return observe(peer, {"status.reported", message.session_id, {}, {}, kOrigin, time}, attrs.view(),
                 ATM_EXPECT_PRESENT,
                 status_answer(id, {WireError::kUpdateFailed, "the registry refused the context"}));
}

Outcome on(PeerState& peer, const protocol::EndSession& message, const RequestId& id) {
  const atm_attr reason = atm::attr("reason", "requested");
  return observe(peer, {"session.ended", message.session_id, {}, {}, kOrigin, peer.server.host.wall_ns()},
                 {&reason, 1}, ATM_EXPECT_PRESENT,
                 status_answer(id, {WireError::kEndFailed, "the registry refused the end"}));
}

Outcome on(PeerState& peer, const protocol::Acknowledge& message, const RequestId& id) {
  // The origin is the client's user, not this transport: this is no evidence of the agent's status.
  return observe(peer,
                 {"attention.acknowledged", message.session_id, {}, {}, "client", peer.server.host.wall_ns()},
                 {}, ATM_EXPECT_PRESENT, status_answer(id));
}

Outcome on(PeerState& peer, const protocol::GetSession& message, const RequestId& id) {
  return ask_sessions(peer, message.session_id, std::make_unique<Call>(), &on_sessions,
                      [id](PeerState& p, std::uint64_t reply, PeerMessage& answer) {
                        if (answer.status == Status::kOk && answer.texts.empty())
                          answer.status = Status::kNotFound;
                        if (answer.status != Status::kOk) return answer_status(p, reply, id, answer.status);
                        std::string text;
                        protocol::append_session(text, answer.texts.front(), id);
                        p.replies.fill(reply, std::move(text));
                      });
}

Outcome on(PeerState& peer, const protocol::GetAllSessions& message, const RequestId& id) {
  if (message.filter == protocol::SessionFilter{}) {
    auto call = std::make_unique<ListCall>();
    call->line_bytes = peer.server.settings.line_bytes;
    call->id = id;
    return ask_sessions(peer, {}, std::move(call), &on_list,
                        [id](PeerState& p, std::uint64_t reply, PeerMessage& answer) {
                          if (answer.status != Status::kOk) return answer_status(p, reply, id, answer.status);
                          p.replies.fill(reply, std::vector<std::string>());
                        });
  }
  // A filter reads every session, which is not the work of the registry's thread.
  return ask_sessions(peer, {}, std::make_unique<Call>(), &on_sessions,
                      [id, filter = message.filter](PeerState& p, std::uint64_t reply, PeerMessage& answer) {
                        if (answer.status != Status::kOk) return answer_status(p, reply, id, answer.status);
                        std::vector<std::string> messages;
                        protocol::SessionsWriter writer(
                            [&messages](std::string&& text) { messages.push_back(std::move(text)); },
                            p.server.settings.line_bytes, answer.found, id);
                        atm::json::Reader json;
                        for (const std::string& item : answer.texts) {
                          const atm::json::Value* session = json.parse(item);
                          if (session != nullptr && matches(*session, filter)) writer.add(item);
                        }
                        writer.finish();
                        p.replies.fill(reply, std::move(messages));
                      });
}

Outcome on(PeerState& peer, const protocol::Discover&, const RequestId& id) {
  const std::uint64_t reply = peer.replies.later();
  peer.pending.emplace(reply, [id](PeerState& p, std::uint64_t slot, PeerMessage& answer) {
    if (answer.status < Status::kOk) return answer_status(p, slot, id, answer.status);
    std::string text;
    protocol::append_ok(text, id, {{"found", answer.found}, {"failed", answer.failed}});
    p.replies.fill(slot, std::move(text));
  });
  peer.server.discovery.ask(peer.id, reply);
  return Outcome::kDone;
}

}  // namespace unix_socket
