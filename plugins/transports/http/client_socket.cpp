// SPDX-License-Identifier: MIT
#include "client_socket.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace http_ingest::testing {

namespace {

constexpr int kPatienceMs = 20'000;

void wait(int fd, short events) {
  pollfd item{fd, events, 0};
  if (::poll(&item, 1, kPatienceMs) == 0) throw std::runtime_error("timeout");
}

}  // namespace

ClientSocket::ClientSocket(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer != 0)
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
}

bool ClientSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t sent = send_some(bytes);
    if (sent == 0 && errno != EAGAIN) return false;
    bytes.remove_prefix(sent);
    if (!bytes.empty()) wait(fd_.get(), POLLOUT);
  }
  return true;
}

std::size_t ClientSocket::send_some(std::string_view bytes) {
  errno = 0;
  const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void ClientSocket::half_close() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool ClientSocket::fill() {
  wait(fd_.get(), POLLIN);
  std::array<char, 16 * 1024> bytes{};
  const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<Response> ClientSocket::response() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  while (buffer_.find(kEnd) == std::string::npos) {
    if (fill()) continue;
    if (buffer_.empty()) return std::nullopt;
    throw std::runtime_error("incomplete response: " + buffer_);
  }
  Response got;
  got.head = buffer_.substr(0, buffer_.find(kEnd) + kEnd.size());
  buffer_.erase(0, got.head.size());
  if (!got.head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not HTTP: " + got.head);
  got.status = std::atoi(got.head.c_str() + 9);
  const std::size_t length = got.head.find("Content-Length: ");
  const std::size_t size =
      length == std::string::npos ? 0 : std::strtoul(&got.head[length + 16], nullptr, 10);
  while (buffer_.size() < size) {
    if (!fill()) throw std::runtime_error("incomplete body: " + buffer_);
  }
  got.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return got;
}

std::string ClientSocket::rest() {
  while (fill()) continue;
  return std::move(buffer_);
}

std::string post(std::string_view token, std::string_view body, std::string_view more,
                 std::string_view target) {
  std::string text = "POST ";
  text.append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1:7641\r\nUser-Agent: axios/1.8.4\r\n");
  text.append("Content-Type: application/json\r\nAuthorization: Bearer ").append(token).append("\r\n");
  for (const char c : more) text += c == '\n' ? "\r\n" : std::string(1, c);
  return text.append("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n").append(body);
}

}  // namespace http_ingest::testing
