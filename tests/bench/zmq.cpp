// SPDX-License-Identifier: MIT
#include <poll.h>

#include <atm/plugin/interfaces.hpp>
#include <atm/testing.hpp>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"
#include "server.hpp"

namespace atm::bench {

namespace {

constexpr int kSessions = 100;
constexpr int kRounds = 7;
constexpr int kHooks = 2'000;
constexpr std::chrono::microseconds kPeriod{5'000};
constexpr std::string_view kMark = "BenchTool";

// No message may be lost: neither the bus nor ZeroMQ drops.
constexpr std::string_view kConfig =
    "subscriber_queue = 1048576\n"
    "[plugins.zmq]\n"
    "enabled = true\n"
    "activity = true\n"
    "send_hwm = 1000000\n"
    "refresh_ms = 0\n";

std::string endpoint_of(const Daemon& daemon) {
  return "ipc://" + std::filesystem::path(daemon.socket()).replace_filename("zmq-pub.sock").string();
}

/// Any number of subscribers in one thread, each until it has read the last message.
class ConnectionFlood final {
 public:
  ConnectionFlood(const std::string& endpoint, int count) {
    context_.set(zmq::ctxopt::max_sockets, count + 8);
    for (int i = 0; i < count; ++i) {
      zmq::socket_t& socket = sockets_.emplace_back(context_, ZMQ_SUB);
      socket.set(zmq::sockopt::linger, 0);
      socket.set(zmq::sockopt::rcvhwm, 0);
      socket.connect(endpoint);
      socket.set(zmq::sockopt::subscribe, "atm/1/session/");
    }
  }

  /// Reads until each has a message for which `is_last`. Returns their number and length.
  template <class IsLast>
  std::size_t read(IsLast is_last) {
    std::size_t messages = 0;
    bytes_ = 0;
    std::vector<zmq::socket_t*> reading;
    for (zmq::socket_t& socket : sockets_) reading.push_back(&socket);
    zmq::message_t topic;
    zmq::message_t text;
    while (!reading.empty()) {
      std::vector<zmq::pollitem_t> items;
      for (zmq::socket_t* const socket : reading) items.push_back({socket->handle(), 0, ZMQ_POLLIN, 0});
      if (zmq::poll(items, std::chrono::seconds(20)) == 0)
        throw std::runtime_error("a subscriber waited 20 s in vain");
      for (std::size_t i = items.size(); i-- > 0;) {
        if (items[i].revents == 0) continue;
        bool is_over = false;
        while (!is_over && reading[i]->recv(topic, zmq::recv_flags::dontwait)) {
          static_cast<void>(reading[i]->recv(text));
          ++messages;
          bytes_ += text.size();
          is_over = is_last(topic.to_string_view(), text.to_string_view());
        }
        if (is_over) reading.erase(reading.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    return messages;
  }
  /// Waits until each has received a message, such as a last value: then all are connected.
  void settle(std::string_view topic_part) {
    read([topic_part](std::string_view topic, std::string_view) {
      return topic.find(topic_part) != std::string_view::npos;
    });
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  zmq::context_t context_;
  std::vector<zmq::socket_t> sockets_;
  std::size_t bytes_ = 0;
};

struct Rate {
  double per_s = 0;  // at one subscriber
  double bytes = 0;  // of a message
};

/// Status lines in, activity and sessions out, to the last update of the last session.
Rate through_daemon(const Programs& programs, int subscribers, int updates) {
  const Daemon daemon(programs, kConfig);
  Client writer(daemon.socket());
  std::string lines;
  for (int i = 0; i < kSessions; ++i) lines += status_line(i, 0);
  writer.send(lines);
  writer.settle(session_name(0));
  ConnectionFlood flood(endpoint_of(daemon), subscribers);
  flood.settle(session_name(kSessions - 1));

  lines.clear();
  for (int i = 0; i < updates; ++i) lines += status_line(i % kSessions, i);
  const std::string last = "\"usd_micros\":" + cost_usd_micros(updates - 1);
  const std::string last_topic = "session/" + session_name((updates - 1) % kSessions) + "/updated";
  std::size_t messages = 0;
  const auto begin = Clock::now();
  auto sender = std::async(std::launch::async, [&] { writer.send(lines); });
  messages = flood.read([&](std::string_view topic, std::string_view text) {
    return topic.find(last_topic) != std::string_view::npos && text.find(last) != std::string_view::npos;
  });
  const double seconds = ms_since(begin) / 1e3;
  sender.get();
  const auto count = static_cast<double>(messages);
  return {count / subscribers / seconds, static_cast<double>(flood.bytes()) / count};
}

/// The transport without the daemon: events of a host that only queues them.
double transport_per_s(int subscribers, int messages, double bytes) {
  const TempDir dir;
  testing::FakeHost host;
  zeromq::Settings settings;
  settings.publish_socket = dir.path("pub");
  settings.request_socket = dir.path("router");
  settings.send_hwm = 1'000'000;
  host.set_session("ready", "{}");
  zeromq::Server server(Host(host.c()), settings);
  std::string error;
  if (server.start(error) != Status::kOk) throw std::runtime_error(error);
  ConnectionFlood flood("ipc://" + settings.publish_socket, subscribers);
  flood.settle("/ready/");
  const std::string json = "{\"pad\":\"" + std::string(static_cast<std::size_t>(bytes) - 90, 'x') + "\"}";
  const auto begin = Clock::now();
  auto sender = std::async(std::launch::async, [&] {
    for (int i = 2; i < messages; ++i)
      host.publish(ATM_EVENT_SESSION_UPDATED, session_name(i % kSessions), json,
                   static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i));
    host.publish(ATM_EVENT_SESSION_REMOVED, "last", {}, static_cast<std::uint64_t>(messages));
  });
  flood.read([](std::string_view topic, std::string_view) { return topic.ends_with("/removed"); });
  const double seconds = ms_since(begin) / 1e3;
  sender.get();
  return messages / seconds;
}

/// The same number of messages of the same length from a bare PUB socket.
double bare_per_s(int subscribers, double messages, double bytes) {
  const TempDir dir;
  const std::string endpoint = "ipc://" + dir.path("bare");
  zmq::context_t context;
  zmq::socket_t socket(context, ZMQ_XPUB);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::sndhwm, 1'000'000);
  socket.set(zmq::sockopt::xpub_verbose, 1);
  socket.bind(endpoint);
  ConnectionFlood flood(endpoint, subscribers);
  zmq::message_t subscription;
  for (int i = 0; i < subscribers; ++i) static_cast<void>(socket.recv(subscription));
  const std::string topic = "atm/1/session/" + session_name(0) + "/updated";
  const std::string text(static_cast<std::size_t>(bytes), 'x');
  const auto send = [&](std::string_view body) {
    socket.send(zmq::buffer(topic), zmq::send_flags::sndmore);
    socket.send(zmq::buffer(body), zmq::send_flags::none);
  };
  const auto begin = Clock::now();
  auto sender = std::async(std::launch::async, [&] {
    for (std::int64_t i = 1; i < std::llround(messages); ++i) send(text);
    send("last");
  });
  flood.read([](std::string_view, std::string_view body) { return body == "last"; });
  const double seconds = ms_since(begin) / 1e3;
  sender.get();
  return messages / seconds;
}

void measure_rates(const Programs& programs, Table& table) {
  for (const auto& [subscribers, updates] : {std::pair{1, 60'000}, {10, 20'000}, {100, 3'000}}) {
    const Rate rate = through_daemon(programs, subscribers, updates);
    // Alternating, so that other load on this machine affects both.
    std::vector<double> bares;
    std::vector<double> alones;
    for (int i = 0; i < kRounds; ++i) {
      bares.push_back(bare_per_s(subscribers, updates, rate.bytes));
      alones.push_back(transport_per_s(subscribers, updates, rate.bytes));
    }
    const double bare = quantile(std::move(bares), 0.5);
    const double alone = quantile(std::move(alones), 0.5);
    const std::string flood =
        std::to_string(subscribers) + (subscribers == 1 ? " subscriber" : " subscribers");
    table.add({"ZeroMQ transport alone, events to " + flood, grouped(alone * subscribers) + " messages/s",
               "a bare PUB socket: " + grouped(bare * subscribers) + "/s",
               fixed(100 * alone / bare, 0) + " %", subscribers == 1 ? "≥ 60 %" : ""});
    table.add(
        {"— with the daemon before it: status lines in, events of " + grouped(rate.bytes) + " bytes out",
         grouped(rate.per_s * subscribers) + " messages/s", "", fixed(100 * rate.per_s / bare, 0) + " %",
         ""});
  }
}

void measure_delay(const Programs& programs, Table& table) {
  const Daemon daemon(programs, kConfig);
  Client writer(daemon.socket());
  writer.send(status_line(0, 0));
  writer.settle(session_name(0));
  ConnectionFlood flood(endpoint_of(daemon), 1);
  flood.settle(session_name(0));

  std::vector<Clock::time_point> written(kHooks);
  std::vector<double> samples;
  auto subscriber = std::async(std::launch::async, [&] {
    int seen = 0;
    flood.read([&](std::string_view topic, std::string_view text) {
      const auto now = Clock::now();
      const std::size_t at = text.find(kMark);
      if (at == std::string_view::npos || topic.find("/updated") == std::string_view::npos) return false;
      int number = -1;
      const std::string_view digits = text.substr(at + kMark.size(), 8);
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (number < seen) return false;
      samples.push_back(
          std::chrono::duration<double, std::milli>(now - written.at(static_cast<std::size_t>(number)))
              .count());
      seen = number + 1;
      return seen == kHooks;
    });
  });
  auto next = Clock::now();
  for (int i = 0; i < kHooks; ++i) {
    next += kPeriod;
    const std::string line = hook_line(0, std::string(kMark) + std::to_string(i));
    while (Clock::now() < next) ::poll(nullptr, 0, 1);
    written[static_cast<std::size_t>(i)] = Clock::now();
    writer.send(line);
  }
  subscriber.get();
  table.add(
      {"hook written to ZeroMQ subscriber reading, 200/s",
       "p50 " + fixed(quantile(samples, 0.5), 3) + " ms, p99 " + fixed(quantile(samples, 0.99), 3) + " ms",
       grouped(static_cast<double>(samples.size())) + " of " + grouped(kHooks) + " seen"});
}

}  // namespace

void measure_zmq(const Programs& programs, Table& table) {
  measure_rates(programs, table);
  measure_delay(programs, table);
}

}  // namespace atm::bench
