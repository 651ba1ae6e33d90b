// SPDX-License-Identifier: MIT
// Includes Boost.Beast; only connection.cpp, server.cpp and the fuzz target include this header.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server_context.hpp"

namespace http_ingest {

/// One accepted socket: reads a request, hands it over and answers before it reads the next. Every step has a deadline.
/// [transport]
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Closed = std::function<void(std::uint64_t)>;
  using Milliseconds = std::chrono::milliseconds;

  /// `closed` is called once, at the end.
  Connection(Socket socket, ServerContext& context, std::uint64_t id, Closed closed);

  void start();
  /// Answers the request being received, then closes, within `grace`.
  void finish(Milliseconds grace);
  void close();

  /// For a socket without a connection object: sends what the socket accepts now.
  static void reject(Socket& socket);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using ErrorCode = boost::system::error_code;

  void next_request();
  void read_head();
  void on_head();
  void send_continue();
  void read_body();
  /// Whether the bytes read may still become a request.
  [[nodiscard]] bool is_readable(const ErrorCode& error);
  void deliver();
  void wait_for_host();
  void refuse(unsigned status, std::string_view why, Counter counter);
  void answer(unsigned status, std::string_view body, bool is_last);
  void write(std::function<void()> then);
  void linger();
  void discard();
  void close_after(Milliseconds time, bool is_fault);

  Socket socket_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer pause_;  // runs while the host is busy
  ServerContext& context_;
  const std::uint64_t id_;
  Closed closed_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string out_;
  std::array<char, 4096> discarded_{};
  std::int64_t arrived_ns_ = 0;
  std::chrono::steady_clock::time_point busy_until_{};
  std::chrono::steady_clock::time_point end_{};  // while is_finishing_
  bool is_first_ = true;
  bool is_waiting_ = false;  // between requests
  bool is_busy_ = false;
  bool is_finishing_ = false;
};

}  // namespace http_ingest
