// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <zmq.hpp>

#include "counters.hpp"

namespace zeromq {

/// Decides for ZeroMQ whether a CURVE client may connect (ZAP, ZeroMQ RFC 27): only if its public key is in the list.
/// [loop]
class ZapHandler final {
 public:
  /// `allowed`: public keys in Z85. Must exist before a socket with keys is bound. [main]
  ZapHandler(zmq::context_t& context, const std::set<std::string, std::less<>>& allowed);

  void answer(Counters& counters);
  [[nodiscard]] zmq::pollitem_t poll_item() { return {socket_.handle(), 0, ZMQ_POLLIN, 0}; }

 private:
  zmq::socket_t socket_;
  std::set<std::string, std::less<>> allowed_;  // the keys as bytes
};

}  // namespace zeromq
