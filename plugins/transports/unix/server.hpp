// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "settings.hpp"

namespace unix_socket {

class ServerLoop;

/// Accepts connections and runs them all on one thread. [main]
class Server final {
 public:
  Server(const atm::Host& host, Settings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and begins to serve. kExists: somebody serves this path; the sentence in `error`.
  [[nodiscard]] atm::Status start(std::string& error);
  /// Takes what was already sent, writes what clients still read, closes, joins, removes socket and lock.
  /// kBusy when some client had not read everything at the deadline. Idempotent.
  [[nodiscard]] atm::Status stop(std::chrono::milliseconds deadline);

 private:
  const atm::Host host_;
  const Settings settings_;
  std::unique_ptr<ServerLoop> loop_;
};

}  // namespace unix_socket
