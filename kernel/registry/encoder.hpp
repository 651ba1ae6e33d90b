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

/// How sessions and observations become text. The registry calls it at most once for each revision of a
/// session, and not at all while nobody reads.
struct Encoder {
  std::function<std::string(const SessionDomain&, const SessionRuntime&)> session;
  std::function<std::string(const atm_observation&)> observation;
};

/// The JSON of docs/specs/protocol.md.
[[nodiscard]] Encoder json_encoder();

}  // namespace atm::kernel
