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
  std::string address = "127.0.0.1";
  std::uint16_t port = 7641;  ///< 0: any free port
  std::string token_file;     ///< absolute path
  std::size_t max_connections = 128;
  std::size_t body_bytes = kBodyBytes;
  std::size_t header_bytes = kHeaderBytes;
  std::chrono::milliseconds request{5000};     ///< time limit to receive a request, and to send its answer
  std::chrono::milliseconds idle = kIdleTime;  ///< how long a connection without a request stays open
  std::chrono::milliseconds busy = kBusyTime;  ///< how long a request waits while the registry is full

  /// From a JSON object that matches the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "address": {"type": "string", "minLength": 1, "description": "`127.0.0.1` or `::1`; default `127.0.0.1`"},
    "port": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "0: any free port, which `atm stats` shows; default 7641"},
    "token_file": {"type": "string", "pattern": "^/", "description": "file of the secret token of requests: 64 hexadecimal digits, mode 0600; created if it does not exist; default `${XDG_CONFIG_HOME:-~/.config}/atm/http-token`"},
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 65536, "description": "concurrent connections; default 128"},
    "body_bytes": {"removed": "kBodyBytes in plugins/transports/http/defaults.hpp"},
    "header_bytes": {"removed": "kHeaderBytes in plugins/transports/http/defaults.hpp"},
    "request_ms": {"type": "integer", "minimum": 10, "maximum": 600000, "description": "time limit to receive a request, and to send its answer; default 5000"},
    "idle_ms": {"removed": "kIdleTime in plugins/transports/http/defaults.hpp"},
    "busy_ms": {"removed": "kBusyTime in plugins/transports/http/defaults.hpp"}
  }
})";

}  // namespace http_ingest
