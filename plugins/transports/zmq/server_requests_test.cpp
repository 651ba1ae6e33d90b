// SPDX-License-Identifier: MIT
// Requests and replies.
#include <string>
#include <vector>

#include "server_fixture.hpp"
#include "support/text.hpp"

using namespace zeromq;
using namespace zeromq::testing;
using atm::test::contains;

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
