// SPDX-License-Identifier: MIT
// Turns the results of requests into replies.
#include <atm/json.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <utility>

#include "agents/process.hpp"
#include "protocol/peer.hpp"

namespace unix_socket {

namespace protocol = atm::protocol;
using atm::Status;
using protocol::RequestId;
using protocol::WireError;

namespace {

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

}  // namespace

void Peer::answer(std::uint64_t reply, Pending& pending, PeerMessage& message) {
  switch (pending.stage) {
    case Stage::kRegister:
      return on_registered(reply, pending, message.status);
    case Stage::kBind:
    case Stage::kUpdate:
    case Stage::kEnd:
    case Stage::kAcknowledge:
      return answer_observed(reply, pending, message.status);
    case Stage::kSession:
    case Stage::kSessions:
      --snapshots_pending_;
      return answer_sessions(reply, pending, message);
    case Stage::kDiscover:
      if (message.status < Status::kOk) return answer_observed(reply, pending, message.status);
      std::string text;
      protocol::append_ok(text, pending.id, {{"found", message.found}, {"failed", message.failed}});
      return replies_.fill(reply, std::move(text));
  }
}

void Peer::on_registered(std::uint64_t reply, Pending& pending, Status status) {
  const protocol::Register& message = pending.registration;
  if (status != Status::kOk || !message.pid) return answer_observed(reply, pending, status);
  // Only now: the process of an existing session must not change.
  atm::AttrList<2> attrs;
  attrs.add("pid", *message.pid);
  attrs.add("start_ticks", process_start_ticks(*message.pid));
  const std::string_view agent = message.agent ? std::string_view(*message.agent) : "unknown";
  const atm_observation observation = atm::make_observation(
      {"process.bound", message.session_id, agent, {}, "unix", context_.host.wall_ns()}, attrs.view());
  const Status bound = observe_for(reply, observation, ATM_EXPECT_PRESENT);
  if (bound != Status::kOk) return answer_observed(reply, pending, bound);
  pending.stage = Stage::kBind;
  pending_.emplace(reply, std::move(pending));
}

void Peer::answer_observed(std::uint64_t reply, const Pending& pending, Status status) {
  const auto error = [&](WireError code, std::string_view message) {
    fill_error(reply, code, message, pending.id);
  };
  switch (status) {
    case Status::kOk:
    case Status::kSkip: {
      std::string text;
      protocol::append_ok(text, pending.id);
      return replies_.fill(reply, std::move(text));
    }
    case Status::kExists:
      return error(WireError::kSessionExists, "a session with this id is already registered");
    case Status::kNotFound:
      return error(WireError::kNotFound, "no session has this id");
    case Status::kFull:
      return error(WireError::kRegistryFull,
                   "the limit of sessions is reached; end a session, or raise the limit");
    case Status::kBusy:
      return error(WireError::kBusy, "the registry's queue stayed full; send the request again later");
    case Status::kClosed:
      return error(WireError::kInternalError, "the registry has stopped");
    case Status::kInvalid:
      break;
    default:
      return error(WireError::kInternalError, "the daemon failed to handle the request; see its log");
  }
  switch (pending.stage) {
    case Stage::kRegister:
    case Stage::kBind:
      return error(WireError::kRegistrationFailed, "the registry refused the session");
    case Stage::kUpdate:
      return error(WireError::kUpdateFailed, "the registry refused the context");
    case Stage::kEnd:
      return error(WireError::kEndFailed, "the registry refused the end");
    default:
      return error(WireError::kInternalError, "the registry refused the request");
  }
}

void Peer::answer_sessions(std::uint64_t reply, const Pending& pending, PeerMessage& message) {
  if (message.status != Status::kOk) return answer_observed(reply, pending, message.status);
  if (pending.stage == Stage::kSession) {
    if (message.texts.empty()) return answer_observed(reply, pending, Status::kNotFound);
    std::string text;
    protocol::append_session(text, message.texts.front(), pending.id);
    return replies_.fill(reply, std::move(text));
  }
  if (pending.filter == protocol::SessionFilter{}) return replies_.fill(reply, std::move(message.texts));
  std::vector<std::string> messages;
  protocol::SessionsWriter writer([&messages](std::string&& text) { messages.push_back(std::move(text)); },
                                  context_.settings.line_bytes, message.found, pending.id);
  atm::json::Reader json;
  for (const std::string& item : message.texts) {
    const atm::json::Value* session = json.parse(item);
    if (session != nullptr && matches(*session, pending.filter)) writer.add(item);
  }
  writer.finish();
  replies_.fill(reply, std::move(messages));
}

void Peer::fill_error(std::uint64_t reply, WireError code, std::string_view message, const RequestId& id) {
  context_.counters.add(code);
  std::string text;
  protocol::append_error(text, code, message, id);
  replies_.fill(reply, std::move(text));
}

}  // namespace unix_socket
