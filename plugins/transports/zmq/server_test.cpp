// SPDX-License-Identifier: MIT
// The transport over real ZeroMQ sockets, in a private directory.
#include "server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/client/endpoint.hpp>
#include <atm/json.hpp>
#include <atm/testing.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace zeromq;
using atm::Status;
using atm::client::connect_to;
using atm::client::Connection;
using atm::test::contains;
using atm::test::TempDir;

namespace {

constexpr std::chrono::milliseconds kDeadline{20'000};
constexpr std::int64_t kSecond = 1'000'000'000;

bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + kDeadline;
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

std::int64_t number_in(const std::string& json, std::string_view name) {
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
  std::optional<Message> next(std::chrono::milliseconds patience = kDeadline) {
    socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
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
  Status start() { return server->start(error); }
  void serve() {
    INFO(error);
    REQUIRE(start() == Status::kOk);
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

  TempDir dir;
  atm::testing::FakeHost host;
  Settings settings;
  std::optional<Server> server;
  std::string error;
};

/// Whether the peer has closed the connection.
bool is_closed(const Connection& connection) {
  std::array<char, 512> bytes{};
  for (;;) {
    const ssize_t got = ::recv(connection.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) continue;
    return got == 0 || errno == ECONNRESET || errno == EPIPE;
  }
}

struct KeyPair {
  KeyPair() { REQUIRE(zmq_curve_keypair(open.data(), secret.data()) == 0); }
  std::array<char, 41> open{};
  std::array<char, 41> secret{};
};

}  // namespace

TEST_CASE("ZMQ-Z1: both sockets are private and are removed at the stop", "[zmq]") {
  Daemon daemon;
  daemon.serve();
  struct stat found {};
  for (const std::string& path : {daemon.settings.publish_socket, daemon.settings.request_socket}) {
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);
  }
  CHECK(daemon.server->stop(kDeadline) == Status::kOk);
  CHECK(std::filesystem::is_empty(daemon.dir.path()));
}

TEST_CASE("ZMQ-Z3: messages of a subscriber other than subscriptions have no effect", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  zmq::context_t context;
  zmq::socket_t writer(context, ZMQ_XSUB);
  writer.set(zmq::sockopt::linger, 0);
  writer.connect(daemon.publish());
  for (const std::string& text : {std::string("\2atm/1/"), std::string(R"({"type":"get_all_sessions"})"),
                                  std::string(), std::string(1 << 20, 'x'), std::string("\1weather/")})
    REQUIRE(writer.send(zmq::buffer(text)));
  REQUIRE(writer.send(zmq::buffer(std::string("\1atm/1/session/a/"))));
  writer.set(zmq::sockopt::rcvtimeo, static_cast<int>(kDeadline.count()));
  zmq::message_t topic;
  REQUIRE(writer.recv(topic));
  CHECK(topic.to_string() == "atm/1/session/a/updated");
  REQUIRE(writer.send(zmq::buffer(std::string("\0atm/1/session/a/", 17))));
  CHECK(eventually([&] {
    daemon.host.advance(kSecond);
    return daemon.host.subscription_count() == 0;
  }));
}

TEST_CASE("ZMQ-Z6: every message contains the epoch, and the seq of a session rises", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Subscriber subscriber(daemon.publish());
  std::int64_t seq = number_in(subscriber.next_of("atm/1/session/a/updated").text, "seq");
  for (std::uint64_t next = 7; next < 10; ++next) {
    daemon.update("a", next, next);
    const Message message = subscriber.next_of("atm/1/session/a/updated");
    CHECK(number_in(message.text, "epoch") == 1);
    CHECK(number_in(message.text, "seq") > seq);
    seq = number_in(message.text, "seq");
  }
}

TEST_CASE("ZMQ-Z9: a late joiner receives the last value of each matching session, then new messages",
          "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Subscriber first(daemon.publish());
  const Message known = first.next_of("atm/1/session/a/updated");
  CHECK(contains(known.text, R"("session":{"id":"a"}})"));
  daemon.update("b", 5);
  const Message live = first.next_of("atm/1/session/b/updated");

  Subscriber late(daemon.publish(), "atm/1/session/b/");
  const Message again = late.next().value();
  CHECK(again.topic == live.topic);
  CHECK(again.text == live.text);
  // An earlier subscriber receives it again with the same number, which is harmless.
  CHECK(first.next_of("atm/1/session/b/updated").text == live.text);
  daemon.update("a", 6, 2);
  daemon.update("b", 7, 2);
  CHECK(number_in(late.next().value().text, "seq") == 7);
}

TEST_CASE("ZMQ-Z8: every interval has a heartbeat with the last number", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Subscriber subscriber(daemon.publish());
  subscriber.next_of("atm/1/session/a/updated");
  daemon.update("a", 3, 2);
  const Message newest = subscriber.next_of("atm/1/session/a/updated");
  daemon.host.advance(kSecond);
  const Message beat = subscriber.next_of("atm/1/heartbeat");
  CHECK(number_in(beat.text, "number") == number_in(newest.text, "number"));
  CHECK(number_in(beat.text, "seq") == 3);
  CHECK(number_in(beat.text, "sessions") == 1);
  CHECK(number_in(beat.text, "epoch") == 1);
}

TEST_CASE("ZMQ-Z10: every session is published again within refresh_ms, at even intervals", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.refresh = std::chrono::milliseconds(5000); });
  for (int i = 0; i < 10; ++i) daemon.host.set_session("s" + std::to_string(i), "{}");
  daemon.serve();
  Subscriber subscriber(daemon.publish());
  for (int i = 0; i < 10; ++i) subscriber.next_of("atm/1/session/s" + std::to_string(i) + "/updated");
  for (int second = 0; second < 5; ++second) {
    daemon.host.advance(kSecond);
    CHECK(subscriber.next().value().topic == "atm/1/heartbeat");
    for (const int i : {2 * second, 2 * second + 1})
      CHECK(subscriber.next().value().topic == "atm/1/session/s" + std::to_string(i) + "/updated");
  }
}

TEST_CASE("ZMQ-Z11: without subscribers the plugin has no subscription at the host", "[zmq]") {
  Daemon daemon;
  daemon.serve();
  CHECK(daemon.host.subscription_count() == 0);
  {
    Subscriber subscriber(daemon.publish(), "weather/");
    Subscriber other(daemon.publish(), "atm/1/");
    CHECK(eventually([&] { return daemon.host.subscription_count() == 1; }));
    other.socket.set(zmq::sockopt::unsubscribe, "atm/1/");
    CHECK(eventually([&] {
      daemon.host.advance(kSecond);
      return daemon.host.subscription_count() == 0;
    }));
    other.socket.set(zmq::sockopt::subscribe, "atm/1/");
    CHECK(eventually([&] { return daemon.host.subscription_count() == 1; }));
  }
  // A subscriber that disconnects without unsubscribing counts, too.
  CHECK(eventually([&] {
    daemon.host.advance(kSecond);
    return daemon.host.subscription_count() == 0;
  }));
}

TEST_CASE("ZMQ-Z13: requests are answered to DEALER and REQ sockets, pipelined or not", "[zmq]") {
  Daemon daemon;
  daemon.host.set_session("a", R"({"id":"a"})");
  daemon.serve();
  Requester dealer(daemon.request());
  for (int i = 0; i < 10; ++i) dealer.send(R"({"type":"ping","seq":)" + std::to_string(i) + "}");
  for (int i = 0; i < 10; ++i) CHECK(number_in(dealer.receive().at(0), "seq") == i);
  Requester req(daemon.request(), zmq::socket_type::req);
  CHECK(req.ask(R"({"type":"get_all_sessions","id":1})") ==
        std::vector<std::string>{R"({"type":"sessions","id":1,"seq":0,"sessions":[{"id":"a"}]})"});
  CHECK(contains(req.ask("}{").at(0), "invalid_json"));
}

TEST_CASE("ZMQ-Z15: a long snapshot is one reply of several frames", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.line_bytes = 1024; });
  for (int i = 0; i < 100; ++i)
    daemon.host.set_session("s" + std::to_string(i), "{\"pad\":\"" + std::string(100, 'x') + "\"}");
  daemon.serve();
  Requester req(daemon.request(), zmq::socket_type::req);
  CHECK(req.ask(R"({"type":"get_all_sessions"})").size() > 10);
  CHECK(contains(req.ask(R"({"type":"ping","seq":1})").at(0), "pong"));
}

TEST_CASE("ZMQ-Z16: hostile bytes close at most their own connection", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.request_bytes = 1024; });
  daemon.serve();
  const std::string greeting = std::string("\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16) + std::string(48, '\0');
  for (const std::string& path : {daemon.settings.publish_socket, daemon.settings.request_socket}) {
    for (const std::string& bytes :
         {std::string(4096, '\xff'), std::string(4096, '\0'), std::string("GET / HTTP/1.1\r\n\r\n"),
          greeting + std::string(4096, '\xff'),
          greeting + std::string("\6\xff\xff\xff\xff\xff\xff\xff\xff", 9)}) {
      const auto connection = connect_to(path, kDeadline);
      REQUIRE(connection);
      static_cast<void>(::send(connection->socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
  }
  Requester big(daemon.request());
  big.send(std::string(2048, 'x'));
  Requester good(daemon.request());
  CHECK(contains(good.ask(R"({"type":"ping","seq":1})").at(0), "pong"));
  CHECK(eventually([&] { return daemon.metric("connections_closed") >= 1; }));
}

TEST_CASE(
    "TRAP-W2, ZMQ-Z3: a subscriber that never reads loses only its own messages, and does not prevent "
    "the stop",
    "[zmq]") {
  constexpr int kRounds = 60;
  constexpr int kAtOnce = 50;
  Daemon daemon([](Settings& settings) { settings.send_hwm = 200; });
  daemon.host.set_session("first", R"({"id":"first"})");
  daemon.serve();
  Subscriber stuck(daemon.publish(), "", [](zmq::socket_t& socket) { socket.set(zmq::sockopt::rcvhwm, 1); });
  Subscriber reader(daemon.publish());
  CHECK(eventually([&] { return daemon.metric("connections") == 2; }));
  reader.next_of("atm/1/session/first/updated");
  std::int64_t last = -1;
  int lost = 0;
  const std::string pad(20'000, 'x');
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kAtOnce; ++i) {
      const int seq = 2 + round * kAtOnce + i;
      daemon.update("s" + std::to_string(i), static_cast<std::uint64_t>(seq), static_cast<std::uint64_t>(seq),
                    pad);
    }
    for (int i = 0; i < kAtOnce;) {
      const std::int64_t number = number_in(reader.next().value().text, "number");
      if (number <= last) continue;
      if (last >= 0) lost += static_cast<int>(number - last - 1);
      last = number;
      ++i;
    }
  }
  CHECK(lost == 0);
  CHECK(eventually([&] { return daemon.metric("subscriber_overflows") >= 1; }));
  CHECK(daemon.server->stop(kDeadline) == Status::kOk);
}

TEST_CASE("ZMQ-Z18: over max_connections new connections are refused until one closes", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.max_connections = 4; });
  daemon.host.set_session("a", "{}");
  daemon.serve();
  Subscriber reader(daemon.publish());
  reader.next_of("atm/1/session/a/updated");
  {
    std::vector<Connection> silent;
    CHECK(eventually([&] {
      auto connection = connect_to(daemon.settings.publish_socket, kDeadline);
      if (!connection) return true;
      silent.push_back(std::move(*connection));
      return false;
    }));
    CHECK(eventually([&] { return daemon.metric("listener_paused") == 1; }));
    daemon.update("a", 2, 2);
    reader.next_of("atm/1/session/a/updated");
    Requester other(daemon.request());
    CHECK(contains(other.ask(R"({"type":"ping","seq":1})").at(0), "pong"));
  }
  CHECK(eventually([&] { return connect_to(daemon.settings.publish_socket, kDeadline).has_value(); }));
}

TEST_CASE("ZMQ-Z18: over max_connections a tcp port closes all connections, and later accepts again",
          "[zmq]") {
  Daemon daemon([](Settings& settings) {
    settings.publish_tcp = "tcp://127.0.0.1:*";
    settings.max_connections = 2;
  });
  daemon.host.set_session("a", "{}");
  daemon.serve();
  const std::string tcp = daemon.logged("publish_tcp");
  Subscriber local(daemon.publish());
  local.next_of("atm/1/session/a/updated");
  Subscriber reader(tcp);
  reader.next_of("atm/1/session/a/updated");
  {
    Subscriber second(tcp);
    second.next_of("atm/1/session/a/updated");
    CHECK(daemon.metric("listener_paused") == 0);
    const Subscriber third(tcp);
    CHECK(eventually([&] { return daemon.metric("listener_paused") == 1; }));
  }
  // No other program can bind the port meanwhile.
  for (int i = 0; i < 20; ++i) {
    zmq::context_t context;
    zmq::socket_t thief(context, ZMQ_PUB);
    CHECK(zmq_bind(thief.handle(), tcp.c_str()) != 0);
  }
  std::uint64_t seq = 1;
  CHECK(eventually([&] {
    daemon.host.advance(kSecond);
    ++seq;
    daemon.update("a", seq, seq);
    return reader.next(std::chrono::milliseconds(20)).has_value();
  }));
  ++seq;
  daemon.update("a", seq, seq);
  local.next_of("atm/1/session/a/updated");
}

TEST_CASE("TRAP-W5: a silent connection is closed after the handshake time limit", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.handshake = std::chrono::milliseconds(50); });
  daemon.serve();
  const auto silent = connect_to(daemon.settings.publish_socket, kDeadline);
  REQUIRE(silent);
  CHECK(eventually([&] { return is_closed(*silent); }));
}

TEST_CASE("TRAP-W7: an address that is served is refused and continues to be served", "[zmq]") {
  Daemon first([](Settings& settings) { settings.publish_tcp = "tcp://127.0.0.1:*"; });
  first.host.set_session("a", "{}");
  first.serve();
  Daemon second([&](Settings& settings) { settings.publish_socket = first.settings.publish_socket; });
  CHECK(second.start() == Status::kExists);
  CHECK(contains(second.error, "pid " + std::to_string(::getpid())));
  Daemon third([&](Settings& settings) { settings.publish_tcp = first.logged("publish_tcp"); });
  CHECK(third.start() == Status::kExists);
  CHECK(contains(third.error, "another program serves tcp://127.0.0.1:"));
  CHECK(std::filesystem::is_empty(third.dir.path()));
  Subscriber(first.publish()).next_of("atm/1/session/a/updated");
}

TEST_CASE("ZMQ-Z19: tcp needs no keys on loopback, and is refused without keys elsewhere", "[zmq]") {
  Daemon daemon([](Settings& settings) { settings.request_tcp = "tcp://127.0.0.1:*"; });
  daemon.serve();
  Requester requester(daemon.logged("request_tcp"));
  CHECK(contains(requester.ask(R"({"type":"ping","seq":1})").at(0), "pong"));
  Daemon open([](Settings& settings) { settings.publish_tcp = "tcp://0.0.0.0:*"; });
  CHECK(open.start() == Status::kInvalid);
  CHECK(contains(open.error, "can be reached from other machines"));
}

TEST_CASE("ZMQ-Z21: CURVE accepts a client in the list, and refuses another key and no key", "[zmq]") {
  const KeyPair server;
  const KeyPair friendly;
  const KeyPair stranger;
  Daemon daemon([&](Settings& settings) {
    settings.publish_tcp = "tcp://127.0.0.1:*";
    settings.request_tcp = "tcp://127.0.0.1:*";
  });
  daemon.settings.secret_key_file = daemon.dir.file("secret", server.secret.data(), 0600);
  daemon.settings.allowed_keys_file = daemon.dir.file("allowed", friendly.open.data());
  daemon.server.emplace(atm::Host(daemon.host.c()), daemon.settings);
  daemon.host.set_session("a", "{}");
  daemon.serve();
  const auto as = [&server](const KeyPair& client) {
    return [&](zmq::socket_t& socket) {
      socket.set(zmq::sockopt::curve_serverkey, server.open.data());
      socket.set(zmq::sockopt::curve_publickey, client.open.data());
      socket.set(zmq::sockopt::curve_secretkey, client.secret.data());
    };
  };
  const std::string endpoint = daemon.logged("publish_tcp");
  Subscriber refused(endpoint, "", as(stranger));
  Subscriber keyless(endpoint);
  CHECK(eventually([&] { return daemon.metric("clients_refused") >= 1; }));
  CHECK(eventually([&] { return daemon.metric("handshakes_failed") >= 2; }));
  CHECK(daemon.host.subscription_count() == 0);
  Subscriber admitted(endpoint, "", as(friendly));
  admitted.next_of("atm/1/session/a/updated");
  // The local socket requires no key: its directory restricts access.
  Subscriber(daemon.publish()).next_of("atm/1/session/a/updated");
  CHECK_FALSE(refused.next(std::chrono::milliseconds(0)));
  CHECK_FALSE(keyless.next(std::chrono::milliseconds(0)));
}
