// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>

#include <atm/protocol/client_message.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/outbox.hpp"
#include "protocol/server_context.hpp"

namespace unix_socket {

/// The subscription of one peer: reads events from the host while the peer's outbox has room, and converts them to
/// messages. If the client does not read, the host's bounded queue overflows, and the client receives a gap when it
/// reads again. [transport]
class EventStream final {
 public:
  /// `begun` is called once with the number of the first snapshot, before that snapshot is written.
  EventStream(ServerContext& context, Outbox& out, std::uint64_t client,
              std::function<void(std::uint64_t)> begun)
      : context_(context), out_(out), client_(client), begun_(std::move(begun)) {}
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// kFull, kClosed; the reason is in `error`.
  [[nodiscard]] atm::Status open(const atm::protocol::Subscribe& message, atm::ErrorBuffer& error);
  /// Writes the events that are available and fit; returns whether it wrote any.
  bool pump();
  /// New events are available.
  void wake() noexcept { is_dry_ = false; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  static void on_ready(void* self, std::uint64_t subscription);
  atm::Status take(const atm_event& event);
  void write(std::string& out, const atm_event& event);
  void begin_snapshot(std::uint64_t seq);

  ServerContext& context_;
  Outbox& out_;
  const std::uint64_t client_;
  std::function<void(std::uint64_t)> begun_;
  std::uint64_t id_ = 0;
  bool is_dry_ = false;  // drained; the host calls on_ready for more
  std::optional<atm::protocol::SessionsWriter> snapshot_;
};

}  // namespace unix_socket
