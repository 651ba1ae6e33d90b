// SPDX-License-Identifier: MIT
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include "client.hpp"
#include "connection_flood.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kSessions = 100;
constexpr std::size_t kBlockBytes = 64 * 1024;

// No message may be lost: the figure counts the messages of every subscriber.
constexpr std::string_view kLimits = "sessions = 200\nsubscribers = 200\nsubscriber_queue = 1048576";
constexpr std::string_view kSubscribe = "{\"type\":\"subscribe\",\"activity\":true}\n";

struct Delivered {
  double per_s = 0;     // to all subscribers together
  double messages = 0;  // to one of them
  double bytes = 0;     // of one message
};

/// Status lines in, activity and sessions out, until every subscriber has received the final new session.
Delivered through_daemon(const Programs& programs, std::size_t subscribers, int updates) {
  const Daemon daemon(programs, kLimits);
  Client writer(daemon.socket());
  std::string lines;
  for (int i = 0; i < kSessions; ++i) lines += status_line(i, 0);
  writer.send(lines);
  writer.settle(session_name(0));
  ConnectionFlood flood(daemon.socket(), subscribers, kSubscribe);

  lines.clear();
  for (int i = 1; i <= updates; ++i) lines += status_line(i % kSessions, i);
  lines += status_line(kSessions, 0);
  std::vector<int> activity(subscribers);
  double messages = 0;
  double bytes = 0;
  const auto begin = Clock::now();
  std::jthread sender([&] { writer.send(lines); });
  flood.read([&](std::size_t reader, std::string_view line) {
    ++messages;
    bytes += static_cast<double>(line.size());
    if (has_type(line, "activity")) ++activity[reader];
    return has_type(line, "session_registered");
  });
  const double seconds = ms_since(begin) / 1e3;
  sender.join();
  if (std::any_of(activity.begin(), activity.end(), [&](int seen) { return seen < updates; }))
    throw std::runtime_error("a subscriber did not get every activity");
  return {messages / seconds, messages / static_cast<double>(subscribers), bytes / messages};
}

/// The same number of messages of that length to the same number of readers, `at_once` a write, from a bare loop.
double bare_per_s(std::size_t subscribers, const Delivered& like, std::size_t at_once) {
  std::vector<Socket> near;
  std::vector<Socket> far;
  for (std::size_t i = 0; i < subscribers; ++i) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
      throw std::runtime_error("no more sockets");
    near.emplace_back(pair[0]);
    far.emplace_back(pair[1]);
  }
  std::jthread sender;  // before the flood: its destructor runs after all waits
  ConnectionFlood flood(std::move(far));
  std::string block;
  for (std::size_t i = 0; i < at_once; ++i) {
    block.append(static_cast<std::size_t>(like.bytes), 'x');
    block += '\n';
  }
  const auto blocks = static_cast<std::size_t>(like.messages) / at_once;
  const auto begin = Clock::now();
  sender = std::jthread([&] {
    for (std::size_t i = 0; i <= blocks; ++i) {
      for (const Socket& socket : near) socket.send(i < blocks ? block : "last\n");
    }
  });
  std::size_t messages = 0;
  flood.read([&](std::size_t, std::string_view line) {
    ++messages;
    return line == "last";
  });
  const double seconds = ms_since(begin) / 1e3;
  sender.join();
  return static_cast<double>(messages) / seconds;
}

}  // namespace

void measure_subscribers(const Programs& programs, Table& table) {
  constexpr std::array<std::pair<std::size_t, int>, 3> kRuns{{{1, 60'000}, {10, 20'000}, {100, 3'000}}};
  for (const auto& [subscribers, updates] : kRuns) {
    const Delivered delivered = through_daemon(programs, subscribers, updates);
    const double bare = bare_per_s(subscribers, delivered, 1);
    const double blocks =
        bare_per_s(subscribers, delivered, kBlockBytes / static_cast<std::size_t>(delivered.bytes));
    table.add(
        {"Unix socket, status lines in, events of " + grouped(delivered.bytes) + " bytes out to " +
             std::to_string(subscribers) + (subscribers == 1 ? " subscriber" : " subscribers"),
         grouped(delivered.per_s) + " messages/s",
         "bare loop, a write a message: " + grouped(bare) + "/s (64 KiB a write: " + grouped(blocks) + "/s)",
         fixed(100 * delivered.per_s / bare, 0) + " %", ""});
  }
}

}  // namespace atm::bench
