// SPDX-License-Identifier: MIT
#include "client.hpp"

#include <poll.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

namespace atm::bench {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

}  // namespace

bool can_connect(const std::string& socket_path) {
  try {
    return Socket::connect(socket_path).fd() >= 0;
  } catch (const std::runtime_error&) {
    return false;
  }
}

Client::Client(const std::string& socket_path) : socket_(Socket::connect(socket_path)) {
  ask(kHello, "server_hello");
}

void Client::send(std::string_view bytes) {
  if (!socket_.send(bytes)) throw std::runtime_error("atmd closed the connection to write to");
}

bool Client::fill(std::chrono::milliseconds timeout) {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  pollfd wait{socket_.fd(), POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(timeout.count())) <= 0) return false;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  const ssize_t n = ::read(socket_.fd(), buffer_.data() + size, kReadBytes);
  buffer_.resize(size + static_cast<std::size_t>(n > 0 ? n : 0));
  if (n <= 0) throw std::runtime_error("atmd closed the connection");
  return true;
}

std::string_view Client::line(std::chrono::milliseconds timeout) {
  for (;;) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
      const std::string_view found(buffer_.data() + begin_, end - begin_);
      begin_ = scanned_ = end + 1;
      return found;
    }
    scanned_ = buffer_.size();
    if (!fill(timeout)) return {};
  }
}

std::string Client::ask(std::string_view request, std::string_view type) {
  send(request);
  for (;;) {
    const std::string_view reply = line();
    if (reply.empty()) throw std::runtime_error("atmd does not answer " + std::string(request.substr(0, 80)));
    if (has_type(reply, type)) return std::string(reply);
    if (has_type(reply, "error")) throw std::runtime_error("atmd answers " + std::string(reply));
  }
}

int Client::settle(std::string_view session) {
  send("{\"type\":\"get_session\",\"session_id\":\"" + std::string(session) + "\",\"id\":\"settled\"}\n");
  for (int errors = 0;;) {
    const std::string_view reply = line();
    if (reply.empty()) throw std::runtime_error("atmd does not answer get_session");
    if (member(reply, "id") == "settled" || has_type(reply, "session")) return errors;
    if (has_type(reply, "error")) ++errors;
  }
}

std::int64_t transport_counter(Client& client, std::string_view name) {
  const std::string stats = client.ask("{\"type\":\"get_stats\"}\n", "stats");
  const std::size_t at = stats.find("\"unix\":{");
  if (at == std::string::npos) throw std::runtime_error("atmd's stats have no transport unix");
  const std::string_view value = member(std::string_view(stats).substr(at), name);
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

std::string_view member(std::string_view line, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":";
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + key.size());
  if (!line.empty() && line.front() == '"') {
    line.remove_prefix(1);
    return line.substr(0, line.find('"'));
  }
  return line.substr(0, line.find_first_of(",}]"));
}

bool has_type(std::string_view line, std::string_view type) {
  constexpr std::string_view kPrefix = "{\"type\":\"";
  return line.substr(0, kPrefix.size()) == kPrefix && line.substr(kPrefix.size(), type.size()) == type &&
         line.substr(kPrefix.size() + type.size(), 1) == "\"";
}

}  // namespace atm::bench
