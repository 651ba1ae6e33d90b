// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "defaults.hpp"

namespace zeromq {

/// The plugin's configuration; the schema below defines its keys.
struct Settings {
  std::string publish_socket;  ///< absolute path
  std::string request_socket;  ///< absolute path
  std::string publish_tcp;     ///< `tcp://address:port`; empty: none
  std::string request_tcp;
  std::string secret_key_file;    ///< CURVE, for tcp; empty: none
  std::string allowed_keys_file;  ///< public keys of clients
  bool activity = false;
  std::chrono::milliseconds heartbeat{1000};
  std::chrono::milliseconds refresh{60'000};  ///< 0: never
  std::chrono::milliseconds handshake = kHandshakeTime;
  int send_hwm = 10'000;              ///< messages queued for one subscriber
  std::size_t max_connections = 256;  ///< concurrent, of each local socket and each tcp port
  std::size_t max_requests = kMaxRequests;
  std::size_t request_bytes = kRequestBytes;
  std::size_t out_bytes = kOutBytes;
  std::size_t line_bytes = kLineBytes;

  /// From a JSON object that matches the schema; throws std::invalid_argument with the reason.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

inline constexpr std::string_view kSettingsSchema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "publish_socket": {"type": "string", "minLength": 1, "description": "absolute path of the publisher's socket; default `zmq-pub.sock` in the directory of `ATM_SOCKET` or of the first default path"},
    "request_socket": {"type": "string", "minLength": 1, "description": "absolute path of the socket for requests; default `zmq-router.sock` in the directory of `ATM_SOCKET` or of the first default path"},
    "publish_tcp": {"type": "string", "pattern": "^tcp://.+:[0-9*]+$", "description": "additional `tcp://address:port` of the publisher; loopback only, unless both key files are set"},
    "request_tcp": {"type": "string", "pattern": "^tcp://.+:[0-9*]+$", "description": "additional `tcp://address:port` for requests; loopback only, unless both key files are set"},
    "curve_secret_key_file": {"type": "string", "pattern": "^/", "description": "the daemon's CURVE secret key, for tcp; `atm keys` creates it"},
    "curve_allowed_keys_file": {"type": "string", "pattern": "^/", "description": "the CURVE public keys of the clients that may connect over tcp, one per line"},
    "activity": {"type": "boolean", "description": "publish observations too; default false"},
    "heartbeat_ms": {"type": "integer", "minimum": 10, "maximum": 600000, "description": "interval of heartbeats; default 1000"},
    "refresh_ms": {"type": "integer", "minimum": 0, "maximum": 86400000, "description": "publish each session again within this time; 0: never; default 60000"},
    "handshake_ms": {"removed": "its value is fixed by the constant kHandshakeTime in plugins/transports/zmq/defaults.hpp"
}
, "send_hwm" : {
  "type" : "integer",
  "minimum" : 10,
  "maximum" : 1000000,
  "description" : "messages queued for one subscriber; default 10000"
},
               "max_connections" : {
                 "type" : "integer",
                 "minimum" : 1,
                 "maximum" : 65536,
                 "description" : "concurrent connections of each local socket and each tcp port; default 256"
               },
                                   "max_requests"
    : {"removed" : "its value is fixed by the constant kMaxRequests in plugins/transports/zmq/defaults.hpp"},
      "request_bytes"
    : {"removed" : "its value is fixed by the constant kRequestBytes in plugins/transports/zmq/defaults.hpp"},
      "out_bytes" : {"removed" : "its value is fixed by the constant kOutBytes in plugins/transports/zmq/defaults.hpp"},
                    "line_bytes" : {
  "removed" : "its value is fixed by the constant kLineBytes in plugins/transports/zmq/defaults.hpp"
}
}
})";

}  // namespace zeromq
