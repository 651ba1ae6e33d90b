// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace http_ingest {

/// The plugin's configuration; the schema below defines its keys.
struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7641;  ///< 0: any free port
  std::string token_file;     ///< absolute path
  std::size_t max_connections = 128;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t header_bytes = 8 * 1024;
  std::chrono::milliseconds request{5000};  ///< time limit to receive a request, and to send its answer
  std::chrono::milliseconds idle{60'000};   ///< how long a connection without a request stays open
  std::chrono::milliseconds busy{500};      ///< how long a request waits while the registry is full

  /// From a JSON object that matches the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "address": {"type": "string", "minLength": 1, "description": "127.0.0.1 or ::1; default 127.0.0.1"},
    "port": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "0: any free port; default 7641"},
    "token_file": {"type": "string", "pattern": "^/", "description": "file of the secret token of requests; default: http-token beside atm.toml"},
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 65536, "description": "concurrent connections; default 128"},
    "body_bytes": {"type": "integer", "minimum": 1024, "maximum": 67108864, "description": "longest body of a request; default 1048576"},
    "header_bytes": {"type": "integer", "minimum": 512, "maximum": 65536, "description": "longest header of a request; default 8192"},
    "request_ms": {"type": "integer", "minimum": 10, "maximum": 600000, "description": "time limit to receive a request, and to send its answer; default 5000"},
    "idle_ms": {"type": "integer", "minimum": 10, "maximum": 3600000, "description": "how long a connection without a request stays open; default 60000"},
    "busy_ms": {"type": "integer", "minimum": 0, "maximum": 600000, "description": "how long a request waits while the registry is full; default 500"}
  }
})";

}  // namespace http_ingest
