// SPDX-License-Identifier: MIT
// ZeroMQ aborts the process if the system refuses it a descriptor.
#include <string>

#include "support/atmd_process.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

using namespace atm::test;

namespace {

Manager with_descriptors(int limit) {
  return {
      .launcher = {"/usr/bin/prlimit", "--nofile=" + std::to_string(limit) + ":" + std::to_string(limit)}};
}

}  // namespace

TEST_CASE("with too few descriptors zmq does not start, logs the numbers, and the daemon serves",
          "[descriptors][zmq]") {
  // 256 connections of unix, 256 at each of two sockets of zmq, and 128 more.
  constexpr int kEnough = 896;
  const Home home;
  home.config(std::string("[plugins.zmq]\nenabled = true\n").append(kOwnAgentsOnly));
  for (const int limit : {64, 96, 128, kEnough - 1}) {
    CAPTURE(limit);
    Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS}, with_descriptors(limit));
    REQUIRE(atmd.wait_ready());
    CHECK(contains(atmd.output(), "the limit of descriptors is " + std::to_string(limit) + ", expected 896"));
    CHECK(contains(atmd.ask(R"({"type":"ping","seq":1})"), R"("type":"pong")"));
    CHECK(atmd.stop() == 0);
  }
  Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS}, with_descriptors(kEnough));
  REQUIRE(atmd.wait_ready());
  CHECK(contains(atmd.output(), "plugin=zmq transport started"));
  CHECK(atmd.stop() == 0);
}
