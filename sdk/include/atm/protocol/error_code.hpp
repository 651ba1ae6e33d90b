// SPDX-License-Identifier: MIT
// What an `error` message may say went wrong. A client tests the code; the message is for people.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace atm::protocol {

enum class WireError : std::uint8_t {
  kInvalidJson,         ///< the line is not one JSON text, or not UTF-8, or nested too deep
  kInvalidMessage,      ///< JSON, but not the shape of its type
  kUnknownType,         ///< no such message
  kUnsupportedVersion,  ///< another major version; the connection closes
  kHandshakeRequired,   ///< a message before `hello`; the connection closes
  kMessageTooLarge,     ///< a line over the limit; the connection closes
  kRegistryFull,
  kSessionExists,
  kNotFound,
  kRegistrationFailed,
  kUpdateFailed,
  kEndFailed,
  kTooManyClients,  ///< connections or subscribers; of connections: the connection closes
  kBusy,            ///< a queue stayed full; the same request may succeed later
  kInternalError,
};

inline constexpr std::array<std::string_view, 15> kWireErrorNames{"invalid_json",       "invalid_message",
                                                                  "unknown_type",       "unsupported_version",
                                                                  "handshake_required", "message_too_large",
                                                                  "registry_full",      "session_exists",
                                                                  "not_found",          "registration_failed",
                                                                  "update_failed",      "end_failed",
                                                                  "too_many_clients",   "busy",
                                                                  "internal_error"};

[[nodiscard]] constexpr std::string_view wire_error_name(WireError code) noexcept {
  return kWireErrorNames[static_cast<std::size_t>(code)];
}

/// Absent for a code a newer daemon may have.
[[nodiscard]] constexpr std::optional<WireError> parse_wire_error(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kWireErrorNames.size(); ++i) {
    if (kWireErrorNames[i] == name) return static_cast<WireError>(i);
  }
  return std::nullopt;
}

}  // namespace atm::protocol
