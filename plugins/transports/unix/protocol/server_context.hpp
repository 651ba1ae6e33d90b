// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/protocol/client_message_reader.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agents/live_agents.hpp"
#include "counters.hpp"
#include "cross_thread_queue.hpp"
#include "ingest/ingest.hpp"
#include "ingest/record_context.hpp"
#include "protocol/discovery.hpp"
#include "settings.hpp"

namespace unix_socket {

/// Shared by all peers of one transport. Everything but the inbox belongs to the transport's thread.
struct ServerContext {
  ServerContext(const atm::Host& h, const Settings& s, std::shared_ptr<CrossThreadQueue> c)
      : host(h),
        settings(s),
        inbox(std::move(c)),
        discovery(h, inbox),
        ingest(h, counters, s.busy),
        live_agents(h, inbox, counters) {}

  /// The identity of the daemon, read from the host once it runs. [transport]
  struct Identity {
    std::string version;
    std::optional<std::uint64_t> epoch;
  };
  [[nodiscard]] const Identity& identity();

  const atm::Host host;
  const Settings settings;
  const std::shared_ptr<CrossThreadQueue> inbox;
  Discovery discovery;
  Counters counters;
  Ingest ingest;
  LiveAgents live_agents;
  atm::protocol::ClientMessageReader reader;
  RecordContext context;

 private:
  std::optional<Identity> identity_;
};

}  // namespace unix_socket
