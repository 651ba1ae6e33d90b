// SPDX-License-Identifier: MIT
// The schedule of the spool, step by step.
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

/// A pump whose loop the test drives, and its spool.
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

  /// A hook that starts now, finds no daemon and ends.
  void leave(const std::string& name) {
    host.advance(1);
    bench.write(line(atm::Host(host.c()).wall_ns(), name));
    host.advance(1);
  }
  /// The names of the records that the host received.
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

TEST_CASE("WIRE-P6: entries written while the listener is polled wait for earlier connections", "[spool]") {
  PumpBench bench;
  bench.leave("a");
  REQUIRE(bench.io.run_one() == 1);  // the quiet time is over
  CHECK(bench.taken().empty());
  bench.leave("b");
  REQUIRE(bench.io.run_one() == 1);
  REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken() == "a");
  while (bench.taken() == "a") REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken() == "ab");
}

TEST_CASE("WIRE-P6: connections that arrive while the listener is polled go first", "[spool]") {
  PumpBench bench;
  bench.leave("a");
  REQUIRE(bench.io.run_one() == 1);
  REQUIRE(bench.io.run_one() == 1);
  bench.pump.notify_connection();
  // The process does not run for longer than the quiet time of the listener.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  while (std::chrono::steady_clock::now() < until) {
  }
  REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken().empty());
  while (bench.taken().empty()) REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken() == "a");
}

TEST_CASE("WIRE-P6: clients that connect without a pause and send no record do not delay the spool",
          "[spool][!shouldfail]") {
  PumpBench bench;
  bench.leave("a");
  for (int i = 0; i < 30 && bench.taken().empty(); ++i) {
    bench.pump.notify_connection();
    REQUIRE(bench.io.run_one() == 1);
  }
  CHECK(bench.taken() == "a");
}

TEST_CASE("WIRE-P6: clients at the head of the ingest queue precede the spool", "[spool]") {
  PumpBench bench;
  bench.leave("a");
  bench.ingest_queue.wait(7);
  for (int i = 0; i < 20; ++i) REQUIRE(bench.io.run_one() == 1);
  CHECK(bench.taken().empty());
  bench.ingest_queue.leave(7);
  while (bench.taken().empty()) REQUIRE(bench.io.run_one() == 1);
}
