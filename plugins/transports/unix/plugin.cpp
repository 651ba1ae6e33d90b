// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/server.hpp"
#include "settings.hpp"

namespace unix_socket {

/// Wire protocol 1 on a Unix socket (docs/specs/protocol.md).
class UnixTransport final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"unix", UNIX_SOCKET_VERSION,
                                               "Serves the JSON protocol on a Unix socket", kSettingsSchema};

  UnixTransport(const atm::Host& host, std::string_view config)
      : server_(host, Settings::from_json(config)) {}

  atm::Status reserve(atm::ErrorText& error) override {
    std::string why;
    return told(server_.reserve(why), why, error);
  }
  atm::Status start(atm::ErrorText& error) override {
    std::string why;
    return told(server_.start(why), why, error);
  }
  atm::Status stop(std::uint32_t deadline_ms) override {
    return server_.stop(std::chrono::milliseconds(deadline_ms));
  }

 private:
  static atm::Status told(atm::Status status, const std::string& why, atm::ErrorText& error) {
    if (status != atm::Status::kOk) error.set(why);
    return status;
  }

  Server server_;
};

}  // namespace unix_socket

ATM_PLUGIN(unix_socket::UnixTransport);
