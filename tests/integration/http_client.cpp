// SPDX-License-Identifier: MIT
#include "http_client.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <stdexcept>

namespace atm::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

struct HttpClient::Connection {
  asio::io_context io{1};
  beast::tcp_stream stream{io};
  beast::flat_buffer buffer{};

  /// Deadlines hold for asynchronous calls only.
  template <class Start>
  beast::error_code run(Start start) {
    beast::error_code result;
    stream.expires_after(std::chrono::seconds(60));
    start([&result](const beast::error_code& error, auto&&...) { result = error; });
    io.restart();
    io.run();
    return result;
  }
};

HttpClient::HttpClient(std::uint16_t port) : connection_(std::make_unique<Connection>()) {
  const asio::ip::tcp::endpoint daemon(asio::ip::address_v4::loopback(), port);
  const auto error = connection_->run([&](auto done) { connection_->stream.async_connect(daemon, done); });
  if (error) throw std::runtime_error("cannot connect: " + error.message());
}

HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::post(std::string_view target, std::string_view body, const Headers& headers) {
  http::request<http::string_body> request(http::verb::post, {target.data(), target.size()}, 11);
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::user_agent, "axios/1.8.4");
  request.set(http::field::content_type, "application/json");
  for (const auto& [name, value] : headers) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  Connection& c = *connection_;
  // A daemon that refuses may close before the request is written; its answer counts.
  static_cast<void>(c.run([&](auto done) { http::async_write(c.stream, request, done); }));
  http::response<http::string_body> response;
  const auto error = c.run([&](auto done) { http::async_read(c.stream, c.buffer, response, done); });
  if (error) throw std::runtime_error("no answer: " + error.message());
  return {response.result_int(), response.body(), response.keep_alive()};
}

void HttpClient::send(std::string_view bytes) {
  Connection& c = *connection_;
  const auto error =
      c.run([&](auto done) { asio::async_write(c.stream, asio::buffer(bytes.data(), bytes.size()), done); });
  if (error) throw std::runtime_error("cannot send: " + error.message());
}

bool HttpClient::is_closed_by_daemon() {
  Connection& c = *connection_;
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto error = c.run([&](auto done) { c.stream.async_read_some(asio::buffer(bytes), done); });
    if (error) return error != beast::error::timeout;
  }
}

}  // namespace atm::test
