// SPDX-License-Identifier: MIT
// An HTTP client for the tests, which can send invalid requests. Every operation has a deadline.
#pragma once

#include <atm/file_descriptor.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http_ingest::testing {

struct Response {
  int status = 0;
  std::string head;  ///< includes the status line
  std::string body;
};

class ClientSocket final {
 public:
  /// `receive_buffer`: size of the system's buffer in bytes; 0 keeps the default.
  explicit ClientSocket(std::uint16_t port, int receive_buffer = 0);

  /// Sends all bytes; false if the server has closed.
  bool send(std::string_view bytes);
  /// Sends the bytes that the socket accepts now.
  std::size_t send_some(std::string_view bytes);
  void half_close();
  /// The next response; absent if the server has closed. Throws on invalid HTTP or a timeout.
  [[nodiscard]] std::optional<Response> response();
  /// All bytes until the server closes.
  [[nodiscard]] std::string rest();

 private:
  [[nodiscard]] bool fill();

  atm::FileDescriptor fd_;
  std::string buffer_;
};

/// A whole request as an agent posts it; `more` contains header lines, each with a newline.
[[nodiscard]] std::string post(std::string_view token, std::string_view body, std::string_view more = "",
                               std::string_view target = "/v1/ingest/claude_code/hook");

}  // namespace http_ingest::testing
