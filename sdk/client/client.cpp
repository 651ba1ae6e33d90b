// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atm/client.hpp>
#include <atm/client/endpoint.hpp>
#include <atm/client/line_stream.hpp>
#include <atm/protocol/client_message_writer.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <cstdint>
#include <deque>
#include <iterator>
#include <utility>
#include <variant>

namespace atm {

namespace {

/// Maps a wire error to an Error.
Error error_of(const protocol::ErrorReply& reply) {
  const auto code = [&reply] {
    switch (reply.code) {
      case protocol::WireError::kNotFound:
        return ErrorCode::kSessionNotFound;
      case protocol::WireError::kSessionExists:
        return ErrorCode::kSessionExists;
      case protocol::WireError::kRegistryFull:
        return ErrorCode::kRegistryFull;
      case protocol::WireError::kTooManyClients:
      case protocol::WireError::kBusy:
        return ErrorCode::kBusy;
      case protocol::WireError::kUnknownType:
      case protocol::WireError::kUnsupportedVersion:
        return ErrorCode::kUnsupported;
      case protocol::WireError::kInvalidJson:
      case protocol::WireError::kInvalidMessage:
      case protocol::WireError::kMessageTooLarge:
        return ErrorCode::kInvalidFormat;
      default:
        return ErrorCode::kInternal;
    }
  };
  return {code(), reply.message.empty() ? "the daemon refused: " + reply.code_text : reply.message};
}

}  // namespace

struct Client::State {
  /// A message with the id of its request; no id: an event.
  struct Received {
    protocol::RequestId id{};
    Message message{};
  };

  State(client::Connection connection, const Options& options)
      : path(std::move(connection.path)),
        stream(std::move(connection.socket)),
        timeout(options.timeout),
        keeps_lines(options.keeps_lines),
        joins_parts(options.joins_parts) {}

  /// Encodes and writes one message.
  [[nodiscard]] Result<void> send(const protocol::ClientMessage& message, const protocol::RequestId& id,
                                  client::Deadline deadline) {
    std::string line;
    protocol::append_client_message(line, message, id);
    return stream.write(line, deadline);
  }

  // The next complete message; absent at the deadline. Message types that this SDK does not know are skipped (WIRE-V3).
  [[nodiscard]] Result<std::optional<Received>> receive(client::Deadline deadline) {
    for (;;) {
      auto line = stream.read_line(deadline);
      if (!line) return line.error();
      if (!*line) return std::optional<Received>{};
      auto reply = reader.read(**line);
      if (!reply && reply.error().code == ErrorCode::kUnsupported) continue;
      if (!reply) return reply.error();
      if (ends_snapshot(reply->message)) {
        parts.erase(
            std::remove_if(parts.begin(), parts.end(), [](const Received& part) { return part.id.absent(); }),
            parts.end());
      }
      Received received{std::move(reply->id), {std::move(reply->message), {}}};
      if (keeps_lines) received.message.lines.emplace_back(**line);
      if (!joins_parts && received.id.absent()) return std::optional(std::move(received));
      if (auto whole = joined(std::move(received))) return whole;
    }
  }

  // Whether the parts of the current snapshot are void: a gap or another `subscribe` begins a new one.
  [[nodiscard]] static bool ends_snapshot(const protocol::DaemonMessage& message) {
    const auto* const ok = std::get_if<protocol::Ok>(&message);
    return std::holds_alternative<protocol::Gap>(message) || (ok != nullptr && ok->seq);
  }

  // Adds a part to its snapshot. Absent while more parts follow.
  [[nodiscard]] std::optional<Received> joined(Received received) {
    auto* part = std::get_if<protocol::Sessions>(&received.message.value);
    if (part == nullptr) return received;
    for (auto begun = parts.begin(); begun != parts.end(); ++begun) {
      if (!(begun->id == received.id)) continue;
      auto& sessions = std::get<protocol::Sessions>(begun->message.value);
      std::move(part->sessions.begin(), part->sessions.end(), std::back_inserter(sessions.sessions));
      sessions.more = part->more;
      std::move(received.message.lines.begin(), received.message.lines.end(),
                std::back_inserter(begun->message.lines));
      if (sessions.more) return std::nullopt;
      Received whole = std::move(*begun);
      parts.erase(begun);
      return whole;
    }
    if (!part->more) return received;
    parts.push_back(std::move(received));
    return std::nullopt;
  }

  const std::string path;
  client::LineStream stream;
  const std::chrono::milliseconds timeout;
  const bool keeps_lines;
  const bool joins_parts;
  protocol::ServerHello server{};
  protocol::DaemonMessageReader reader;
  /// The id of the last request.
  std::int64_t last_id = 0;
  /// Events that arrived while ask() waited.
  std::deque<Message> events;
  /// Snapshots whose last part has not arrived, by the id of their request.
  std::vector<Received> parts;
};

Client::Client(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(const Options& options) {
  auto connection = client::connect_to_daemon(options.socket, options.timeout);
  if (!connection) return connection.error();
  Client client(std::make_unique<State>(std::move(*connection), options));
  auto reply = client.ask(protocol::Hello{protocol::kProtocolVersion, options.type, options.stream});
  if (!reply) return reply.error();
  // An error reply was returned by ask() already.
  auto* hello = std::get_if<protocol::ServerHello>(&reply->value);
  if (hello == nullptr) return Error{ErrorCode::kParseError, "the daemon did not answer the hello message"};
  if (!hello->accepted) {
    return Error{ErrorCode::kUnsupported, "the daemon (" + hello->daemon_version + ") refused this client: " +
                                              hello->reason + "; use programs of one version"};
  }
  client.state_->server = std::move(*hello);
  return client;
}

const protocol::ServerHello& Client::server() const noexcept {
  return state_->server;
}

const std::string& Client::socket_path() const noexcept {
  return state_->path;
}

int Client::fd() const noexcept {
  return state_->stream.fd();
}

Result<Client::Message> Client::ask(const protocol::ClientMessage& request) {
  const client::Deadline deadline = std::chrono::steady_clock::now() + state_->timeout;
  // A number for each request: several replies may be outstanding after a timeout.
  const auto id = protocol::RequestId::number(++state_->last_id);
  if (auto sent = state_->send(request, id, deadline); !sent) return sent.error();
  for (;;) {
    auto received = state_->receive(deadline);
    if (!received) return received.error();
    if (!*received) {
      return Error{ErrorCode::kIo, "the daemon did not answer within " +
                                       std::to_string(state_->timeout.count()) +
                                       " ms; it hangs or is overloaded"};
    }
    if ((*received)->id == id) {
      if (const auto* refusal = std::get_if<protocol::ErrorReply>(&(*received)->message.value)) {
        return error_of(*refusal);
      }
      return std::move((*received)->message);
    }
    // An event, or the late reply to an earlier request that timed out.
    state_->events.push_back(std::move((*received)->message));
  }
}

Result<void> Client::tell(const protocol::ClientMessage& message) {
  return state_->send(message, {}, std::chrono::steady_clock::now() + state_->timeout);
}

Result<std::optional<Client::Message>> Client::next(std::chrono::milliseconds timeout) {
  const client::Deadline deadline = std::chrono::steady_clock::now() + timeout;
  std::optional<Message> event;
  if (!state_->events.empty()) {
    event = std::move(state_->events.front());
    state_->events.pop_front();
  } else {
    auto received = state_->receive(deadline);
    if (!received) return received.error();
    if (*received) event = std::move((*received)->message);
  }
  if (event) {
    // For example too_many_clients, before the daemon closes the connection.
    if (const auto* error = std::get_if<protocol::ErrorReply>(&event->value)) return error_of(*error);
  }
  return event;
}

}  // namespace atm
