// SPDX-License-Identifier: MIT
// Sockets, connections, their limits and keys.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "server_fixture.hpp"
#include "support/text.hpp"

using namespace zeromq;
using namespace zeromq::testing;
using atm::Status;
using atm::client::connect_to;
using atm::client::Connection;
using atm::test::contains;

namespace {

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

TEST_CASE("ZMQ-Z2, TRAP-W7: an address that is served is refused and continues to be served", "[zmq]") {
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
