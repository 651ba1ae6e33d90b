// SPDX-License-Identifier: MIT
// For the tests: the transport with a host that stores the records it receives.
#pragma once

#include <poll.h>
#include <sys/stat.h>

#include <atm/testing/fake_host.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "client_socket.hpp"
#include "server.hpp"
#include "support/temp_dir.hpp"

namespace http_ingest::testing {

inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

class ServerFixture final {
 public:
  explicit ServerFixture(const std::function<void(Settings&)>& change = [](Settings&) {}) {
    settings_.port = 0;
    settings_.token_file = directory_.path("http-token");
    std::ofstream(settings_.token_file) << token << '\n';
    ::chmod(settings_.token_file.c_str(), 0600);
    change(settings_);
    server = std::make_unique<Server>(atm::Host(host.c()), settings_);
    std::string error;
    if (server->start(error) != atm::Status::kOk) throw std::runtime_error(error);
    port = static_cast<std::uint16_t>(metric("port"));
  }
  [[nodiscard]] std::int64_t metric(const std::string& name) const {
    const auto metrics = host.metrics();
    const auto at = metrics.find(name);
    return at == metrics.end() ? 0 : at->second;
  }
  [[nodiscard]] ClientSocket connect() const { return ClientSocket(port); }
  /// Sends one request on a new connection.
  [[nodiscard]] Response ask(std::string_view request) const {
    ClientSocket client = connect();
    client.send(request);
    return client.response().value();
  }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  const std::string token = std::string(32, '7') + std::string(32, 'a');
  atm::testing::FakeHost host;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;

 private:
  atm::test::TempDir directory_;
  Settings settings_;
};

}  // namespace http_ingest::testing
