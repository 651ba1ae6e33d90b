// SPDX-License-Identifier: MIT
// A client of the http transport on Boost.Beast, independent of the transport's code. All operations have a deadline.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace atm::test {

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
  bool is_kept = false;  ///< the connection
};

class HttpClient final {
 public:
  using Headers = std::map<std::string, std::string>;

  explicit HttpClient(std::uint16_t port);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;

  /// Throws if no answer arrives.
  HttpAnswer post(std::string_view target, std::string_view body, const Headers& headers);
  /// Sends raw bytes.
  void send(std::string_view bytes);
  /// Waits until the daemon has closed.
  [[nodiscard]] bool is_closed_by_daemon();

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace atm::test
