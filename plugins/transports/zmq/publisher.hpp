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

/// The XPUB socket. It never blocks: only a subscriber whose queue is full loses the message. ZeroMQ does not report
/// that; with XPUB_NODROP it refuses the first such message, which is then counted and still sent to the others. [loop]
class Publisher final {
 public:
  Publisher(zmq::context_t& context, int send_hwm, Counters& counters);

  void publish(std::string_view topic, const Text& text);
  /// Receives the next message of a subscriber; false if there is none.
  [[nodiscard]] bool receive(zmq::message_t& message) {
    return socket_.recv(message, zmq::recv_flags::dontwait).has_value();
  }

  [[nodiscard]] zmq::socket_t& socket() noexcept { return socket_; }
  /// Bytes queued for subscribers, each message counted once.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return *in_flight_; }

 private:
  zmq::socket_t socket_;
  Counters& counters_;
  std::shared_ptr<InFlightBytes> in_flight_ = std::make_shared<InFlightBytes>(0);
};

}  // namespace zeromq
