// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/client_message_reader.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "counters.hpp"
#include "cross_thread_queue.hpp"
#include "settings.hpp"
#include "text.hpp"

namespace zeromq {

/// The sender of a request, and the address of the reply.
struct Sender {
  std::string peer;           ///< the routing id, assigned by ZeroMQ or chosen by the peer
  bool is_delimited = false;  ///< an empty frame preceded the request, as a REQ socket sends it
};

/// One reply: its frames, and the counter of the peer's unread reply bytes.
struct Reply {
  Sender to;
  std::vector<Text> frames;
  std::shared_ptr<InFlightBytes> in_flight;
};

/// The requests of docs/specs/zmq.md §5, without a socket: one reply each. Limits the pending requests and the unread
/// bytes of each peer. [loop]
class Requests final {
 public:
  using Send = std::function<void(Reply&& reply)>;

  Requests(const atm::Host& host, const Settings& settings, std::shared_ptr<CrossThreadQueue> inbox,
           Counters& counters, Send send);

  /// One request: the frames after the delimiter; exactly one is valid.
  void receive(const Sender& from, const std::vector<std::string_view>& frames);
  /// Handles an answer of the registry.
  void deliver(Answer&& answer);
  /// Forgets peers without pending requests and unread replies.
  void sweep();

  [[nodiscard]] std::size_t peer_count() const noexcept { return peers_.size(); }

 private:
  struct Peer {
    std::size_t pending = 0;
    std::shared_ptr<InFlightBytes> in_flight = std::make_shared<InFlightBytes>(0);
  };
  struct Pending {
    Sender from;
    atm::protocol::RequestId id;
    std::optional<atm::protocol::SessionFilter> filter;  // none: a request for one session
  };

  void answer(const Sender& from, atm::protocol::Request& request);
  void ask_sessions(std::string_view session, Pending pending);
  void reply_sessions(const Pending& pending, Answer&& answer);
  void reply_error(const Sender& to, atm::protocol::WireError code, std::string_view message,
                   const atm::protocol::RequestId& id);
  /// `messages` in the protocol's form, with newlines.
  void reply(const Sender& to, std::vector<std::string>&& messages);
  void reply(const Sender& to, std::string&& message);

  const atm::Host& host_;
  const Settings& settings_;
  const std::shared_ptr<CrossThreadQueue> inbox_;
  Counters& counters_;
  const Send send_;
  atm::protocol::ClientMessageReader reader_;
  std::unordered_map<std::string, Peer> peers_;
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t last_request_ = 0;
};

}  // namespace zeromq
