// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <zmq.hpp>

#include "counters.hpp"
#include "zero_copy_message.hpp"

namespace zeromq {

/// The XPUB socket. It never waits: a subscriber whose queue is full loses the message, nobody else does.
/// ZeroMQ says nothing of that; with XPUB_NODROP it at least refuses the first such message, which is then
/// counted and sent to the others all the same. [loop]
class Publisher final {
 public:
  Publisher(zmq::context_t& context, int send_hwm, Counters& counters);

  void publish(std::string_view topic, const Text& text);
  /// The next message of a subscriber, at most `room` bytes of it; none when there is none.
  [[nodiscard]] bool receive(zmq::message_t& message) {
    return socket_.recv(message, zmq::recv_flags::dontwait).has_value();
  }

  [[nodiscard]] zmq::socket_t& socket() noexcept { return socket_; }
  /// Bytes that wait for subscribers, each message once.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return *ledger_; }

 private:
  zmq::socket_t socket_;
  Counters& counters_;
  std::shared_ptr<InFlightBytes> ledger_ = std::make_shared<InFlightBytes>(0);
};

}  // namespace zeromq
