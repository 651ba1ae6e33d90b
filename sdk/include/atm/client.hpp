// SPDX-License-Identifier: MIT
// A blocking client of the daemon (protocol 1) over its Unix socket. Header only; it needs RapidJSON's headers, the
// standard library and POSIX.
//
//
//   auto client = atm::Client::connect();
//   if (!client) return complain(client.error());
//   if (auto ok = client->ask(atm::protocol::Subscribe{}); !ok) return complain(ok.error());
//   for (;;) {
//     auto event = client->next(std::chrono::seconds(1));   // the snapshot, then each change
//     ...
//   }
#pragma once

#include <algorithm>
#include <atm/client/endpoint.hpp>
#include <atm/client/line_stream.hpp>
#include <atm/domain/error.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/client_message_writer.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace atm {

/// How a client connects and introduces itself.
struct ClientOptions {
  /// Path of the socket. Empty: ATM_SOCKET, else the usual paths (client/endpoint.hpp).
  std::string socket{};
  /// The kind of program; for the daemon's information only.
  protocol::ClientType type = protocol::ClientType::kSubscriber;
  /// Limit for connecting, and for the reply to one request.
  std::chrono::milliseconds timeout{5000};
  /// This process is an agent that reports about itself for as long as it lives (docs/specs/protocol.md, section 12).
  bool stream = false;
  /// Message::lines holds the lines. Without them a snapshot takes less than half of the memory.
  bool keeps_lines = true;
};

/// One connection to the daemon, with blocking requests and events.
///
/// The daemon sends events between the replies to requests. ask() therefore keeps the events that precede its reply,
/// and next() returns them in order. Parts of a snapshot are joined to one message. After an error with code kIo or
/// kParseError the connection is unusable: connect again; the next subscription begins with a snapshot. Movable; one
/// thread at a time.
class Client final {
 public:
  using Options = ClientOptions;

  /// A message of the daemon, and the lines in which it arrived (without newline): one, or several for a snapshot;
  /// none without ClientOptions::keeps_lines.
  struct Message {
    protocol::DaemonMessage value{};
    std::vector<std::string> lines{};
  };

  /// Connects and exchanges `hello`. kIo: no daemon answers, or it has too many connections; kUnsupported: it speaks
  /// another major version.
  [[nodiscard]] static Result<Client> connect(const Options& options = {}) {
    auto connection = client::connect_to_daemon(options.socket, options.timeout);
    if (!connection) return connection.error();
    Client client(std::move(*connection), options);
    auto reply = client.ask(protocol::Hello{protocol::kProtocolVersion, options.type, options.stream});
    if (!reply) return reply.error();
    // An error reply was returned by ask() already.
    auto* hello = std::get_if<protocol::ServerHello>(&reply->value);
    if (hello == nullptr) return Error{ErrorCode::kParseError, "the daemon did not answer the hello message"};
    if (!hello->accepted) {
      return Error{ErrorCode::kUnsupported, "the daemon (" + hello->daemon_version +
                                                ") refused this client: " + hello->reason +
                                                "; use programs of one version"};
    }
    client.server_ = std::move(*hello);
    return client;
  }

  /// The daemon's greeting, with its version and epoch.
  [[nodiscard]] const protocol::ServerHello& server() const noexcept { return server_; }
  /// The path to which the client connected.
  [[nodiscard]] const std::string& socket_path() const noexcept { return path_; }
  /// The socket, to wait for input together with other descriptors. Input may already be buffered: call next() with a
  /// timeout of 0 until it returns nothing, then wait.
  [[nodiscard]] int fd() const noexcept { return stream_.fd(); }

  /// Sends a request and waits for its reply, at most ClientOptions::timeout. A refusal of the daemon is an Error:
  /// kSessionNotFound, kSessionExists, kRegistryFull, kBusy, kUnsupported, kInvalidFormat, else kInternal. kIo: no
  /// reply in time, or the connection ended. An Ingest without `ack` has no reply: use tell().
  [[nodiscard]] Result<Message> ask(const protocol::ClientMessage& request) {
    const client::Deadline deadline = std::chrono::steady_clock::now() + timeout_;
    // A number for each request: several replies may be outstanding after a timeout.
    const auto id = protocol::RequestId::number(++last_id_);
    if (auto sent = send(request, id, deadline); !sent) return sent.error();
    for (;;) {
      auto received = receive(deadline);
      if (!received) return received.error();
      if (!*received) {
        return Error{ErrorCode::kIo, "the daemon did not answer within " + std::to_string(timeout_.count()) +
                                         " ms; it hangs or is overloaded"};
      }
      if ((*received)->id == id) {
        if (const auto* refusal = std::get_if<protocol::ErrorReply>(&(*received)->message.value)) {
          return error_of(*refusal);
        }
        return std::move((*received)->message);
      }
      // An event, or the late reply to an earlier request that timed out.
      events_.push_back(std::move((*received)->message));
    }
  }

  /// Sends a message that has no reply. kIo: the connection ended, or the daemon does not read.
  [[nodiscard]] Result<void> tell(const protocol::ClientMessage& message) {
    return send(message, {}, std::chrono::steady_clock::now() + timeout_);
  }

  /// The next event of the subscription: Sessions (the snapshot, at the beginning and after a Gap), SessionRegistered,
  /// SessionUpdated, SessionRemoved, Activity or Gap. Absent: none arrived within `timeout`, which is not an error. An
  /// error message of the daemon that answers no request is an Error.
  [[nodiscard]] Result<std::optional<Message>> next(std::chrono::milliseconds timeout) {
    const client::Deadline deadline = std::chrono::steady_clock::now() + timeout;
    std::optional<Message> event;
    if (!events_.empty()) {
      event = std::move(events_.front());
      events_.pop_front();
    } else {
      auto received = receive(deadline);
      if (!received) return received.error();
      if (*received) event = std::move((*received)->message);
    }
    if (event) {
      // For example too_many_clients, before the daemon closes the connection.
      if (const auto* error = std::get_if<protocol::ErrorReply>(&event->value)) return error_of(*error);
    }
    return event;
  }

 private:
  /// A message with the id of its request; no id: an event.
  struct Received {
    protocol::RequestId id{};
    Message message{};
  };

  Client(client::Connection connection, const Options& options)
      : path_(std::move(connection.path)),
        stream_(std::move(connection.socket)),
        timeout_(options.timeout),
        keeps_lines_(options.keeps_lines) {}

  /// Maps a wire error to an Error.
  [[nodiscard]] static Error error_of(const protocol::ErrorReply& reply) {
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

  /// Encodes and writes one message.
  [[nodiscard]] Result<void> send(const protocol::ClientMessage& message, const protocol::RequestId& id,
                                  client::Deadline deadline) {
    std::string line;
    protocol::append_client_message(line, message, id);
    return stream_.write(line, deadline);
  }

  // The next complete message; absent at the deadline. Message types that this SDK does not know are skipped (WIRE-V3).
  [[nodiscard]] Result<std::optional<Received>> receive(client::Deadline deadline) {
    for (;;) {
      auto line = stream_.read_line(deadline);
      if (!line) return line.error();
      if (!*line) return std::optional<Received>{};
      auto reply = reader_->read(**line);
      if (!reply && reply.error().code == ErrorCode::kUnsupported) continue;
      if (!reply) return reply.error();
      if (ends_snapshot(reply->message)) {
        parts_.erase(std::remove_if(parts_.begin(), parts_.end(),
                                    [](const Received& part) { return part.id.absent(); }),
                     parts_.end());
      }
      Received received{std::move(reply->id), {std::move(reply->message), {}}};
      if (keeps_lines_) received.message.lines.emplace_back(**line);
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
    for (auto begun = parts_.begin(); begun != parts_.end(); ++begun) {
      if (!(begun->id == received.id)) continue;
      auto& sessions = std::get<protocol::Sessions>(begun->message.value);
      std::move(part->sessions.begin(), part->sessions.end(), std::back_inserter(sessions.sessions));
      sessions.more = part->more;
      std::move(received.message.lines.begin(), received.message.lines.end(),
                std::back_inserter(begun->message.lines));
      if (sessions.more) return std::nullopt;
      Received whole = std::move(*begun);
      parts_.erase(begun);
      return whole;
    }
    if (!part->more) return received;
    parts_.push_back(std::move(received));
    return std::nullopt;
  }

  std::string path_;
  client::LineStream stream_;
  std::chrono::milliseconds timeout_;
  bool keeps_lines_;
  protocol::ServerHello server_{};
  std::unique_ptr<protocol::DaemonMessageReader> reader_ = std::make_unique<protocol::DaemonMessageReader>();
  /// The id of the last request.
  std::int64_t last_id_ = 0;
  /// Events that arrived while ask() waited.
  std::deque<Message> events_;
  /// Snapshots whose last part has not arrived, by the id of their request.
  std::vector<Received> parts_;
};

}  // namespace atm
