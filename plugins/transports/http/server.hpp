// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "settings.hpp"

namespace http_ingest {

/// The listening socket and the thread that serves it. [main]
class Server final {
 public:
  Server(const atm::Host& host, Settings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// kExists: another process serves the port; kInvalid: the address or the token file is unusable. The reason is in
  /// `error`.
  [[nodiscard]] atm::Status start(std::string& error);
  /// Answers the requests being received. kBusy: some were not answered in time.
  [[nodiscard]] atm::Status stop(std::chrono::milliseconds deadline);

 private:
  class ServerLoop;

  const atm::Host host_;
  const Settings settings_;
  std::unique_ptr<ServerLoop> loop_;
};

}  // namespace http_ingest
