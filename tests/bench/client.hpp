// SPDX-License-Identifier: MIT
// A minimal client of protocol 1, so that it does not distort measurements: one socket, one buffer.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "socket.hpp"

namespace atm::bench {

inline constexpr std::string_view kHello =
    "{\"type\":\"hello\",\"protocol_version\":{\"major\":1,\"minor\":0},\"client_type\":\"subscriber\"}\n";

[[nodiscard]] bool can_connect(const std::string& socket_path);

class Client final {
 public:
  static constexpr std::chrono::milliseconds kTimeout{60'000};

  /// Connects and sends hello. Throws std::runtime_error, as every member does if the daemon is gone or silent.
  explicit Client(const std::string& socket_path);

  void send(std::string_view bytes);
  /// The next line without its newline, valid until the next call; empty after a timeout.
  [[nodiscard]] std::string_view line(std::chrono::milliseconds timeout = kTimeout);
  /// Sends a request and skips to the reply that begins with {"type":"<type>"; other lines are ignored.
  std::string ask(std::string_view request, std::string_view type);
  /// Waits until everything sent before is in the registry. Returns the number of error replies meanwhile.
  int settle(std::string_view session);

 private:
  [[nodiscard]] bool fill(std::chrono::milliseconds timeout);

  Socket socket_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;
};

/// A counter of the daemon's Unix transport; 0 if it does not exist. It can lag by seconds.
[[nodiscard]] std::int64_t transport_counter(Client& client, std::string_view name);

/// The text of a string or number member anywhere in a line; empty if absent.
[[nodiscard]] std::string_view member(std::string_view line, std::string_view name);
[[nodiscard]] bool has_type(std::string_view line, std::string_view type);

}  // namespace atm::bench
