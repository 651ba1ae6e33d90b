// SPDX-License-Identifier: MIT
// When the spool is taken in, step by step of the loop.
#include "spool_pump.hpp"

#include <atm/testing.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "counters.hpp"
#include "spool_test_support.hpp"
#include "support/catch.hpp"

using namespace unix_socket;
using namespace unix_socket::test;

namespace {

/// A pump whose loop the test ingest_queue, and the spool it looks into.
class PumpBench final {
 public:
  PumpBench() {
    intake_.add({bench.directory(), kLineBytes, std::int64_t{3'600'000'000'000}});
    pump.start(false, [] {});
  }
  ~PumpBench() {
    pump.stop();
    io.poll();
  }
  PumpBench(const PumpBench&) = delete;
  PumpBench& operator=(const PumpBench&) = delete;

  /// A hook that begins now, finds nobody and is over.
  void leave(const std::string& name) {
    host.advance(1);
    bench.write(line(atm::Host(host.c()).wall_ns(), name));
    host.advance(1);
  }
  /// The names of what the host was given.
  [[nodiscard]] std::string taken() {
    std::string names;
    for (const auto& one : host.records()) names += Bench::name_in(one.payload);
    return names;
  }

  Bench bench;
  atm::testing::FakeHost host;
  boost::asio::io_context io;
  IngestQueue ingest_queue;

 private:
  Counters counters_;
  SpoolIntake intake_{atm::Host(host.c()), counters_};

 public:
  SpoolPump pump{io, intake_, ingest_queue};
};

}  // namespace

TEST_CASE("WIRE-P6: what is left while the door is looked at waits for who came before it", "[spool]") {
  PumpBench bench;
  bench.leave("a");
  REQUIRE(bench.io.run_one() == 1);  // it was quiet
  CHECK(bench.taken().empty());
  bench.leave("b");
  REQUIRE(bench.io.run_one() == 1);
  REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken() == "a");
  while (bench.taken() == "a") REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken() == "ab");
}

TEST_CASE("WIRE-P6: who comes while the door is looked at goes first", "[spool]") {
  PumpBench bench;
  bench.leave("a");
  REQUIRE(bench.io.run_one() == 1);
  REQUIRE(bench.io.run_one() == 1);
  bench.pump.notify_connection();
  // The processor is given to others for longer than a acceptor is quiet.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  while (std::chrono::steady_clock::now() < until) {
  }
  REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken().empty());
  while (bench.taken().empty()) REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken() == "a");
}

TEST_CASE("WIRE-P6: clients whose turn it is go before the spool", "[spool]") {
  PumpBench bench;
  bench.leave("a");
  bench.ingest_queue.wait(7);
  for (int i = 0; i < 20; ++i) REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken().empty());
  bench.ingest_queue.leave(7);
  while (bench.taken().empty()) REQUIRE(bench.io.run_one() == 1);
}
