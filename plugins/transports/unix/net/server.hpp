// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/local_listener.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "settings.hpp"

namespace unix_socket {

class ServerLoop;

/// Accepts connections and serves them all on one thread. [main]
class Server final {
 public:
  Server(const atm::Host& host, Settings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Locks the path. kExists: another process serves it; the message is in `error`.
  [[nodiscard]] atm::Status reserve(std::string& error);
  /// Binds and starts serving. kExists: another process serves this path; the message is in `error`.
  [[nodiscard]] atm::Status start(std::string& error);
  /// Handles the bytes already sent, writes the remaining output, closes, joins, removes socket and lock. kBusy if a
  /// client had not read everything at the deadline. Idempotent.
  [[nodiscard]] atm::Status stop(std::chrono::milliseconds deadline);

 private:
  const atm::Host host_;
  const Settings settings_;
  std::optional<atm::LocalListener> reserved_;
  std::unique_ptr<ServerLoop> loop_;
};

}  // namespace unix_socket
