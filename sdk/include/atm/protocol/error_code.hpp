// SPDX-License-Identifier: MIT
// The codes of `error` messages (docs/specs/protocol.md, section 4). A program tests the code; the message is for the
// user.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace atm::protocol {

/// The codes of protocol 1, in the order of kWireErrorNames. A newer daemon may send others.
enum class WireError : std::uint8_t {
  /// The line is not JSON, not UTF-8, or nested too deep.
  kInvalidJson,
  /// JSON, but not the form of its type.
  kInvalidMessage,
  /// No message type has this name.
  kUnknownType,
  /// Another major version; the daemon closes the connection.
  kUnsupportedVersion,
  /// A message before `hello`; the daemon closes the connection.
  kHandshakeRequired,
  /// A line over the limit; the daemon closes the connection.
  kMessageTooLarge,
  /// The limit of sessions is reached.
  kRegistryFull,
  /// `register`: the session exists already.
  kSessionExists,
  /// No such session, or no parser for the channel.
  kNotFound,
  kRegistrationFailed,
  kUpdateFailed,
  kEndFailed,
  /// The limit of connections (the daemon closes it) or of subscribers.
  kTooManyClients,
  /// A queue stayed full; the same request may succeed later.
  kBusy,
  kInternalError,
};

/// The names on the wire, in the order of WireError.
inline constexpr std::array<std::string_view, 15> kWireErrorNames{"invalid_json",       "invalid_message",
                                                                  "unknown_type",       "unsupported_version",
                                                                  "handshake_required", "message_too_large",
                                                                  "registry_full",      "session_exists",
                                                                  "not_found",          "registration_failed",
                                                                  "update_failed",      "end_failed",
                                                                  "too_many_clients",   "busy",
                                                                  "internal_error"};

/// The name on the wire. [any]
[[nodiscard]] constexpr std::string_view wire_error_name(WireError code) noexcept {
  return kWireErrorNames[static_cast<std::size_t>(code)];
}

/// The code with this name; absent for a code of a newer daemon. [any]
[[nodiscard]] constexpr std::optional<WireError> parse_wire_error(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kWireErrorNames.size(); ++i) {
    if (kWireErrorNames[i] == name) return static_cast<WireError>(i);
  }
  return std::nullopt;
}

}  // namespace atm::protocol
