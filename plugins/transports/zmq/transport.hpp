// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <string_view>

#include "server.hpp"
#include "settings.hpp"

namespace zeromq {

/// Sessions over ZeroMQ (docs/specs/zmq.md).
class ZmqTransport final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"zmq", ATM_ZMQ_VERSION, "Publishes the sessions over ZeroMQ",
                                               kSettingsSchema};

  ZmqTransport(const atm::Host& host, std::string_view config) : server_(host, Settings::from_json(config)) {}

  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;

 private:
  Server server_;
};

}  // namespace zeromq
