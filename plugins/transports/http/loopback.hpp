// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <cstdint>
#include <string>

namespace http_ingest {

/// A listening socket, non-blocking, that only this machine reaches.
struct Loopback {
  atm::FileDescriptor socket;
  bool is_v6 = false;
  std::uint16_t port = 0;  ///< the one it got
};

/// kInvalidField: an address that others reach, or none; kBusy: a program serves it; kIo. [main]
[[nodiscard]] atm::Result<Loopback> listen_on_loopback(const std::string& address, std::uint16_t port);

}  // namespace http_ingest
