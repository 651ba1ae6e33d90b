// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "defaults.hpp"

namespace unix_socket {

/// The plugin's configuration; the schema below defines its keys.
struct Settings {
  std::string socket;  ///< absolute path, or `fd:N`: a listening socket passed to the process
  std::size_t max_connections = 256;
  std::size_t line_bytes = kLineBytes;
  /// Bytes queued for one client; one message may exceed it.
  std::size_t out_bytes = 256 * 1024;
  std::size_t max_replies = kMaxReplies;  ///< pending requests of one client
  std::chrono::milliseconds handshake = kHandshakeTime;
  std::chrono::milliseconds busy =
      kBusyTime;      ///< how long a client waits for a busy host before its message is refused
  bool spool = true;  ///< read the records that hooks wrote to the spool
  std::chrono::seconds spool_max_age = kSpoolMaxAge;  ///< older spool entries are not ingested

  /// From a JSON object that matches the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "socket": {"type": "string", "minLength": 1, "description": "path of the socket, or `fd:N`, a listening socket passed to the process; `--socket` overrides it; default see the protocol, §10"},
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 65536, "description": "concurrent connections; default 256"},
    "line_bytes": {"removed": "its value is fixed by the constant kLineBytes in plugins/transports/unix/defaults.hpp"
}
, "out_bytes" : {
  "type" : "integer",
  "minimum" : 4096,
  "maximum" : 268435456,
  "description" : "bytes queued for one client; one message may exceed it; default 262144"
},
                "max_replies"
    : {"removed" : "its value is fixed by the constant kMaxReplies in plugins/transports/unix/defaults.hpp"},
      "handshake_ms"
    : {"removed" : "its value is fixed by the constant kHandshakeTime in plugins/transports/unix/defaults.hpp"},
      "busy_ms" : {"removed" : "its value is fixed by the constant kBusyTime in plugins/transports/unix/defaults.hpp"},
                  "spool"
    : {"type" : "boolean", "description" : "read the records that hooks wrote to the spool; default true"},
      "spool_max_age_seconds" : {
  "removed" : "its value is fixed by the constant kSpoolMaxAge in plugins/transports/unix/defaults.hpp"
}
}
})";

/// $ATM_SOCKET, else $XDG_RUNTIME_DIR/atm/atm.sock, else /run/user/<uid>/atm/atm.sock if that directory exists, else
/// ${XDG_STATE_HOME:-$HOME/.local/state}/atm/run/atm.sock. Empty without a home directory.
[[nodiscard]] std::string default_socket_path();

/// The spools of the daemon at `socket`: beside the socket and, for a default path (ATM_SOCKET is none), in
/// ${XDG_STATE_HOME:-$HOME/.local/state}/atm/spool.
[[nodiscard]] std::vector<std::string> spool_directories(const std::string& socket);

}  // namespace unix_socket
