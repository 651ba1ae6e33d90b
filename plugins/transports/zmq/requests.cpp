// SPDX-License-Identifier: MIT
#include "requests.hpp"

#include <atm/domain/utf8.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <utility>
#include <variant>

namespace zeromq {

namespace protocol = atm::protocol;
using atm::Status;
using protocol::RequestId;
using protocol::WireError;

namespace {

struct Call {
  std::shared_ptr<CrossThreadQueue> inbox;
  Answer answer;
  bool as_messages = false;  // write `sessions` messages instead of returning the objects
  std::size_t line_bytes = 0;
  RequestId id{};
};

void on_snapshot(void* context, atm_status status, std::uint64_t seq, const atm_str* items,
                 std::uint64_t count) {
  const std::unique_ptr<Call> call(static_cast<Call*>(context));
  call->answer.status = static_cast<Status>(status);
  call->answer.seq = seq;
  std::vector<std::string>& texts = call->answer.texts;
  if (call->as_messages && status == ATM_OK) {
    protocol::SessionsWriter writer([&texts](std::string&& text) { texts.push_back(std::move(text)); },
                                    call->line_bytes, seq, std::move(call->id));
    for (std::uint64_t i = 0; i < count; ++i) writer.add(atm::to_view(items[i]));
    writer.finish();
  } else {
    for (std::uint64_t i = 0; i < count; ++i) texts.emplace_back(atm::to_view(items[i]));
  }
  call->inbox->post(std::move(call->answer));
}

bool matches(const atm::json::Value& session, const protocol::SessionFilter& filter) {
  const auto is = [](const atm::json::Value& object, std::string_view name,
                     const std::optional<std::string>& wanted) {
    return !wanted || atm::json::get_string(object, name) == std::string_view(*wanted);
  };
  const atm::json::Value* const status = atm::json::get_object(session, "status");
  return is(session, "agent", filter.agent) && is(session, "agent_type", filter.agent_type) &&
         is(session, "working_directory", filter.working_directory) &&
         (!filter.status || (status != nullptr && is(*status, "status", filter.status)));
}

}  // namespace

Requests::Requests(const atm::Host& host, const Settings& settings, std::shared_ptr<CrossThreadQueue> inbox,
                   Counters& counters, Send send)
    : host_(host),
      settings_(settings),
      inbox_(std::move(inbox)),
      counters_(counters),
      send_(std::move(send)) {}

void Requests::receive(const Sender& from, const std::vector<std::string_view>& frames) {
  counters_.add(Counter::kRequests);
  const Peer& peer = peers_[from.peer];
  if (peer.pending >= settings_.max_requests || *peer.in_flight >= settings_.out_bytes) {
    counters_.add(Counter::kRequestsRefused);
    // The request is not parsed, so its id is unknown.
    return reply_error(from, WireError::kBusy,
                       "too many pending replies; read replies before sending more requests", {});
  }
  if (frames.size() != 1) {
    return reply_error(from, WireError::kInvalidMessage,
                       "request has " + std::to_string(frames.size()) + " frames, expected one", {});
  }
  auto read = reader_.read(frames.front());
  if (auto* request = std::get_if<protocol::Request>(&read)) return answer(from, *request);
  const auto& rejection = std::get<protocol::Rejection>(read);
  reply_error(from, rejection.code, rejection.message, rejection.id);
}

void Requests::answer(const Sender& from, protocol::Request& request) {
  std::string text;
  if (const auto* all = std::get_if<protocol::GetAllSessions>(&request.message))
    return ask_sessions({}, {from, request.id, all->filter});
  if (const auto* one = std::get_if<protocol::GetSession>(&request.message))
    return ask_sessions(one->session_id, {from, request.id, std::nullopt});
  if (const auto* ping = std::get_if<protocol::Ping>(&request.message)) {
    protocol::append_pong(text, ping->seq, request.id);
    return reply(from, std::move(text));
  }
  if (std::holds_alternative<protocol::GetStats>(request.message)) {
    counters_.flush(host_);
    const std::string stats = host_.stats();
    protocol::append_report(text, "stats", stats.empty() ? "{}" : stats, request.id);
    return reply(from, std::move(text));
  }
  reply_error(from, WireError::kInvalidMessage,
              "only get_all_sessions, get_session, get_stats and ping are supported here; use the daemon's "
              "Unix socket",
              request.id);
}

void Requests::ask_sessions(std::string_view session, Pending pending) {
  auto call = std::make_unique<Call>();
  call->inbox = inbox_;
  call->answer.request = ++last_request_;
  // A filter reads every session, which is not the work of the registry's thread.
  call->as_messages = pending.filter == protocol::SessionFilter{};
  call->line_bytes = settings_.line_bytes;
  call->id = pending.id;
  // Before the call, because the answer may arrive before it returns.
  ++peers_[pending.from.peer].pending;
  const auto at = pending_.emplace(last_request_, std::move(pending)).first;
  const Status status = host_.sessions(session, &on_snapshot, call.get());
  if (status == Status::kOk) {
    static_cast<void>(call.release());  // owned by on_snapshot now
    return;
  }
  Answer refused;
  refused.request = at->first;
  refused.status = status;
  deliver(std::move(refused));
}

void Requests::deliver(Answer&& answer) {
  const auto pending = pending_.extract(answer.request);
  if (!pending) return;
  const Pending& request = pending.mapped();
  --peers_[request.from.peer].pending;
  switch (answer.status) {
    case Status::kOk:
      return reply_sessions(request, std::move(answer));
    case Status::kNotFound:
      return reply_error(request.from, WireError::kNotFound, "no session has this id", request.id);
    case Status::kBusy:
      return reply_error(request.from, WireError::kBusy,
                         "the registry's queue is full; send the request again later", request.id);
    default:
      return reply_error(request.from, WireError::kInternalError, "the registry has stopped", request.id);
  }
}

void Requests::reply_sessions(const Pending& pending, Answer&& answer) {
  std::vector<std::string> messages;
  if (!pending.filter) {
    if (answer.texts.empty())
      return reply_error(pending.from, WireError::kNotFound, "no session has this id", pending.id);
    protocol::append_session(messages.emplace_back(), answer.texts.front(), pending.id);
    return reply(pending.from, std::move(messages));
  }
  if (*pending.filter == protocol::SessionFilter{}) return reply(pending.from, std::move(answer.texts));
  protocol::SessionsWriter writer([&messages](std::string&& text) { messages.push_back(std::move(text)); },
                                  settings_.line_bytes, answer.seq, pending.id);
  atm::json::Reader json;
  for (const std::string& item : answer.texts) {
    const atm::json::Value* const session = json.parse(item);
    if (session != nullptr && matches(*session, *pending.filter)) writer.add(item);
  }
  writer.finish();
  reply(pending.from, std::move(messages));
}

void Requests::reply_error(const Sender& to, WireError code, std::string_view message, const RequestId& id) {
  counters_.add(code);
  std::string text;
  protocol::append_error(text, code, atm::utf8_sanitize(message), id);
  reply(to, std::move(text));
}

void Requests::reply(const Sender& to, std::string&& message) {
  std::vector<std::string> messages;
  messages.push_back(std::move(message));
  reply(to, std::move(messages));
}

void Requests::reply(const Sender& to, std::vector<std::string>&& messages) {
  Reply out{to, {}, peers_[to.peer].in_flight};
  for (std::string& message : messages) {
    if (message.ends_with('\n')) message.pop_back();
    out.frames.push_back(std::make_shared<const std::string>(std::move(message)));
  }
  send_(std::move(out));
}

void Requests::sweep() {
  for (auto at = peers_.begin(); at != peers_.end();)
    at = at->second.pending == 0 && *at->second.in_flight == 0 ? peers_.erase(at) : std::next(at);
}

}  // namespace zeromq
