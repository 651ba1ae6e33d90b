// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/local_listener.hpp>
#include <cstddef>
#include <string>
#include <zmq.hpp>

#include "counters.hpp"

namespace zeromq {

/// Where one ZeroMQ socket takes connections, and how many it has. ZeroMQ counts none and ends the process
/// when accept() finds no descriptor free (src/ipc_listener.cpp, 4.3.4); so the name of the local socket is
/// taken away while there are too many. Who is connected stays. [loop]
class Door final {
 public:
  Door(zmq::context_t& context, zmq::socket_t& socket, std::string name, atm::LocalListener listener,
       std::size_t max_connections);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// Lets ZeroMQ accept at the local socket. Throws zmq::error_t. [main]
  void open();
  /// What became of connections since; closes or opens the door.
  void look(Counters& counters);

  [[nodiscard]] zmq::pollitem_t poll_item() { return {monitor_.handle(), 0, ZMQ_POLLIN, 0}; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }

 private:
  [[nodiscard]] bool is_crowded() const noexcept;

  zmq::socket_t& socket_;
  zmq::socket_t monitor_;
  atm::LocalListener listener_;
  const std::size_t max_connections_;
  std::size_t connections_ = 0;
  int newest_fd_ = 0;
  bool is_closed_ = false;
};

}  // namespace zeromq
