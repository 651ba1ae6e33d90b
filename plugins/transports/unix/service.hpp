// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/protocol/client_message_reader.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "counters.hpp"
#include "courier.hpp"
#include "discovery.hpp"
#include "record_context.hpp"
#include "settings.hpp"
#include "spool_intake.hpp"
#include "streams.hpp"
#include "turns.hpp"

namespace unix_socket {

/// What all clients of one transport share. Everything but the courier belongs to the transport's thread.
struct Service {
  Service(const atm::Host& h, const Settings& s, std::shared_ptr<Courier> c, Turns::OnTurn on_turn = {})
      : host(h),
        settings(s),
        courier(std::move(c)),
        discovery(h, courier),
        spool(h, counters),
        turns(std::move(on_turn)),
        streams(h, courier, counters) {}

  /// Who the daemon is, asked of the host once it is running. [transport]
  struct Identity {
    std::string version;
    std::optional<std::uint64_t> epoch;
  };
  [[nodiscard]] const Identity& identity();

  const atm::Host host;
  const Settings settings;
  const std::shared_ptr<Courier> courier;
  Discovery discovery;
  Counters counters;
  SpoolIntake spool;
  Turns turns;
  Streams streams;
  atm::protocol::ClientMessageReader reader;
  RecordContext context;

 private:
  std::optional<Identity> identity_;
};

}  // namespace unix_socket
