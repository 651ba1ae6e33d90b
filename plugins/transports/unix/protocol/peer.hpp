// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/line_buffer.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstdint>
#include <string_view>

#include "protocol/handlers.hpp"

namespace unix_socket {

/// The protocol for one connection without a socket: bytes in, bytes out. If the client does not read, the peer leaves
/// requests unread and events in the host's bounded queue. A message that must wait stays in the buffer until the
/// IngestQueue names the peer. Everything here is [transport].
class Peer final {
 public:
  /// `pid`: the process at the other end; 0: unknown.
  Peer(ServerContext& context, std::uint64_t id, std::int64_t pid = 0);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The next bytes; only while wants_input(). Handles what it can and keeps the rest.
  void receive(std::string_view bytes);
  /// The input has ended: the bytes read so far are still handled, including a last line without a newline.
  void end_of_input();
  /// An answer, or a notice of new events.
  void deliver(PeerMessage message);
  /// Continues after a lack of room or time; returns whether it did anything.
  bool advance();
  /// Replies with an error and closes.
  void refuse(atm::protocol::WireError code, std::string_view message);
  /// Sends no more events; pending requests are still answered.
  void stop_events() { close_subscription(state_); }
  /// The client no longer reads: drops the output; input is still handled.
  void drop_output();

  [[nodiscard]] Outbox& output() noexcept { return state_.out; }
  [[nodiscard]] bool is_greeted() const noexcept { return state_.is_greeted; }
  /// Whether the caller should read more.
  [[nodiscard]] bool wants_input() const noexcept;
  /// A message waits in the ingest queue.
  [[nodiscard]] bool is_waiting() const noexcept { return is_waiting_; }
  [[nodiscard]] bool has_subscription() const noexcept { return state_.event_stream != nullptr; }
  /// No further output will follow: write output() and close.
  [[nodiscard]] bool is_finished() const noexcept;

 private:
  bool handle_lines();
  [[nodiscard]] bool may_handle() const noexcept;
  [[nodiscard]] Outcome handle_line(std::string_view line);

  PeerState state_;
  atm::posix::LineBuffer lines_;
  bool is_waiting_ = false;  // in the ingest queue
  bool has_ended_ = false;   // no more input arrives
  bool is_unread_ = false;   // output is dropped
};

}  // namespace unix_socket
