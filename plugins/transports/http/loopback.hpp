// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <cstdint>
#include <string>

namespace http_ingest {

/// A non-blocking listening socket that only this machine can reach.
struct Loopback {
  atm::FileDescriptor socket;
  bool is_v6 = false;
  std::uint16_t port = 0;  ///< the bound port
};

/// kInvalidField: not a loopback address; kBusy: another program serves it; kIo. [main]
[[nodiscard]] atm::Result<Loopback> listen_on_loopback(const std::string& address, std::uint16_t port);

}  // namespace http_ingest
