// SPDX-License-Identifier: MIT
// For the tests: a client of HTTP that may misbehave. Everything has a deadline.
#pragma once

#include <atm/file_descriptor.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http_ingest::testing {

struct Response {
  int status = 0;
  std::string head;  ///< with the status line
  std::string body;
};

class ClientSocket final {
 public:
  /// `receive_buffer`: of the system, in bytes; 0 leaves it.
  explicit ClientSocket(std::uint16_t port, int receive_buffer = 0);

  /// All of it; false when the server has closed.
  bool send(std::string_view bytes);
  /// As much as goes out at once.
  std::size_t send_some(std::string_view bytes);
  void half_close();
  /// The next one; absent when the server has closed instead. Throws when it is no HTTP, or nothing came in time.
  [[nodiscard]] std::optional<Response> response();
  /// Everything until the server closes.
  [[nodiscard]] std::string rest();

 private:
  [[nodiscard]] bool fill();

  atm::FileDescriptor fd_;
  std::string buffer_;
};

/// A whole request as an agent posts it; `more` are header lines that end with a newline each.
[[nodiscard]] std::string post(std::string_view token, std::string_view body, std::string_view more = "",
                               std::string_view target = "/v1/ingest/claude_code/hook");

}  // namespace http_ingest::testing
