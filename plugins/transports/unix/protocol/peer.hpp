// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/interfaces.hpp>
#include <atm/posix/line_buffer.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/envelope.hpp"
#include "protocol/event_stream.hpp"
#include "protocol/outbox.hpp"
#include "protocol/reply_queue.hpp"
#include "protocol/server_context.hpp"

namespace unix_socket {

/// The protocol for one connection without a socket: bytes in, bytes out. If the client does not read, the peer leaves
/// requests unread and events in the host's bounded queue. A message that must wait stays in the buffer until the
/// IngestQueue names the peer. Everything here is [transport].
class Peer final {
 public:
  /// `peer`: the PID of the process at the other end; 0: unknown.
  Peer(ServerContext& context, std::uint64_t id, std::int64_t peer = 0);
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
  void stop_events();
  /// The client no longer reads: drops the output; input is still handled.
  void drop_output();

  [[nodiscard]] Outbox& output() noexcept { return out_; }
  [[nodiscard]] bool is_greeted() const noexcept { return is_greeted_; }
  /// Whether the caller should read more.
  [[nodiscard]] bool wants_input() const noexcept;
  /// A message waits in the ingest queue.
  [[nodiscard]] bool is_waiting() const noexcept { return is_waiting_; }
  [[nodiscard]] bool has_subscription() const noexcept { return event_stream_ != nullptr; }
  /// No further output will follow: write output() and close.
  [[nodiscard]] bool is_finished() const noexcept;

 private:
  enum class Outcome : std::uint8_t { kDone, kWaits };
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
  /// A request without an answer so far.
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
  [[nodiscard]] std::string spool_entry(const Sent& sent, std::int64_t time_ns) const;

  // Requests (peer_requests.cpp), one per message.
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
  /// Sends an observation to the registry; `reply` is the reply slot.
  [[nodiscard]] Outcome observe(const atm::ObservationHead& head, atm::Attrs attrs, std::uint32_t expect,
                                Pending pending);
  [[nodiscard]] atm::Status observe_for(std::uint64_t reply, const atm_observation& observation,
                                        std::uint32_t expect);
  /// After a call to the host for `reply`: waits for its answer, retries later, or answers now.
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
  atm::posix::LineBuffer lines_;
  Outbox out_;
  ReplyQueue replies_{out_};
  std::map<std::uint64_t, Pending> pending_;
  std::size_t snapshots_pending_ = 0;
  std::unique_ptr<EventStream> event_stream_;
  std::uint64_t subscribe_reply_ = 0;  // slot of the `ok` that precedes all events; 0: written
  atm::protocol::RequestId subscribe_id_;
  bool is_greeted_ = false;
  bool is_waiting_ = false;  // in the ingest queue
  bool has_ended_ = false;   // no more input arrives
  bool is_closing_ = false;  // no more input is handled
  bool is_unread_ = false;   // output is dropped
};

}  // namespace unix_socket
