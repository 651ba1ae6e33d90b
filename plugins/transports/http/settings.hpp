// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace http_ingest {

/// The plugin's configuration; the schema below says what may be set.
struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7641;  ///< 0: any that is free
  std::string token_file;     ///< absolute path
  std::size_t max_connections = 128;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t header_bytes = 8 * 1024;
  std::chrono::milliseconds request{5000};  ///< for a request to arrive, and for its answer to be read
  std::chrono::milliseconds idle{60'000};   ///< a connection may be kept without a request
  std::chrono::milliseconds busy{500};      ///< how long a request waits for a full registry

  /// From a JSON object that fits the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "address": {"type": "string", "minLength": 1, "description": "127.0.0.1 or ::1, no other; default 127.0.0.1"},
    "port": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "0: any that is free; default 7641"},
    "token_file": {"type": "string", "pattern": "^/", "description": "the secret that requests show; default: http-token beside atm.toml"},
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 65536, "description": "connections at once; default 128"},
    "body_bytes": {"type": "integer", "minimum": 1024, "maximum": 67108864, "description": "longest body of a request; default 1048576"},
    "header_bytes": {"type": "integer", "minimum": 512, "maximum": 65536, "description": "longest head of a request; default 8192"},
    "request_ms": {"type": "integer", "minimum": 10, "maximum": 600000, "description": "time for a request to arrive, and for its answer to be read; default 5000"},
    "idle_ms": {"type": "integer", "minimum": 10, "maximum": 3600000, "description": "how long a connection is kept without a request; default 60000"},
    "busy_ms": {"type": "integer", "minimum": 0, "maximum": 600000, "description": "how long to wait for a full registry; default 500"}
  }
})";

}  // namespace http_ingest
