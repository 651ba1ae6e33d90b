// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <functional>
#include <string>

namespace atm {
struct SessionDomain;
struct SessionRuntime;
}  // namespace atm

namespace atm::kernel {

/// Converts sessions and observations to text. The registry calls it at most once for each revision of a session, and
/// never without a reader.
struct Encoder {
  std::function<std::string(const SessionDomain&, const SessionRuntime&)> session;
  std::function<std::string(const atm_observation&)> observation;
};

/// Encodes the JSON of docs/specs/protocol.md.
[[nodiscard]] Encoder json_encoder();

}  // namespace atm::kernel
