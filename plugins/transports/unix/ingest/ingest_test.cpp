// SPDX-License-Identifier: MIT
// Records of connections and entries of a spool, in the order in which the host receives them; the test controls the
// clock.
#include "ingest/ingest.hpp"

#include <atm/testing.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "counters.hpp"
#include "ingest/spool_test_support.hpp"
#include "support/catch.hpp"

using namespace unix_socket;
using namespace unix_socket::test;

namespace {

constexpr std::int64_t kMs = 1'000'000;

class IngestBench final {
 public:
  explicit IngestBench(bool is_first = false) {
    ingest.add_spool({bench.directory(), kLineBytes, std::int64_t{3'600'000'000'000}});
    if (!is_first) ingest.start(false);
  }

  /// A hook that starts now, finds no daemon and ends.
  void leave(const std::string& name, const std::string& channel = "c/h") {
    host.advance(1);
    bench.write(line(wall_ns(), name, channel));
    host.advance(1);
  }
  /// A connection whose only record this is; true: it was handed over or refused.
  bool send(std::uint64_t sender, const std::string& name, std::int64_t time_ns,
            const std::string& channel = "c/h") {
    const std::string payload = R"({"n":")" + name + R"("})";
    const atm_record record{sizeof(atm_record), 0,       time_ns, atm::to_c(channel),
                            atm::to_c(payload), nullptr, 0};
    atm::ErrorBuffer error;
    const auto status = ingest.submit(sender, record, error);
    if (!status) return false;
    last = *status;
    if (*status == atm::Status::kPaused) CHECK(ingest.keep(record, test::record(time_ns, name, channel)));
    ingest.leave(sender);
    return true;
  }
  /// Does the work of the server loop until this time from now; `read` reads the connections of a search.
  std::uint64_t pass(
      std::int64_t ns, const std::function<bool()>& read = [] { return true; }) {
    const std::int64_t until = wall_ns() + ns;
    std::uint64_t sender = 0;
    while (sender == 0 && ingest.next_ns() <= until) {
      host.advance(std::max<std::int64_t>(0, ingest.next_ns() - wall_ns()));
      if (ingest.is_search_due()) ingest.searched(!ingest.search_all() || read());
      sender = ingest.advance();
    }
    if (sender == 0) host.advance(until - wall_ns());
    return sender;
  }
  [[nodiscard]] std::int64_t wall_ns() const { return atm::Host(host.c()).wall_ns(); }
  /// The names of the records that the host received.
  [[nodiscard]] std::string taken() const {
    std::string names;
    for (const auto& one : host.records()) names += Bench::name_in(one.payload);
    return names;
  }
  [[nodiscard]] std::int64_t metric(const std::string& name) {
    counters_.flush(atm::Host(host.c()));
    const auto all = host.metrics();
    return all.count(name) == 0 ? 0 : all.at(name);
  }

  Bench bench;
  atm::testing::FakeHost host;
  atm::Status last = atm::Status::kOk;

 private:
  Counters counters_;

 public:
  Ingest ingest{atm::Host(host.c()), counters_, std::chrono::seconds(1)};
};

}  // namespace

TEST_CASE("WIRE-P6: clients that connect without a pause and send no record do not delay the spool",
          "[spool]") {
  IngestBench bench;
  bench.leave("a");
  for (int i = 0; i < 6 && bench.taken().empty(); ++i) {
    static_cast<void>(bench.ingest.search_for_connections());
    bench.pass(20 * kMs);
  }
  CHECK(bench.taken() == "a");
}

TEST_CASE("WIRE-P6: entries written after a search wait for the connections of the next one", "[spool]") {
  IngestBench bench;
  bench.leave("a");
  bench.pass(IngestQueue::kSpoolDelayNs, [&] {
    bench.leave("b");
    return true;
  });
  CHECK(bench.taken() == "a");
  bench.pass(1'100 * kMs);
  CHECK(bench.taken() == "ab");
}

TEST_CASE("WIRE-P6: records of connections that connected before a search precede the spool", "[spool]") {
  IngestBench bench;
  const std::int64_t earlier = bench.wall_ns();
  bench.leave("a");
  bench.pass(IngestQueue::kSpoolDelayNs, [&] { return bench.send(7, "live", earlier); });
  CHECK(bench.taken() == "livea");
}

TEST_CASE("WIRE-P6: a record of a connection does not wait for entries until the open connections are read",
          "[spool]") {
  IngestBench bench;
  const std::int64_t earlier = bench.wall_ns();
  bench.leave("a");
  CHECK(bench.ingest.search_for_connections());
  // Of an open connection: a hook may have sent "x" before "a" was written.
  CHECK(bench.send(7, "y", bench.wall_ns()));
  CHECK(bench.send(8, "x", earlier));
  bench.ingest.admit();
  CHECK(bench.send(9, "z", bench.wall_ns()));
  CHECK(bench.taken() == "yxaz");
}

TEST_CASE("WIRE-P6: a search finds entries that were written while earlier ones wait", "[spool]") {
  IngestBench bench;
  bench.host.set_ingest_status(atm::Status::kBusy);
  bench.leave("a");
  bench.pass(2 * IngestQueue::kSpoolDelayNs);
  bench.leave("b");
  CHECK(bench.ingest.search_for_connections());
  bench.ingest.admit();
  bench.host.set_ingest_status(atm::Status::kOk);
  // The hook of "c" connected after the hook of "b" had ended.
  CHECK_FALSE(bench.send(7, "c", bench.wall_ns()));
  CHECK(bench.pass(IngestQueue::kRetryNs) == 7);
  CHECK(bench.send(7, "c", bench.wall_ns()));
  CHECK(bench.taken() == "abc");
}

TEST_CASE("WIRE-P6: entries that a sender finds while it hands over others wait for the next search",
          "[spool]") {
  IngestBench bench;
  bench.leave("a");
  CHECK(bench.ingest.search_for_connections());
  bench.ingest.admit();
  // A slow hook that started before the search writes after it.
  const std::int64_t started = bench.wall_ns() - 1;
  bench.bench.write(line(started, "b"));
  CHECK(bench.send(7, "x", bench.wall_ns() + kMs));
  CHECK(bench.taken() == "ax");
  bench.pass(1'100 * kMs);
  CHECK(bench.taken() == "axb");
}

TEST_CASE("WIRE-P6: the spool waits behind the connections of the queue, and others wait behind it",
          "[spool]") {
  IngestBench bench;
  bench.host.set_ingest_status(atm::Status::kBusy);
  const std::int64_t earlier = bench.wall_ns();
  CHECK_FALSE(bench.send(7, "x", earlier));
  bench.leave("a");
  bench.pass(IngestQueue::kSpoolDelayNs);  // until sender 7 tries again
  while (bench.wall_ns() < earlier + 2 * IngestQueue::kSpoolDelayNs) {
    CHECK_FALSE(bench.send(7, "x", earlier));
    bench.pass(IngestQueue::kRetryNs);
  }
  CHECK_FALSE(bench.send(8, "y", earlier));
  bench.host.set_ingest_status(atm::Status::kOk);
  CHECK(bench.send(7, "x", earlier));
  CHECK(bench.pass(IngestQueue::kRetryNs) == 8);
  CHECK(bench.taken() == "xa");
  CHECK(bench.send(8, "y", earlier));
  CHECK(bench.taken() == "xay");
  CHECK(bench.metric("backpressure_waits") == 2);
}

TEST_CASE("WIRE-P6: a lack of descriptors delays the spool for a second at most", "[spool]") {
  IngestBench bench;
  bench.leave("a");
  const auto none = [] { return false; };
  bench.pass(500 * kMs, none);
  CHECK(bench.taken().empty());
  bench.pass(700 * kMs, none);
  CHECK(bench.taken() == "a");
}

TEST_CASE("WIRE-P6: at a start all entries precede the first connection, for at most ten seconds",
          "[spool]") {
  IngestBench bench(true);
  bench.leave("a");
  bench.leave("b");
  const bool is_busy = GENERATE(false, true);
  if (is_busy) bench.host.set_ingest_status(atm::Status::kBusy);
  bench.ingest.start(true);
  CHECK_FALSE(bench.ingest.is_started());
  bench.pass(9'000 * kMs);
  CHECK(bench.ingest.is_started() == !is_busy);
  CHECK(bench.taken() == (is_busy ? "" : "ab"));
  bench.pass(2'000 * kMs);
  CHECK(bench.ingest.is_started());
  bench.host.set_ingest_status(atm::Status::kOk);
  CHECK(bench.send(7, "x", 0) == !is_busy);
  bench.pass(kMs);
  CHECK(bench.taken() == (is_busy ? "ab" : "abx"));
}

TEST_CASE(
    "WIRE-P10: paused entries of an earlier daemon come first, and other agents do not wait for a pause",
    "[spool]") {
  IngestBench bench(true);
  bench.bench.write(line(bench.wall_ns(), "a"), "paused");
  bench.leave("b");
  bench.leave("x", "d/h");
  bench.host.set_ingest_status(atm::Status::kPaused);
  bench.ingest.start(true);
  CHECK(bench.pass(0) == 0);
  CHECK(bench.ingest.is_started());
  CHECK(bench.metric("records_paused") == 2);  // `b` and `x`
  bench.host.set_ingest_status(atm::Status::kOk);
  CHECK(bench.send(7, "c", bench.wall_ns()));
  CHECK(bench.last == atm::Status::kPaused);
  CHECK(bench.send(8, "y", bench.wall_ns(), "e/h"));
  CHECK(bench.taken() == "y");
  bench.pass(IngestQueue::kOfferNs);
  CHECK(bench.taken() == "yabxc");
  CHECK(bench.send(9, "d", bench.wall_ns()));
  CHECK(bench.last == atm::Status::kOk);
}

TEST_CASE("WIRE-S3: a daemon that has lost its lock reads no spool and still serves its connections",
          "[spool]") {
  IngestBench bench;
  bool is_owner = true;
  bench.ingest.only_while([&] { return is_owner; });
  bench.leave("a");
  static_cast<void>(bench.ingest.search_for_connections());
  is_owner = false;
  CHECK(bench.send(7, "x", bench.wall_ns()));
  bench.pass(3'000 * kMs);
  CHECK(bench.taken() == "x");
}
