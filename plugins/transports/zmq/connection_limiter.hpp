// SPDX-License-Identifier: MIT
#pragma once

#include <atm/file_descriptor.hpp>
#include <atm/transport/local_listener.hpp>
#include <cstddef>
#include <string>
#include <zmq.hpp>

#include "counters.hpp"

namespace zeromq {

/// Limits the connections of one ZeroMQ socket. ZeroMQ has no limit, and aborts the process if accept() at a Unix
/// socket finds no free descriptor (src/ipc_listener.cpp, 4.3.4). Above the limit, the path of the local socket is
/// removed, and existing connections stay. A tcp port has no path: all its connections are closed, new ones wait in the
/// listen queue, and a later tick serves the port again. [loop]
class ConnectionLimiter final {
 public:
  ConnectionLimiter(zmq::context_t& context, zmq::socket_t& socket, const std::string& name,
                    atm::LocalListener listener, std::size_t max_connections);
  ~ConnectionLimiter();
  ConnectionLimiter(const ConnectionLimiter&) = delete;
  ConnectionLimiter& operator=(const ConnectionLimiter&) = delete;

  /// Makes ZeroMQ accept at the local socket. Throws zmq::error_t. [main]
  void open();
  /// Limits this tcp endpoint of the socket, too. Throws zmq::error_t if nothing listens there. [main]
  void also_at(const std::string& tcp);
  /// Handles new connection events; closes or opens the listeners.
  void look(Counters& counters);
  /// The same once per interval, even without events: other components use descriptors, too.
  void tick(Counters& counters);

  [[nodiscard]] zmq::pollitem_t poll_item() { return {monitor_.handle(), 0, ZMQ_POLLIN, 0}; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_ + tcp_.connections; }

 private:
  struct Tcp {
    /// kRested: an interval after kClosed; only then no more events of the closed connections arrive.
    enum class State { kOpen, kClosing, kClosed, kRested };

    std::string endpoint;          // empty: none
    atm::FileDescriptor listener;  // our duplicate of ZeroMQ's descriptor
    std::size_t connections = 0;
    State state = State::kOpen;
  };

  [[nodiscard]] bool take_event(Counters& counters);
  void keep_room(Counters& counters);
  void reopen();

  zmq::socket_t& socket_;
  zmq::socket_t monitor_;
  atm::LocalListener listener_;
  const std::size_t max_connections_;
  std::size_t connections_ = 0;  // at the local socket
  Tcp tcp_;
  bool is_hidden_ = false;
};

}  // namespace zeromq
