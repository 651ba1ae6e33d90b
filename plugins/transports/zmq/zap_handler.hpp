// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <zmq.hpp>

#include "counters.hpp"

namespace zeromq {

/// Answers ZeroMQ's question whether a CURVE client may come in (ZAP, ZeroMQ RFC 27): one whose public key is
/// on the list may, anything else may not. [loop]
class ZapHandler final {
 public:
  /// `allowed`: public keys in Z85. Must be there before a socket with keys is bound. [main]
  ZapHandler(zmq::context_t& context, const std::set<std::string, std::less<>>& allowed);

  void answer(Counters& counters);
  [[nodiscard]] zmq::pollitem_t poll_item() { return {socket_.handle(), 0, ZMQ_POLLIN, 0}; }

 private:
  zmq::socket_t socket_;
  std::set<std::string, std::less<>> allowed_;  // the bytes of the keys
};

}  // namespace zeromq
