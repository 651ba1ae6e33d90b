// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unix_socket {

/// The plugin's configuration; the schema below says what may be set.
struct Settings {
  std::string socket;  ///< absolute path, or `fd:N`: a listening socket that was passed to the process
  std::size_t max_connections = 256;
  std::size_t line_bytes = atm::kDefaultLimits.line_bytes;
  /// Bytes that may wait for one client; above it nothing more is made for it. One message may reach over.
  std::size_t out_bytes = 256 * 1024;
  std::size_t max_replies = 64;  ///< requests of one client under way
  std::chrono::milliseconds handshake = atm::kDefaultLimits.handshake;
  std::chrono::milliseconds busy{
      1000};          ///< how long a client waits for a busy host before its message is refused
  bool spool = true;  ///< take in what hooks left while nobody took it
  std::chrono::seconds spool_max_age{86400};  ///< what is older is not taken in

  /// From a JSON object that fits the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "socket": {"type": "string", "minLength": 1, "description": "path of the socket, or fd:N for one that was passed; default: $ATM_SOCKET, $XDG_RUNTIME_DIR/atm/atm.sock, ..."},
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 65536, "description": "connections at once; default 256"},
    "line_bytes": {"type": "integer", "minimum": 1024, "maximum": 67108864, "description": "longest line, in and out; default 1048576"},
    "out_bytes": {"type": "integer", "minimum": 4096, "maximum": 268435456, "description": "bytes that may wait for one client; default 262144"},
    "max_replies": {"type": "integer", "minimum": 1, "maximum": 4096, "description": "requests of one client under way; default 64"},
    "handshake_ms": {"type": "integer", "minimum": 10, "maximum": 600000, "description": "time for hello; default 5000"},
    "busy_ms": {"type": "integer", "minimum": 0, "maximum": 600000, "description": "how long to wait for a full registry; default 1000"},
    "spool": {"type": "boolean", "description": "take in what hooks left while no daemon took it; default true"},
    "spool_max_age_seconds": {"type": "integer", "minimum": 1, "maximum": 31536000, "description": "what is older is not taken in; default 86400"}
  }
})";

/// $ATM_SOCKET, else $XDG_RUNTIME_DIR/atm/atm.sock, else /run/user/<uid>/atm/atm.sock where that is, else
/// ${XDG_STATE_HOME:-$HOME/.local/state}/atm/run/atm.sock. Empty when there is no home either.
[[nodiscard]] std::string default_socket_path();

/// Where hooks leave records for the daemon at `socket`: beside it, and, when that is one of the default places
/// (ATM_SOCKET is none), in ${XDG_STATE_HOME:-$HOME/.local/state}/atm/spool.
[[nodiscard]] std::vector<std::string> spool_directories(const std::string& socket);

}  // namespace unix_socket
