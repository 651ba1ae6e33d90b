// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>

#include <atm/protocol/client_message.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "protocol/outbox.hpp"
#include "protocol/reply_queue.hpp"
#include "protocol/server_context.hpp"

namespace unix_socket {

/// The subscription of one peer: reads events from the host while the peer's outbox has room, and converts them to
/// messages. If the client does not read, the host's bounded queue overflows, and the client receives a gap when it
/// reads again. [transport]
class EventStream final {
 public:
  /// `request`: the id of the `subscribe` message. Its reply precedes all events.
  EventStream(ServerContext& context, Outbox& out, ReplyQueue& replies, std::uint64_t client,
              atm::protocol::RequestId request)
      : context_(context), out_(out), replies_(replies), client_(client), request_(std::move(request)) {}
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// kFull, kClosed; the reason is in `error`.
  [[nodiscard]] atm::Status open(const atm::protocol::Subscribe& message, atm::ErrorBuffer& error);
  /// Answers the request if it has no reply so far, so that the client does not wait forever.
  void close();
  /// Writes the events that are available and fit; returns whether it wrote any.
  bool pump();
  /// New events are available.
  void wake() noexcept { is_dry_ = false; }

 private:
  static void on_ready(void* self, std::uint64_t subscription);
  atm::Status take(const atm_event& event);
  void write(std::string& out, const atm_event& event);
  void begin_snapshot(std::uint64_t seq);
  void answer(atm::protocol::Numbers numbers);

  ServerContext& context_;
  Outbox& out_;
  ReplyQueue& replies_;
  const std::uint64_t client_;
  const atm::protocol::RequestId request_;
  std::uint64_t reply_ = 0;  // the slot of the reply; 0: it is written
  std::uint64_t id_ = 0;
  bool is_dry_ = false;  // drained; the host calls on_ready for more
  std::optional<atm::protocol::SessionsWriter> snapshot_;
};

}  // namespace unix_socket
