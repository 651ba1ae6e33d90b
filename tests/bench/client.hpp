// SPDX-License-Identifier: MIT
// A client of protocol 1 with nothing in it that would blur a measurement: one socket, one buffer.
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
  static constexpr std::chrono::milliseconds kPatience{60'000};

  /// Connects and shakes hands. Throws std::runtime_error, as every member does when the daemon is gone or
  /// silent.
  explicit Client(const std::string& socket_path);

  void send(std::string_view bytes);
  /// The next line without its newline, valid until the next call; empty when none came in time.
  [[nodiscard]] std::string_view line(std::chrono::milliseconds patience = kPatience);
  /// Sends a request and skips to the reply that begins with {"type":"<type>"; the rest was not for us.
  std::string ask(std::string_view request, std::string_view type);
  /// Waits until what was sent before is in the registry; gives the number of errors answered on the way.
  int settle(std::string_view session);

 private:
  [[nodiscard]] bool fill(std::chrono::milliseconds patience);

  Socket socket_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;
};

/// A counter of the daemon's Unix transport; 0 when it has none of that name. It can lag by seconds.
[[nodiscard]] std::int64_t transport_counter(Client& client, std::string_view name);

/// The text of a string or number member anywhere in a line; empty when there is none.
[[nodiscard]] std::string_view member(std::string_view line, std::string_view name);
[[nodiscard]] bool has_type(std::string_view line, std::string_view type);

}  // namespace atm::bench
