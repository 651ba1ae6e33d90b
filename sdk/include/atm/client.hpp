// SPDX-License-Identifier: MIT
// A blocking client of the daemon, protocol 1, over its Unix socket. Headers only; standard library and
// POSIX.
//
//   auto client = atm::Client::connect();
//   if (!client) return complain(client.error());
//   if (auto ok = client->ask(atm::protocol::Subscribe{}); !ok) return complain(ok.error());
//   for (;;) {
//     auto event = client->next(std::chrono::seconds(1));   // first the snapshot, then each change
//     ...
//   }
//
// One object is for one thread. After an error of code kIo or kParseError the connection is of no more use:
// connect anew, and the next subscription begins with a snapshot again.
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

struct ClientOptions {
  std::string socket{};  ///< empty: ATM_SOCKET, else the usual places
  protocol::ClientType type = protocol::ClientType::kSubscriber;
  std::chrono::milliseconds timeout{5000};  ///< to connect, and for the daemon to answer a request
  bool stream = false;  ///< this process is an agent that tells of itself as long as it lives
};

class Client final {
 public:
  using Options = ClientOptions;

  /// What the daemon said, and the lines it said it in: a snapshot can take several, and is one message here.
  struct Message {
    protocol::DaemonMessage value{};
    std::vector<std::string> lines{};
  };

  /// Connects and shakes hands. kIo: no daemon answers; kUnsupported: it speaks another major version.
  [[nodiscard]] static Result<Client> connect(const Options& options = {}) {
    auto connection = client::connect_to_daemon(options.socket, options.timeout);
    if (!connection) return connection.error();
    Client client(std::move(*connection), options.timeout);
    auto reply = client.ask(protocol::Hello{protocol::kProtocolVersion, options.type, options.stream});
    if (!reply) return reply.error();
    auto* hello = std::get_if<protocol::ServerHello>(&reply->value);
    if (hello == nullptr) return Error{ErrorCode::kParseError, "the daemon did not answer the greeting"};
    if (!hello->accepted) {
      return Error{ErrorCode::kUnsupported, "the daemon (" + hello->daemon_version +
                                                ") refused this client: " + hello->reason +
                                                "; use programs of one version"};
    }
    client.server_ = std::move(*hello);
    return client;
  }

  [[nodiscard]] const protocol::ServerHello& server() const noexcept { return server_; }
  [[nodiscard]] const std::string& socket_path() const noexcept { return path_; }
  /// To wait for together with others. What it has given may already lie in the buffer: call next() with no
  /// time until it gives nothing, then wait.
  [[nodiscard]] int fd() const noexcept { return stream_.fd(); }

  /// Sends a request and waits for its reply; events that come first are kept for next(). What the daemon
  /// refuses is an Error: kSessionNotFound, kSessionExists, kRegistryFull, kBusy, kUnsupported,
  /// kInvalidFormat, else kInternal. An Ingest without `ack` has no reply: see tell().
  [[nodiscard]] Result<Message> ask(const protocol::ClientMessage& request) {
    const client::Deadline deadline = std::chrono::steady_clock::now() + timeout_;
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
      events_.push_back(std::move((*received)->message));
    }
  }

  /// Sends a message that has no reply.
  [[nodiscard]] Result<void> tell(const protocol::ClientMessage& message) {
    return send(message, {}, std::chrono::steady_clock::now() + timeout_);
  }

  /// The next event of the subscription: Sessions (everything there is, at the beginning and after a Gap),
  /// SessionRegistered, SessionUpdated, SessionRemoved, Activity, Gap. Absent: none came in time; silence is
  /// no error.
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
      if (const auto* error = std::get_if<protocol::ErrorReply>(&event->value)) return error_of(*error);
    }
    return event;
  }

 private:
  struct Received {
    protocol::RequestId id{};
    Message message{};
  };

  Client(client::Connection connection, std::chrono::milliseconds timeout)
      : path_(std::move(connection.path)), stream_(std::move(connection.socket)), timeout_(timeout) {}

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

  [[nodiscard]] Result<void> send(const protocol::ClientMessage& message, const protocol::RequestId& id,
                                  client::Deadline deadline) {
    std::string line;
    protocol::append_client_message(line, message, id);
    return stream_.write(line, deadline);
  }

  // The next whole message; absent at the deadline. A type this SDK does not know is passed over.
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
      Received received{std::move(reply->id), {std::move(reply->message), {std::string(**line)}}};
      if (auto whole = joined(std::move(received))) return whole;
    }
  }

  // Whether the parts of a subscription's snapshot so far are void: after a gap, or another `subscribe`, it
  // begins anew.
  [[nodiscard]] static bool ends_snapshot(const protocol::DaemonMessage& message) {
    const auto* const ok = std::get_if<protocol::Ok>(&message);
    return std::holds_alternative<protocol::Gap>(message) || (ok != nullptr && ok->seq);
  }

  // Absent while more parts of a snapshot are to come.
  [[nodiscard]] std::optional<Received> joined(Received received) {
    auto* part = std::get_if<protocol::Sessions>(&received.message.value);
    if (part == nullptr) return received;
    for (auto begun = parts_.begin(); begun != parts_.end(); ++begun) {
      if (!(begun->id == received.id)) continue;
      auto& sessions = std::get<protocol::Sessions>(begun->message.value);
      std::move(part->sessions.begin(), part->sessions.end(), std::back_inserter(sessions.sessions));
      sessions.more = part->more;
      begun->message.lines.push_back(std::move(received.message.lines.front()));
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
  protocol::ServerHello server_{};
  std::unique_ptr<protocol::DaemonMessageReader> reader_ = std::make_unique<protocol::DaemonMessageReader>();
  std::int64_t last_id_ = 0;
  std::deque<Message> events_;
  std::vector<Received> parts_;
};

}  // namespace atm
