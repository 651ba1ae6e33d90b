// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/transport/local_listener.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "settings.hpp"

namespace unix_socket {

class ServerLoop;

/// Wire protocol 1 on a Unix socket (docs/specs/protocol.md): accepts connections and serves them all on one thread.
class Server final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"unix", UNIX_SOCKET_VERSION,
                                               "Serves the JSON protocol on a Unix socket", kSettingsSchema};

  Server(const atm::Host& host, std::string_view config);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Locks the path. kExists: another process serves it.
  atm::Status reserve(atm::ErrorText& error) override;
  /// Binds and starts serving. kExists: another process serves this path.
  atm::Status start(atm::ErrorText& error) override;
  /// Handles the bytes already sent, writes the remaining output, closes, joins, removes socket and lock. kBusy if a
  /// client had not read everything at the deadline. Idempotent.
  atm::Status stop(std::uint32_t deadline_ms) override;

 private:
  const atm::Host host_;
  const Settings settings_;
  std::optional<atm::LocalListener> reserved_;
  std::unique_ptr<ServerLoop> loop_;
};

}  // namespace unix_socket
