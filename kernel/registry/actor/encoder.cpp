// SPDX-License-Identifier: MIT
#include "kernel/registry/actor/encoder.hpp"

#include <atm/protocol/observation_json.hpp>
#include <atm/protocol/session_writer.hpp>

namespace atm::kernel {
namespace {

/// Reuses one buffer: only the registry's thread encodes.
template <class Write>
std::string encode(Write write) {
  thread_local json::Buffer buffer;
  buffer.Clear();
  json::Writer writer(buffer);
  write(writer);
  return std::string(json::text_of(buffer));
}

}  // namespace

Encoder json_encoder() {
  return {
      [](const SessionDomain& session, const SessionRuntime& runtime) {
        return encode([&](json::Writer& writer) { protocol::write_session(writer, session, runtime); });
      },
      [](const atm_observation& observation) {
        return encode([&](json::Writer& writer) { protocol::write_observation(writer, observation); });
      },
  };
}

}  // namespace atm::kernel
