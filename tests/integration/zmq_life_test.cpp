// SPDX-License-Identifier: MIT
// The zmq transport in a real daemon: on when asked, off otherwise, and nothing a client does ends it.
#include <sys/resource.h>

#include <atm/client/endpoint.hpp>
#include <atm/json.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "support/catch.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

std::string ask_router(const ZmqDaemon& daemon, const std::string& request) {
  zmq::context_t context;
  zmq::socket_t socket(context, ZMQ_REQ);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, 20'000);
  socket.connect(daemon.request());
  REQUIRE(socket.send(zmq::buffer(request)));
  zmq::message_t reply;
  REQUIRE(socket.recv(reply));
  return reply.to_string();
}

/// Descriptors this process and those it starts may have, until the end of the block.
class FewDescriptors final {
 public:
  explicit FewDescriptors(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{most, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("ZeroMQ is not even loaded until the configuration asks for it", "[integration]") {
  const Home home;
  Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS});
  REQUIRE(atmd.wait_ready());
  const std::string plugins = atmd.ask(R"({"type":"get_plugins"})");
  CHECK(plugins.find(R"("id":"zmq")") != std::string::npos);
  CHECK(atmd.output().find("off by default") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(home.dir().path() / "run/atm/zmq-pub.sock"));
}

TEST_CASE("the router's snapshot is the daemon's state", "[integration]") {
  ZmqDaemon daemon("");
  static_cast<void>(daemon.ask(R"({"type":"register","session_id":"a/b","agent":"claude_code"})"));
  const std::string reply = ask_router(daemon, R"({"type":"get_all_sessions"})");
  const std::size_t begin = reply.find('[');
  REQUIRE(begin != std::string::npos);
  CHECK(sorted_by_id(reply.substr(begin, reply.rfind(']') + 1 - begin)) == daemon.sessions());
  CHECK(daemon.process().stop() == 0);
  CHECK_FALSE(std::filesystem::exists(daemon.folder() + "/zmq-pub.sock"));
}

TEST_CASE("more connections than there are descriptors do not end the daemon", "[integration]") {
  // libzmq 4.3.4 ends the process when accept() finds no descriptor free.
  std::unique_ptr<ZmqDaemon> daemon;
  {
    const FewDescriptors few(1024);
    daemon = std::make_unique<ZmqDaemon>("max_connections = 4096\n");
  }
  for (const char* name : {"/zmq-pub.sock", "/zmq-router.sock"}) {
    std::vector<atm::client::Connection> silent;
    bool is_refused = false;
    for (int i = 0; i < 1000 && !is_refused; ++i) {
      auto connection = atm::client::connect_to(daemon->folder() + name, std::chrono::milliseconds(1000));
      is_refused = !connection;
      if (connection) silent.push_back(std::move(*connection));
    }
    CHECK(is_refused);
    CHECK(daemon->ask(R"({"type":"ping","seq":1})").find("pong") != std::string::npos);
  }
  CHECK(ask_router(*daemon, R"({"type":"ping","seq":2})").find("pong") != std::string::npos);
  CHECK(daemon->process().stop() == 0);
}

TEST_CASE("a second daemon is refused the sockets of the first", "[integration]") {
  ZmqDaemon daemon("");
  Atmd second(daemon.home(), {"--plugin-dir", ATM_TEST_PLUGINS, "--socket",
                              (daemon.home().dir().path() / "second.sock").string()});
  REQUIRE(second.wait_ready());
  CHECK(eventually([&] {
    return second.output().find("zmq-pub.sock; stop it, or give another path") != std::string::npos;
  }));
  CHECK(ask_router(daemon, R"({"type":"ping","seq":2})").find("pong") != std::string::npos);
}
