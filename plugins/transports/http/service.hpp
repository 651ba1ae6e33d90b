// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>

#include "counters.hpp"
#include "gate.hpp"
#include "settings.hpp"

namespace http_ingest {

/// What all connections share. [transport]
struct Service {
  const atm::Host& host;
  const Settings& settings;
  const Gate gate;
  Counters counters{};
};

}  // namespace http_ingest
