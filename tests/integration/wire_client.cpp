// SPDX-License-Identifier: MIT
#include "wire_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

namespace atm::test {

namespace {

using Clock = std::chrono::steady_clock;

protocol::DaemonMessage ask_daemon(const ServedDaemon& daemon, std::string_view line) {
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(line);
  return wire.reply().message;
}

std::int64_t ask_stat(Wire& wire, const std::vector<std::string_view>& path) {
  const auto stats = wire.ask<protocol::Stats>(R"({"type":"get_stats"})");
  json::Reader reader;
  const json::Value* at = reader.parse(stats.json);
  for (std::size_t i = 0; at != nullptr && i + 1 < path.size(); ++i) at = json::get_object(*at, path[i]);
  return at == nullptr ? 0 : json::get_int(*at, path.back()).value_or(0);
}

}  // namespace

ServedDaemon::ServedDaemon(std::string_view toml, Manager manager) : manager_(std::move(manager)) {
  std::string config(toml);
  if (config.find("[plugins.processes]") == std::string::npos) config += kOwnAgentsOnly;
  home_.config(config);
  restart();
}

void ServedDaemon::restart() {
  process_.reset();
  process_ =
      std::make_unique<Atmd>(home_, std::vector<std::string>{"--plugin-dir", ATM_TEST_PLUGINS}, manager_);
  if (!process_->wait_ready()) throw std::runtime_error("atmd is not ready: " + process_->output());
}

ServedDaemon::~ServedDaemon() {
  if (std::uncaught_exceptions() > 0)
    std::fprintf(stderr, "---- atmd's log\n%s----\n", process_->output().c_str());
}

std::int64_t ServedDaemon::stat(const std::vector<std::string_view>& path) const {
  Wire wire(*this);
  static_cast<void>(wire.greet());
  return ask_stat(wire, path);
}

// The daemon does not announce counters, so the test polls them.
bool ServedDaemon::stat_reaches(const std::vector<std::string_view>& path, std::int64_t wanted,
                                std::chrono::seconds timeout) const {
  const auto until = Clock::now() + timeout;
  Wire wire(*this);
  static_cast<void>(wire.greet());
  while (ask_stat(wire, path) < wanted) {
    if (Clock::now() > until) return false;
  }
  return true;
}

std::vector<protocol::Session> ServedDaemon::sessions() const {
  Wire wire(*this);
  static_cast<void>(wire.greet());
  wire.send(R"({"type":"get_all_sessions"})");
  std::vector<protocol::Session> all;
  for (bool is_more = true; is_more;) {
    auto part = wire.next<protocol::Sessions>();
    is_more = part.more;
    for (auto& session : part.sessions) all.push_back(std::move(session));
  }
  return all;
}

std::optional<protocol::Session> ServedDaemon::session(std::string_view id) const {
  auto reply = ask_daemon(*this, R"({"type":"get_session","session_id":")" + std::string(id) + "\"}");
  if (auto* found = std::get_if<protocol::SessionReply>(&reply)) return std::move(found->session);
  return std::nullopt;
}

Wire::Wire(const std::filesystem::path& socket) {
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close();
    throw std::runtime_error("cannot connect to " + socket.string() + ": " + std::strerror(errno));
  }
}

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), at_(other.at_) {}

void Wire::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool Wire::wait(short events) const {
  pollfd poll{fd_, events, 0};
  return ::poll(&poll, 1, static_cast<int>(std::chrono::milliseconds(kTimeout).count())) > 0;
}

void Wire::send(std::string_view line) {
  send_raw(std::string(line) + '\n');
}

void Wire::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait(POLLOUT)) throw std::runtime_error("the daemon takes nothing");
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    // The daemon closed: its earlier messages can still be read.
    if (sent < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Wire::send_some(std::string_view bytes) {
  std::size_t all = 0;
  while (all < bytes.size()) {
    const ssize_t sent = ::send(fd_, bytes.data() + all, bytes.size() - all, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    all += static_cast<std::size_t>(sent);
  }
  return all;
}

void Wire::half_close() {
  ::shutdown(fd_, SHUT_WR);
}

std::optional<std::string> Wire::line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', at_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      at_ = end + 1;
      return line;
    }
    buffer_.erase(0, std::exchange(at_, 0));
    if (!wait(POLLIN)) throw std::runtime_error("nothing came from the daemon");
    char block[64 * 1024];
    const ssize_t got = ::recv(fd_, block, sizeof block, 0);
    if (got <= 0) return std::nullopt;
    buffer_.append(block, static_cast<std::size_t>(got));
  }
}

protocol::Reply Wire::reply() {
  auto text = line();
  if (!text) throw std::runtime_error("the daemon closed the connection");
  last_ = std::move(*text);
  auto reply = reader_.read(last_);
  if (!reply) throw std::runtime_error(reply.error().message + ": " + last_);
  return std::move(*reply);
}

protocol::ServerHello Wire::greet(std::string_view hello) {
  return ask<protocol::ServerHello>(hello);
}

void Wire::sync() {
  static std::uint64_t last = 0;
  const std::uint64_t seq = ++last;
  send(R"({"type":"ping","seq":)" + std::to_string(seq) + "}");
  for (;;) {
    const auto got = reply();
    const auto* pong = std::get_if<protocol::Pong>(&got.message);
    if (pong != nullptr && pong->seq == seq) return;
  }
}

std::string hook(std::string_view id, std::string_view event, std::string_view more) {
  std::string line = R"({"type":"ingest","channel":"claude_code/hook","payload":{"hook_event_name":")";
  line.append(event).append(R"(","session_id":")").append(id).append(R"(","cwd":"/w")");
  if (!more.empty()) line.append(",").append(more);
  return line + "}}";
}

std::string status_line(std::string_view id, double cost_usd, std::string_view more) {
  std::string line = R"({"type":"ingest","channel":"claude_code/status_line","payload":{"session_id":")";
  line.append(id).append(R"(","cwd":"/w","version":"2.1.330","cost":{"total_cost_usd":)");
  line.append(std::to_string(cost_usd)).append("}");
  if (!more.empty()) line.append(",").append(more);
  return line + "}}";
}

}  // namespace atm::test
