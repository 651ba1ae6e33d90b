// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "defaults.hpp"

namespace http_ingest {

/// The plugin's configuration; the schema below defines its keys.
struct Settings {
  std::uint16_t port = 7641;  ///< 0: any free port
  std::string token_file;     ///< absolute path; `atm setup` and `atm doctor` read the same file
  std::size_t max_connections = kMaxConnections;
  std::size_t body_bytes = kBodyBytes;
  std::size_t header_bytes = kHeaderBytes;
  std::chrono::milliseconds request = kRequestTime;
  std::chrono::milliseconds idle = kIdleTime;  ///< how long a connection without a request stays open
  std::chrono::milliseconds busy = kBusyTime;  ///< how long a request waits while the registry is full

  /// From a JSON object that matches the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "address": {"removed": "the plugin listens at 127.0.0.1, the address in the hooks of `atm setup`"},
    "port": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "0: any free port, which `atm stats` shows; default 7641"},
    "token_file": {"removed": "the token is in ${XDG_CONFIG_HOME:-~/.config}/atm/http-token, the file that `atm setup` reads"},
    "max_connections": {"removed": "its value is fixed by the constant kMaxConnections in plugins/transports/http/defaults.hpp"
}
, "body_bytes" : {"removed" : "its value is fixed by the constant kBodyBytes in plugins/transports/http/defaults.hpp"},
                 "header_bytes"
    : {"removed" : "its value is fixed by the constant kHeaderBytes in plugins/transports/http/defaults.hpp"},
      "request_ms"
    : {"removed" : "its value is fixed by the constant kRequestTime in plugins/transports/http/defaults.hpp"},
      "idle_ms" : {"removed" : "its value is fixed by the constant kIdleTime in plugins/transports/http/defaults.hpp"},
                  "busy_ms" : {
  "removed" : "its value is fixed by the constant kBusyTime in plugins/transports/http/defaults.hpp"
}
}
})";

}  // namespace http_ingest
