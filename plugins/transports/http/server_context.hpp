// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>

#include "counters.hpp"
#include "request_authorizer.hpp"
#include "settings.hpp"

namespace http_ingest {

/// Shared by all connections. [transport]
struct ServerContext {
  const atm::Host& host;
  const Settings& settings;
  const RequestAuthorizer authorizer;
  Counters counters{};
};

}  // namespace http_ingest
