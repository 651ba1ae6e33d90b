// SPDX-License-Identifier: MIT
// Ingests records. Only the parser plugin creates a document of the payload.
#include <atm/domain/utf8.hpp>
#include <atm/protocol/client_message_writer.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <utility>

#include "protocol/handlers.hpp"

namespace unix_socket {

namespace protocol = atm::protocol;
using atm::Status;
using protocol::RequestId;
using protocol::WireError;

namespace {

/// A record as an `ingest` message has it.
struct Sent {
  std::string_view channel;
  std::string_view payload;
  bool is_text;
  std::string_view context;
  bool ack;
};

/// The sender's time is used if it is close to ours: a wrong clock must not age a session.
std::int64_t plausible_time(std::optional<std::int64_t> reported, std::int64_t now) {
  constexpr std::int64_t kHour = 3'600'000'000'000;
  return reported && *reported > now - kHour && *reported < now + kHour ? *reported : now;
}

std::string_view or_else(std::string_view text, std::string_view otherwise) {
  return text.empty() ? otherwise : text;
}

/// The spool entry also holds what the daemon knows besides the message: its time, and the process of a stream.
std::string spool_entry(const Sent& sent, atm::Attrs attrs, std::int64_t time_ns) {
  std::string context = "{";
  for (const std::string_view name : {"pid", "start_ticks"}) {
    if (const auto value = attrs.integer(name))
      context.append(1, '"').append(name).append("\":").append(std::to_string(*value)).append(1, ',');
  }
  const std::size_t begin = sent.context.find('{');
  const std::size_t end = sent.context.rfind('}');
  if (begin < end && end != std::string_view::npos) {
    const std::string_view members = sent.context.substr(begin + 1, end - begin - 1);
    if (members.find_first_not_of(" \t") != std::string_view::npos) context.append(members).append(1, ',');
  }
  context.append("\"time_ns\":").append(std::to_string(time_ns)).append(1, '}');
  std::string line;
  protocol::append_client_message(line, protocol::Ingest{std::string(sent.channel), std::string(sent.payload),
                                                         sent.is_text, std::move(context), false});
  line.pop_back();  // the newline
  return line;
}

Outcome ingest(PeerState& peer, const Sent& sent, const RequestId& id) {
  const auto& [channel, payload, is_text, context, ack] = sent;
  ServerContext& server = peer.server;
  Counters& counters = server.counters;
  RecordContext& attributes = server.context;
  attributes.clear();
  if (!context.empty() && !attributes.read(context)) {
    counters.add(Counter::kRecordsRefused);
    reply_error(peer, WireError::kInvalidMessage, "ingest: " + attributes.fault(), id);
    return Outcome::kDone;
  }
  if (peer.host_process) attributes.add_process(peer.host_process->pid, peer.host_process->start_ticks);
  const std::int64_t time_ns = plausible_time(attributes.time_ns(), server.host.wall_ns());
  const atm_record record{sizeof(atm_record),
                          0,
                          time_ns,
                          atm::to_c(channel),
                          atm::to_c(payload),
                          attributes.attrs().begin(),
                          attributes.attrs().size()};
  atm::ErrorBuffer error;
  const auto status = server.ingest.submit(peer.id, record, error);
  if (!status) return Outcome::kWaits;
  switch (*status) {
    case Status::kOk:
    case Status::kSkip:
      if (peer.host_process) server.live_agents.on_record(peer.id, channel);
      counters.add(*status == Status::kOk ? Counter::kRecords : Counter::kRecordsSkipped);
      if (ack) peer.replies.now([&id](std::string& out) { protocol::append_ok(out, id); });
      break;
    case Status::kBusy:
      counters.add(Counter::kRecordsDropped);
      reply_error(peer, WireError::kBusy,
                  "ingest: the registry's queue stayed full; send the record again later", id);
      break;
    case Status::kPaused:
      if (!server.ingest.keep(record, spool_entry(sent, attributes.attrs(), time_ns))) {
        counters.add(Counter::kRecordsLost);
        reply_error(
            peer, WireError::kBusy,
            "ingest: " + std::string(or_else(error.view(), "the plugin is paused, and the spool is full")) +
                "; send the record again later",
            id);
        break;
      }
      if (peer.host_process) server.live_agents.on_record(peer.id, channel);
      counters.add(Counter::kRecordsPaused);
      if (ack) peer.replies.now([&id](std::string& out) { protocol::append_ok(out, id); });
      break;
    case Status::kNotFound:
      counters.add(Counter::kRecordsRefused);
      reply_error(peer, WireError::kNotFound,
                  "ingest: no plugin reads channel '" + std::string(channel) + "'; see get_plugins", id);
      break;
    case Status::kInvalid:
    case Status::kTooLarge:
      counters.add(Counter::kRecordsRefused);
      reply_error(peer, WireError::kInvalidMessage,
                  "ingest: " + std::string(or_else(error.view(), "payload is malformed")), id);
      break;
    default:
      counters.add(Counter::kRecordsRefused);
      reply_error(peer, WireError::kInternalError,
                  "ingest: " + std::string(or_else(error.view(), "the daemon did not accept the record")),
                  id);
  }
  return Outcome::kDone;
}

}  // namespace

Outcome handle(PeerState& peer, const Envelope& envelope, std::string_view line) {
  const RequestId id = envelope.id.empty() ? RequestId{} : RequestId::raw(std::string(envelope.id));
  if (!atm::utf8_valid(line)) {
    peer.server.counters.add(Counter::kLines);
    reply_error(peer, WireError::kInvalidJson, "line is not JSON: not valid UTF-8", id);
    return Outcome::kDone;
  }
  const Outcome outcome =
      ingest(peer, {envelope.channel, envelope.payload, false, envelope.context, envelope.ack}, id);
  if (outcome == Outcome::kDone) peer.server.counters.add(Counter::kLines);
  return outcome;
}

Outcome on(PeerState& peer, const protocol::Ingest& message, const RequestId& id) {
  return ingest(
      peer, {message.channel, message.payload, message.payload_is_text, message.context, message.ack}, id);
}

}  // namespace unix_socket
