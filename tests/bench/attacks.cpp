// SPDX-License-Identifier: MIT
#include "attacks.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
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

/// Whether the time came before it was over.
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
  // Its queue was full all the time if it now hears of a gap.
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
  // Told that its line is too long it comes back, until it is rid of everything.
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

/// What so many connections cost this machine whoever takes them in: here a loop that does nothing else.
std::size_t say_nothing_to_a_bare_listener(const std::string& path, const std::atomic<bool>& is_over) {
  const std::string bare = path + ".bare";
  const Socket listener = Socket::listen(bare);
  std::jthread takes([&listener](const std::stop_token& stop) {
    const Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
    std::vector<Socket> taken;
    while (!stop.stop_requested()) {
      pollfd somebody{listener.fd(), POLLIN, 0};
      if (::poll(&somebody, 1, 10) != 1) continue;
      const Socket& next =
          taken.emplace_back(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      epoll_event input{};
      input.events = EPOLLIN | EPOLLET;
      ::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, next.fd(), &input);
    }
  });
  const std::size_t count = say_nothing(bare, is_over);
  ::unlink(bare.c_str());
  return count;
}

std::size_t connect_and_vanish(const std::string& path, const std::atomic<bool>& is_over) {
  std::size_t times = 0;
  for (auto next = Clock::now(); reaches(next, is_over); next += 5ms, ++times) {
    const Socket socket = Socket::connect(path);
    if (times % 2 == 0) socket.send(std::string(kHello) + std::string(kSubscribe));
  }
  return times;
}

constexpr std::string_view kShortQueue = "subscriber_queue = 128";
constexpr std::string_view kManyConnections = "[plugins.unix]\nmax_connections = 2000";

}  // namespace

const std::array<Attack, 9> kAttacks{{
    {"nobody, which is the noise of these rows", "", &nothing, "", 0},
    {"one that never reads", kShortQueue, &never_read, "times told of its gap", 1, "gaps"},
    {"one that reads a byte a second", kShortQueue, &read_a_byte_a_second, "bytes read", 2},
    {"one that closes in mid-line, 100 times a second", "", &close_in_mid_line, "times", 50,
     "error_invalid_json"},
    {"one that sends 256 MiB without a newline, as fast as it can", "", &send_without_newline, "MiB",
     kEndlessMiB, "error_message_too_large"},
    {"1,000 connections that say nothing to a bare listener beside atmd", "", &say_nothing_to_a_bare_listener,
     "", 0},
    {"1,000 connections that say nothing, all let in", kManyConnections, &say_nothing, "connections", kSilent,
     "connections"},
    {"1,000 connections that say nothing, most turned away", "", &say_nothing, "connections", kSilent,
     "connections_refused"},
    {"200 that connect and vanish each second", "", &connect_and_vanish, "connections", 100, "connections"},
}};

}  // namespace atm::bench
