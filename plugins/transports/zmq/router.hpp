// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "counters.hpp"
#include "requests.hpp"

namespace zeromq {

/// The ROUTER socket. It never blocks: a reply that does not fit into its peer's queue is dropped and counted. [loop]
class Router final {
 public:
  Router(zmq::context_t& context, const Settings& settings, Counters& counters);

  /// Reads one request into `to`; false if there is none.
  bool receive(Requests& to);
  void send(Reply&& reply);

  [[nodiscard]] zmq::socket_t& socket() noexcept { return socket_; }

 private:
  zmq::socket_t socket_;
  Counters& counters_;
};

}  // namespace zeromq
