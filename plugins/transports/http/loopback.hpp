// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <cstdint>

namespace http_ingest {

/// A non-blocking listening socket that only this machine can reach.
struct Loopback {
  atm::FileDescriptor socket;
  std::uint16_t port = 0;  ///< the bound port
};

/// Binds 127.0.0.1. kBusy: another program serves the port; kIo. [main]
[[nodiscard]] atm::Result<Loopback> listen_on_loopback(std::uint16_t port);

}  // namespace http_ingest
