// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "settings.hpp"

namespace zeromq {

/// The two sockets and the thread that serves them (docs/specs/zmq.md). [main]
class Server final {
 public:
  Server(const atm::Host& host, Settings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// kExists: another process serves an address; kInvalid: an address or key is unusable. The reason is in `error`.
  [[nodiscard]] atm::Status start(std::string& error);
  /// kBusy: the thread did not end in time.
  [[nodiscard]] atm::Status stop(std::chrono::milliseconds deadline);

 private:
  class ServerLoop;

  const atm::Host host_;
  const Settings settings_;
  std::unique_ptr<ServerLoop> loop_;
};

}  // namespace zeromq
