// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
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

  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;

 private:
  Server server_;
};

}  // namespace http_ingest
