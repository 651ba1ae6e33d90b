// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/interfaces.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "envelope.hpp"
#include "event_stream.hpp"
#include "line_buffer.hpp"
#include "outbox.hpp"
#include "reply_queue.hpp"
#include "server_context.hpp"

namespace unix_socket {

/// The protocol, for one client, without a socket: bytes in, bytes out. It never makes more output than the
/// client takes (it then leaves requests unread and events in the host's bounded queue), and never takes more
/// input than the host does (it then keeps the line and asks to be called again). [transport], all of it
class Peer final {
 public:
  /// `peer`: the process at the other end; 0: not known.
  Peer(ServerContext& context, std::uint64_t id, std::int64_t peer = 0);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The next bytes; only while wants_input(). Handles what it may and keeps the rest.
  void receive(std::string_view bytes);
  /// No more bytes will come: what was read is still handled, a last line without newline too.
  void end_of_input();
  /// An answer, or the news that there are events.
  void deliver(PeerMessage message);
  /// Goes on where room or time was missing; whether anything was done.
  bool advance();
  /// Answer and close.
  void refuse(atm::protocol::WireError code, std::string_view message);
  /// No more events; what was asked is still answered.
  void stop_events();
  /// Nobody reads any more: output is dropped, input is still taken.
  void drop_output();

  [[nodiscard]] Outbox& output() noexcept { return out_; }
  [[nodiscard]] bool is_greeted() const noexcept { return is_greeted_; }
  /// Whether to read on.
  [[nodiscard]] bool wants_input() const noexcept;
  /// The host was busy: call advance() in a millisecond.
  [[nodiscard]] bool wants_retry() const noexcept { return is_stalled_; }
  [[nodiscard]] bool has_subscription() const noexcept { return event_stream_ != nullptr; }
  /// Nothing more will come out but what output() holds: write that and close.
  [[nodiscard]] bool is_finished() const noexcept;

 private:
  enum class Outcome : std::uint8_t { kDone, kAgain };
  enum class Stage : std::uint8_t {
    kRegister,
    kBind,
    kUpdate,
    kEnd,
    kAcknowledge,
    kSession,
    kSessions,
    kDiscover
  };
  /// A request whose answer is not there yet.
  struct Pending {
    Stage stage;
    atm::protocol::RequestId id;
    atm::protocol::Register registration{};  // kRegister
    atm::protocol::SessionFilter filter{};   // kSessions
  };

  // Lines (peer.cpp).
  bool handle_lines();
  [[nodiscard]] bool may_handle() const noexcept;
  [[nodiscard]] Outcome handle_line(std::string_view line);
  [[nodiscard]] Outcome handle_request(atm::protocol::Request& request);
  void reply_error(atm::protocol::WireError code, std::string_view message,
                   const atm::protocol::RequestId& id);
  [[nodiscard]] bool may_still_wait();

  // Records (peer_ingest.cpp).
  [[nodiscard]] Outcome ingest(const Envelope& envelope, std::string_view line);
  /// A record as an `ingest` message has it.
  struct Sent {
    std::string_view channel;
    std::string_view payload;
    bool is_text;
    std::string_view context;
    bool ack;
  };
  [[nodiscard]] Outcome ingest(const Sent& sent, const atm::protocol::RequestId& id);
  [[nodiscard]] bool defer(const Sent& sent, std::int64_t time_ns);
  Outcome wait_in_queue();
  void leave_queue();

  // Requests (peer_requests.cpp), one a message.
  void begin_stream();
  [[nodiscard]] Outcome on(const atm::protocol::Hello& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Register& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::UpdateContext& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::EndSession& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Acknowledge& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::GetSession& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::GetAllSessions& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Subscribe& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Unsubscribe& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Ingest& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Ping& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::GetStats& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::GetPlugins& message, const atm::protocol::RequestId& id);
  [[nodiscard]] Outcome on(const atm::protocol::Discover& message, const atm::protocol::RequestId& id);
  /// Hands an observation to the registry under the place `reply`.
  [[nodiscard]] Outcome observe(const atm::ObservationHead& head, atm::Attrs attrs, std::uint32_t expect,
                                Pending pending);
  [[nodiscard]] atm::Status observe_for(std::uint64_t reply, const atm_observation& observation,
                                        std::uint32_t expect);
  /// After the host was asked for `reply`: wait for its answer, try again later, or answer now.
  [[nodiscard]] Outcome settle(std::uint64_t reply, atm::Status status, Pending pending);
  void close_subscription();
  [[nodiscard]] Outcome ask_sessions(std::string_view session, Pending pending);

  // Answers (peer_replies.cpp).
  void answer(std::uint64_t reply, Pending& pending, PeerMessage& message);
  void on_registered(std::uint64_t reply, Pending& pending, atm::Status status);
  void answer_observed(std::uint64_t reply, const Pending& pending, atm::Status status);
  void answer_sessions(std::uint64_t reply, const Pending& pending, PeerMessage& message);
  void fill_error(std::uint64_t reply, atm::protocol::WireError code, std::string_view message,
                  const atm::protocol::RequestId& id);

  ServerContext& context_;
  const std::uint64_t id_;
  const std::int64_t peer_;
  std::optional<ProcessId> host_process_;  // of a stream
  LineBuffer lines_;
  Outbox out_;
  ReplyQueue replies_{out_};
  std::map<std::uint64_t, Pending> pending_;
  std::size_t snapshots_pending_ = 0;
  std::unique_ptr<EventStream> event_stream_;
  std::uint64_t subscribe_reply_ = 0;  // the place of the `ok` that comes before any event; 0: written
  atm::protocol::RequestId subscribe_id_;
  std::int64_t busy_since_ns_ = 0;  // 0: the host is not busy
  bool is_greeted_ = false;
  bool is_stalled_ = false;
  bool is_queued_ = false;   // among those whose records wait
  bool has_ended_ = false;   // no more input
  bool is_closing_ = false;  // no more input is handled
  bool is_unread_ = false;   // output is dropped
};

}  // namespace unix_socket
