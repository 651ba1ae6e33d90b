// SPDX-License-Identifier: MIT
// A blocking client of the daemon (protocol 1) over its Unix socket. Link Atm::Client.
//
//   auto client = atm::Client::connect();
//   if (!client) return complain(client.error());
//   if (auto ok = client->ask(atm::protocol::Subscribe{}); !ok) return complain(ok.error());
//   for (;;) {
//     auto event = client->next(std::chrono::seconds(1));   // the snapshot, then each change
//     ...
//   }
#pragma once

#include <atm/domain/error.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/received_message.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
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
  /// next() returns a snapshot when all its parts have arrived. Otherwise it returns each part as it arrives, with
  /// Sessions::more before the last one, so that a large snapshot does not keep the program waiting.
  bool joins_parts = true;
};

/// One connection to the daemon, with blocking requests and events.
///
/// The daemon sends events between the replies to requests. ask() therefore keeps the events that precede its reply,
/// and next() returns them in order. Parts of a snapshot are joined to one message (ClientOptions::joins_parts). After
/// an error with code kIo or kParseError the connection is unusable: connect again; the next subscription begins with a
/// snapshot. Movable; one thread at a time.
class Client final {
 public:
  using Options = ClientOptions;

  /// A message of the daemon, and the lines in which it arrived (without newline): one, or several for a snapshot;
  /// none without ClientOptions::keeps_lines.
  struct Message {
    protocol::DaemonMessage value{};
    std::vector<std::string> lines{};
  };

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// Connects and exchanges `hello`. kIo: no daemon answers, or it has too many connections; kUnsupported: it speaks
  /// another major version.
  [[nodiscard]] static Result<Client> connect(const Options& options = {});

  /// The daemon's greeting, with its version and epoch.
  [[nodiscard]] const protocol::ServerHello& server() const noexcept;
  /// The path to which the client connected.
  [[nodiscard]] const std::string& socket_path() const noexcept;
  /// The socket, to wait for input together with other descriptors. Input may already be buffered: call next() with a
  /// timeout of 0 until it returns nothing, then wait.
  [[nodiscard]] int fd() const noexcept;

  /// Sends a request and waits for its reply, at most ClientOptions::timeout. A refusal of the daemon is an Error:
  /// kSessionNotFound, kSessionExists, kRegistryFull, kBusy, kUnsupported, kInvalidFormat, else kInternal. kIo: no
  /// reply in time, or the connection ended. An Ingest without `ack` has no reply: use tell().
  [[nodiscard]] Result<Message> ask(const protocol::ClientMessage& request);

  /// Sends a message that has no reply. kIo: the connection ended, or the daemon does not read.
  [[nodiscard]] Result<void> tell(const protocol::ClientMessage& message);

  /// The next event of the subscription: Sessions (the snapshot, at the beginning and after a Gap), SessionRegistered,
  /// SessionUpdated, SessionRemoved, Activity or Gap. Absent: none arrived within `timeout`, which is not an error. An
  /// error message of the daemon that answers no request is an Error.
  [[nodiscard]] Result<std::optional<Message>> next(std::chrono::milliseconds timeout);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

}  // namespace atm
