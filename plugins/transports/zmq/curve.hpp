// SPDX-License-Identifier: MIT
// Access over tcp (docs/specs/zmq.md, §6).
#pragma once

#include <atm/domain/error.hpp>
#include <set>
#include <string>
#include <string_view>

namespace zeromq {

struct Settings;

/// The daemon's secret key and the clients' public keys, in Z85 (ZeroMQ RFC 32).
struct Keys {
  std::string secret;
  std::set<std::string, std::less<>> allowed;
};

/// Whether only this machine can reach a `tcp://address:port`: 127.0.0.0/8 or [::1], as a number.
[[nodiscard]] bool is_loopback(std::string_view endpoint);

/// The keys, or none if none are configured. An error: tcp beyond loopback without both files, one file without the
/// other, a secret that others can read, a list that others can write to or that is empty, an invalid key.
[[nodiscard]] atm::Result<Keys> admit_tcp(const Settings& settings);

}  // namespace zeromq
