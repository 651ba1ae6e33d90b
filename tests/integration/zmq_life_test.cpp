// SPDX-License-Identifier: MIT
// The zmq transport in a real daemon: on if configured, off by default, and no client can end it.
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <atm/client/endpoint.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/json.hpp>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "support/catch.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

std::string ask(const std::string& endpoint, const std::string& request) {
  zmq::context_t context;
  zmq::socket_t socket(context, ZMQ_REQ);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, 20'000);
  socket.connect(endpoint);
  REQUIRE(socket.send(zmq::buffer(request)));
  zmq::message_t reply;
  REQUIRE(socket.recv(reply));
  return reply.to_string();
}
std::string ask_router(const ZmqDaemon& daemon, const std::string& request) {
  return ask(daemon.request(), request);
}

bool hears_heartbeat(const std::string& endpoint) {
  zmq::context_t context;
  zmq::socket_t socket(context, ZMQ_SUB);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, 20'000);
  socket.set(zmq::sockopt::subscribe, "atm/1/heartbeat");
  socket.connect(endpoint);
  zmq::message_t topic;
  return socket.recv(topic).has_value();
}

/// Lowers the descriptor limit of a running daemon.
void allow_descriptors(ZmqDaemon& daemon, rlim_t most) {
  const rlimit few{most, most};
  REQUIRE(::prlimit(daemon.process().pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
}

/// The tcp port chosen for `*`.
std::uint16_t port_of(ZmqDaemon& daemon, const std::string& which) {
  const std::string output = daemon.process().output();
  const std::size_t at = output.find(which + "=tcp://127.0.0.1:");
  REQUIRE(at != std::string::npos);
  return static_cast<std::uint16_t>(std::stoi(output.substr(output.find(':', at + which.size() + 8) + 1)));
}

atm::FileDescriptor connect_to_port(std::uint16_t port) {
  atm::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_connected =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return is_connected ? std::move(socket) : atm::FileDescriptor();
}

/// Returns true if the other side has closed, after any messages.
bool is_closed(const atm::FileDescriptor& socket) {
  std::array<char, 512> bytes{};
  ssize_t got = 1;
  while (got > 0) got = ::recv(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  return got == 0 || errno != EAGAIN;
}

}  // namespace

TEST_CASE("ZeroMQ is not loaded unless the configuration enables it", "[integration]") {
  const Home home;
  Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS});
  REQUIRE(atmd.wait_ready());
  const std::string plugins = atmd.ask(R"({"type":"get_plugins"})");
  CHECK(plugins.find(R"("id":"zmq")") != std::string::npos);
  CHECK(atmd.output().find("disabled by default") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(home.dir().path() / "run/atm/zmq-pub.sock"));
}

TEST_CASE("the router's snapshot equals the daemon's state", "[integration]") {
  ZmqDaemon daemon("");
  static_cast<void>(daemon.ask(R"({"type":"register","session_id":"a/b","agent":"claude_code"})"));
  const std::string reply = ask_router(daemon, R"({"type":"get_all_sessions"})");
  const std::size_t begin = reply.find('[');
  REQUIRE(begin != std::string::npos);
  CHECK(sorted_by_id(reply.substr(begin, reply.rfind(']') + 1 - begin)) == daemon.sessions());
  CHECK(daemon.process().stop() == 0);
  CHECK_FALSE(std::filesystem::exists(daemon.directory() + "/zmq-pub.sock"));
}

TEST_CASE("more connections than descriptors do not end the daemon", "[integration]") {
  // libzmq 4.3.4 ends the process if accept() finds no free descriptor.
  ZmqDaemon daemon("max_connections = 4096\n");
  allow_descriptors(daemon, 1024);
  for (const char* name : {"/zmq-pub.sock", "/zmq-router.sock"}) {
    std::vector<atm::client::Connection> silent;
    bool is_refused = false;
    for (int i = 0; i < 1000 && !is_refused; ++i) {
      auto connection = atm::client::connect_to(daemon.directory() + name, std::chrono::milliseconds(1000));
      is_refused = !connection;
      if (connection) silent.push_back(std::move(*connection));
    }
    CHECK(is_refused);
    CHECK(daemon.ask(R"({"type":"ping","seq":1})").find("pong") != std::string::npos);
  }
  CHECK(ask_router(daemon, R"({"type":"ping","seq":2})").find("pong") != std::string::npos);
  CHECK(daemon.process().stop() == 0);
}

TEST_CASE("ZMQ-Z18: connections at the tcp ports use no descriptor of the local sockets", "[integration]") {
  ZmqDaemon daemon(
      "max_connections = 4096\nheartbeat_ms = 20\npublish_tcp = \"tcp://127.0.0.1:*\"\nrequest_tcp = "
      "\"tcp://127.0.0.1:*\"\n");
  allow_descriptors(daemon, 256);
  for (const char* which : {"publish_tcp", "request_tcp"}) {
    const std::uint16_t port = port_of(daemon, which);
    std::vector<atm::FileDescriptor> silent;
    for (int i = 0; i < 400; ++i) {
      if (auto next = connect_to_port(port); next.get() >= 0) silent.push_back(std::move(next));
      if (i % 50 == 0)
        CHECK(ask_router(daemon, R"({"type":"ping","seq":1})").find("pong") != std::string::npos);
    }
    CHECK(daemon.ask(R"({"type":"ping","seq":2})").find("pong") != std::string::npos);
    CHECK(ask_router(daemon, R"({"type":"ping","seq":3})").find("pong") != std::string::npos);
    REQUIRE_FALSE(silent.empty());
    CHECK(eventually([&] { return is_closed(silent.front()); }));
    silent.clear();
    const std::string endpoint = "tcp://127.0.0.1:" + std::to_string(port);
    if (which == std::string_view("publish_tcp"))
      CHECK(hears_heartbeat(endpoint));
    else
      CHECK(ask(endpoint, R"({"type":"ping","seq":4})").find("pong") != std::string::npos);
  }
  CHECK(daemon.process().stop() == 0);
}

TEST_CASE("a second daemon cannot bind the sockets of the first", "[integration]") {
  ZmqDaemon daemon("");
  Atmd second(daemon.home(), {"--plugin-dir", ATM_TEST_PLUGINS, "--socket",
                              (daemon.home().dir().path() / "second.sock").string()});
  REQUIRE(second.wait_ready());
  CHECK(eventually([&] {
    return second.output().find("zmq-pub.sock; stop it, or use another path") != std::string::npos;
  }));
  CHECK(ask_router(daemon, R"({"type":"ping","seq":2})").find("pong") != std::string::npos);
}
