// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>

#include <atm/domain/timestamp.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
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
  EventStream(ServerContext& context, Outbox& out, ReplyQueue& replies, std::uint64_t client)
      : context_(context), out_(out), replies_(replies), client_(client) {}
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// `request`: the id of `message`. Its reply precedes all events. kFull, kClosed, kUnsupported; the reason is in
  /// `error`.
  [[nodiscard]] atm::Status open(const atm::protocol::Subscribe& message, atm::protocol::RequestId request,
                                 atm::ErrorBuffer& error);
  /// Continues a replay at another time. kNotFound: this is no replay; kFull: too many seeks wait.
  [[nodiscard]] atm::Status seek(atm::Timestamp at, atm::protocol::RequestId request);
  /// kNotFound: this is no replay.
  [[nodiscard]] atm::Status set_speed(double speed);
  /// Answers the requests that have no reply so far, so that the client does not wait forever.
  void close();
  /// Writes the events that are available and fit; returns whether it wrote any.
  bool pump();
  /// The host has refused the subscription.
  [[nodiscard]] bool is_refused() const noexcept { return is_refused_; }
  /// New events are available.
  void wake() noexcept { is_dry_ = false; }

 private:
  static void on_ready(void* self, std::uint64_t subscription);
  atm::Status take(const atm_event& event);
  void write(std::string& out, const atm_event& event);
  void begin_snapshot(std::uint64_t seq);
  void answer(atm::protocol::Numbers numbers);
  void refuse(std::string_view reason);
  void take_host_reply();

  /// A request without a reply so far.
  struct Pending {
    std::uint64_t reply;  // its slot
    atm::protocol::RequestId id;
  };
  /// How the host has answered the oldest request of a replay.
  struct HostReply {
    bool is_begin;
    std::uint64_t seq;
    std::int64_t time_ns;
    std::string reason;
  };

  ServerContext& context_;
  Outbox& out_;
  ReplyQueue& replies_;
  const std::uint64_t client_;
  std::deque<Pending> pending_;
  std::uint64_t id_ = 0;
  bool is_dry_ = false;  // drained; the host calls on_ready for more
  std::optional<HostReply> host_reply_;
  bool is_refused_ = false;
  bool has_begun_ = false;              // the subscription was answered
  std::optional<atm::Timestamp> at_{};  // the time of a replay; absent: this is none
  std::optional<atm::protocol::SessionsWriter> snapshot_;
};

}  // namespace unix_socket
