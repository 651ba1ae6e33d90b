// SPDX-License-Identifier: MIT
#pragma once

#include <atm/file_descriptor.hpp>
#include <atm/plugin/local_listener.hpp>
#include <cstddef>
#include <string>
#include <zmq.hpp>

#include "counters.hpp"

namespace zeromq {

/// Where one ZeroMQ socket takes connections, and how many it has. ZeroMQ counts none, and ends the process when
/// accept() at a Unix socket finds no descriptor free (src/ipc_listener.cpp, 4.3.4); so the name of the local socket
/// is taken away while there are too many, and who is connected stays. tcp has no name to take away: there all are
/// let go, who comes waits at the port, which stays ours, and it is served again at a later tick. [loop]
class ConnectionLimiter final {
 public:
  ConnectionLimiter(zmq::context_t& context, zmq::socket_t& socket, std::string name,
                    atm::LocalListener listener, std::size_t max_connections);
  ~ConnectionLimiter();
  ConnectionLimiter(const ConnectionLimiter&) = delete;
  ConnectionLimiter& operator=(const ConnectionLimiter&) = delete;

  /// Lets ZeroMQ accept at the local socket. Throws zmq::error_t. [main]
  void open();
  /// The socket is bound to this tcp endpoint as well. Throws zmq::error_t when nothing listens there. [main]
  void also_at(const std::string& tcp);
  /// What became of connections since; closes or opens the limiters.
  void look(Counters& counters);
  /// The same once an interval, however little happens here: others take and leave descriptors too.
  void tick(Counters& counters);

  [[nodiscard]] zmq::pollitem_t poll_item() { return {monitor_.handle(), 0, ZMQ_POLLIN, 0}; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_ + tcp_.connections; }

 private:
  struct Tcp {
    /// kRested: an interval after it was closed. Only then surely no news of those who were let go comes any more.
    enum class State { kOpen, kClosing, kClosed, kRested };

    std::string endpoint;          // empty: none
    atm::FileDescriptor listener;  // ours, of the same socket as ZeroMQ's
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
