// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "server.hpp"
#include "settings.hpp"

namespace http_ingest {

/// Accepts records that an agent posts, so that a hook starts no process.
class HttpTransport final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "http", ATM_HTTP_VERSION, "Accepts records from agents over HTTP on this machine", kSettingsSchema};

  HttpTransport(const atm::Host& host, std::string_view config)
      : server_(host, Settings::from_json(config)) {}

  atm::Status start(atm::ErrorText& error) override {
    std::string why;
    const atm::Status status = server_.start(why);
    if (status != atm::Status::kOk) error.set(why);
    return status;
  }
  atm::Status stop(std::uint32_t deadline_ms) override {
    return server_.stop(std::chrono::milliseconds(deadline_ms));
  }

 private:
  Server server_;
};

}  // namespace http_ingest

ATM_PLUGIN(http_ingest::HttpTransport);
