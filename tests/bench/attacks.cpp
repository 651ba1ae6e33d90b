// SPDX-License-Identifier: MIT
#include "attacks.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <stop_token>
#include <thread>
#include <vector>

#include "client.hpp"

namespace atm::bench {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kSubscribe = "{\"type\":\"subscribe\",\"activity\":true}\n";
constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kEndlessMiB = 256;
constexpr std::size_t kSilent = 1'000;

/// A baseline for the cost of an attack: accepts every connection and discards all input.
class BareServer final {
 public:
  explicit BareServer(const std::string& path) : path_(path), listener_(Socket::listen(path)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~BareServer() { ::unlink(path_.c_str()); }
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;

 private:
  void run(const std::stop_token& stop) {
    const Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
    std::map<int, Socket> taken;
    std::vector<char> bytes(kReadBytes);
    const auto follow = [&epoll](int fd) {
      epoll_event input{};
      input.events = EPOLLIN;
      input.data.fd = fd;
      ::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, fd, &input);
    };
    follow(listener_.fd());
    while (!stop.stop_requested()) {
      epoll_event news{};
      if (::epoll_wait(epoll.fd(), &news, 1, 10) != 1) continue;
      if (news.data.fd == listener_.fd()) {
        const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) continue;
        taken.emplace(fd, fd);
        follow(fd);
      } else if (::recv(news.data.fd, bytes.data(), bytes.size(), 0) == 0) {
        taken.erase(news.data.fd);
      }
    }
  }

  static constexpr std::size_t kReadBytes = 256 * 1024;

  const std::string path_;
  const Socket listener_;
  std::jthread thread_;
};

/// Returns true if the time was reached before the end.
bool reaches(Clock::time_point time, const std::atomic<bool>& is_over) {
  while (!is_over) {
    const auto left = time - Clock::now();
    if (left <= 0ns) return true;
    ::poll(nullptr, 0, left > 10ms ? 10 : 1);
  }
  return false;
}

std::size_t nothing(const std::string&, const std::atomic<bool>& is_over) {
  while (reaches(Clock::now() + 1s, is_over)) {
  }
  return 0;
}

std::size_t never_read(const std::string& path, const std::atomic<bool>& is_over) {
  Client client(path);
  client.send(kSubscribe);
  nothing(path, is_over);
  // A gap proves that its queue was full.
  for (std::string_view line = client.line(2s); !line.empty(); line = client.line(2s)) {
    if (has_type(line, "gap")) return 1;
  }
  return 0;
}

std::size_t read_a_byte_a_second(const std::string& path, const std::atomic<bool>& is_over) {
  const Socket socket = Socket::connect(path);
  socket.send(std::string(kHello) + std::string(kSubscribe));
  std::size_t bytes = 0;
  for (auto next = Clock::now(); reaches(next, is_over); next += 1s) {
    char byte = 0;
    bytes += ::recv(socket.fd(), &byte, 1, 0) == 1 ? 1 : 0;
  }
  return bytes;
}

std::size_t close_in_mid_line(const std::string& path, const std::atomic<bool>& is_over) {
  std::size_t times = 0;
  for (auto next = Clock::now(); reaches(next, is_over); next += 10ms, ++times)
    Socket::connect(path).send(std::string(kHello) + R"({"type":"register","session_id":"torn)");
  return times;
}

std::size_t send_without_newline(const std::string& path, const std::atomic<bool>& is_over) {
  const std::string block(kMiB, 'x');
  std::size_t sent = 0;
  // After the error for a too long line it reconnects, until everything is sent.
  while (sent < kEndlessMiB && !is_over) {
    const Socket socket = Socket::connect(path);
    socket.send(kHello);
    do {
      ++sent;
    } while (socket.send(block) && sent < kEndlessMiB && !is_over);
  }
  return sent;
}

std::size_t say_nothing(const std::string& path, const std::atomic<bool>& is_over) {
  std::vector<Socket> silent;
  silent.reserve(kSilent);
  while (silent.size() < kSilent && !is_over) silent.push_back(Socket::connect(path));
  nothing(path, is_over);
  return silent.size();
}

std::size_t connect_and_vanish(const std::string& path, const std::atomic<bool>& is_over) {
  std::size_t times = 0;
  for (auto next = Clock::now(); reaches(next, is_over); next += 5ms, ++times) {
    const Socket socket = Socket::connect(path);
    if (times % 2 == 0) socket.send(std::string(kHello) + std::string(kSubscribe));
  }
  return times;
}

/// The same attack against the baseline server.
template <auto Attack>
std::size_t elsewhere(const std::string& path, const std::atomic<bool>& is_over) {
  const std::string bare = path + ".bare";
  const BareServer server(bare);
  return Attack(bare, is_over);
}

constexpr std::string_view kShortQueue = "subscriber_queue = 128";
constexpr std::string_view kManyConnections = "[plugins.unix]\nmax_connections = 2000";

}  // namespace

const std::array<Attack, 10> kAttacks{{
    {"nobody, which is the noise of these rows", "", &nothing, "", 0},
    {"one that never reads", kShortQueue, &never_read, "gaps received", 1, "gaps"},
    {"one that reads a byte a second", kShortQueue, &read_a_byte_a_second, "bytes read", 2},
    {"one that closes in mid-line, 100 times a second", "", &close_in_mid_line, "times", 50,
     "error_invalid_json"},
    {"one that sends 256 MiB without a newline, to a bare server beside atmd", "",
     &elsewhere<send_without_newline>, "", 0},
    {"one that sends 256 MiB without a newline, as fast as it can", "", &send_without_newline, "MiB",
     kEndlessMiB, "error_message_too_large"},
    {"1,000 connections that say nothing, to a bare server beside atmd", "", &elsewhere<say_nothing>, "", 0},
    {"1,000 connections that say nothing, all let in", kManyConnections, &say_nothing, "connections", kSilent,
     "connections"},
    {"1,000 connections that say nothing, most turned away", "", &say_nothing, "connections", kSilent,
     "connections_refused"},
    {"200 that connect and vanish each second", "", &connect_and_vanish, "connections", 100, "connections"},
}};

}  // namespace atm::bench
