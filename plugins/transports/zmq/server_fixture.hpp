// SPDX-License-Identifier: MIT
// The transport over real ZeroMQ sockets in a private directory, and its clients.
#pragma once

#include <poll.h>

#include <atm/client/endpoint.hpp>
#include <atm/json.hpp>
#include <atm/testing.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "server.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace zeromq::testing {

inline constexpr std::chrono::milliseconds kDeadline{20'000};
inline constexpr std::int64_t kSecond = 1'000'000'000;

inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + kDeadline;
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

inline std::int64_t number_in(const std::string& json, std::string_view name) {
  atm::json::Reader reader;
  const atm::json::Value* const root = reader.parse(json);
  return root == nullptr ? -1 : atm::json::get_int(*root, name).value_or(-1);
}

struct Message {
  std::string topic;
  std::string text;
};

/// A subscriber in a separate context, like another program.
class Subscriber final {
 public:
  explicit Subscriber(
      const std::string& endpoint, const std::string& prefix = "",
      const std::function<void(zmq::socket_t&)>& prepare = [](zmq::socket_t&) {}) {
    socket.set(zmq::sockopt::linger, 0);
    prepare(socket);
    socket.connect(endpoint);
    socket.set(zmq::sockopt::subscribe, prefix);
  }
  std::optional<Message> next(std::chrono::milliseconds timeout = kDeadline) {
    socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(timeout.count()));
    zmq::message_t topic;
    zmq::message_t text;
    if (!socket.recv(topic)) return std::nullopt;
    REQUIRE(topic.more());
    REQUIRE(socket.recv(text));
    REQUIRE_FALSE(text.more());
    return Message{topic.to_string(), text.to_string()};
  }
  /// Skips messages of other topics.
  Message next_of(const std::string& topic) {
    for (;;) {
      auto message = next();
      REQUIRE(message);
      if (message->topic == topic) return *message;
    }
  }

  zmq::context_t context;
  zmq::socket_t socket{context, ZMQ_SUB};
};

class Requester final {
 public:
  explicit Requester(const std::string& endpoint, zmq::socket_type type = zmq::socket_type::dealer)
      : socket(context, type) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(kDeadline.count()));
    socket.connect(endpoint);
  }
  void send(const std::string& text) { REQUIRE(socket.send(zmq::buffer(text))); }
  std::vector<std::string> receive() {
    std::vector<std::string> frames;
    zmq::message_t frame;
    do {
      REQUIRE(socket.recv(frame));
      frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
  }
  std::vector<std::string> ask(const std::string& text) {
    send(text);
    return receive();
  }

  zmq::context_t context;
  zmq::socket_t socket;
};

class Daemon final {
 public:
  explicit Daemon(const std::function<void(Settings&)>& configure = [](Settings&) {}) {
    settings.publish_socket = dir.path() / "pub.sock";
    settings.request_socket = dir.path() / "router.sock";
    configure(settings);
    server.emplace(atm::Host(host.c()), settings);
  }
  atm::Status start() { return server->start(error); }
  void serve() {
    INFO(error);
    REQUIRE(start() == atm::Status::kOk);
  }
  [[nodiscard]] std::string publish() const { return "ipc://" + settings.publish_socket; }
  [[nodiscard]] std::string request() const { return "ipc://" + settings.request_socket; }
  void update(const std::string& session, std::uint64_t seq, std::uint64_t rev = 1,
              const std::string& pad = "") {
    host.publish(ATM_EVENT_SESSION_UPDATED, session, R"({"id":")" + session + R"(","pad":")" + pad + "\"}",
                 seq, rev);
  }
  std::int64_t metric(const std::string& name) const {
    const auto metrics = host.metrics();
    const auto at = metrics.find(name);
    return at == metrics.end() ? 0 : at->second;
  }
  std::string logged(const std::string& field) const {
    for (const auto& line : host.log()) {
      const auto at = line.fields.find(field);
      if (at != line.fields.end()) return std::get<std::string>(at->second);
    }
    return {};
  }

  atm::test::TempDir dir;
  atm::testing::FakeHost host;
  Settings settings;
  std::optional<Server> server;
  std::string error;
};

}  // namespace zeromq::testing
