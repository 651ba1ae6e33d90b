// SPDX-License-Identifier: MIT
// Hostile or broken clients: the others are served, the memory is bounded.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kMiB = 1024 * 1024;

std::int64_t resident(const Atmd& process) {
  std::ifstream statm("/proc/" + std::to_string(process.pid()) + "/statm");
  std::int64_t size = 0;
  std::int64_t pages = 0;
  statm >> size >> pages;
  return pages * 4096;
}

/// A source and a subscriber that receives its events: the client that others must not affect.
class Witness final {
 public:
  explicit Witness(const ServedDaemon& daemon) : source_(daemon), listener_(daemon) {
    static_cast<void>(source_.greet());
    static_cast<void>(listener_.greet());
    static_cast<void>(listener_.ask<Ok>(R"({"type":"subscribe"})"));
    static_cast<void>(listener_.next<Sessions>());
    source_.send(hook("witness", "SessionStart", R"("source":"startup")"));
    static_cast<void>(listener_.next<SessionRegistered>());
  }
  /// Sends an update and waits for its event; fails after the deadline or out of order.
  void exchange() {
    const auto cost = atm::Money::from_usd(0.01 * ++said_);
    const auto begin = Clock::now();
    source_.send(status_line("witness", 0.01 * said_));
    while (listener_.next<SessionUpdated>().session.domain.cost != cost) {
    }
    longest_ =
        std::max(longest_, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin));
  }
  [[nodiscard]] std::chrono::microseconds longest() const noexcept { return longest_; }

 private:
  Wire source_;
  Wire listener_;
  int said_ = 0;
  std::chrono::microseconds longest_{0};
};

void report(const char* what, const Witness& witness, std::int64_t before, std::int64_t most) {
  std::cout << what << ": resident " << before / 1024 << " KiB before, at most " << most / 1024
            << " KiB; longest exchange of another client " << witness.longest().count() << " us\n";
}

}  // namespace

TEST_CASE("TRAP-W4: 256 MiB without a newline use the memory of one line, and others are served meanwhile",
          "[wire][hostile]") {
  ServedDaemon daemon;
  Witness witness(daemon);
  const std::int64_t before = resident(daemon.process());
  std::int64_t most = before;
  Wire endless(daemon);
  static_cast<void>(endless.greet());
  const std::string block(kMiB, 'x');
  for (int i = 0; i < 256; ++i) {
    endless.send_raw(block);
    most = std::max(most, resident(daemon.process()));
    if (i % 16 == 0) witness.exchange();
  }
  CHECK(endless.next<ErrorReply>().code == WireError::kMessageTooLarge);
  CHECK(endless.is_closed_by_daemon());
  report("TRAP-W4, 256 MiB without a newline", witness, before, most);
  CHECK(most < before + 16 * kMiB);
}

TEST_CASE("TRAP-W5: a thousand silent connections are all closed, and others are served meanwhile",
          "[wire][hostile]") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  ServedDaemon daemon("[plugins.unix]\nmax_connections = 2000\n");
  Witness witness(daemon);
  const std::int64_t before = resident(daemon.process());
  std::vector<Wire> silent;
  for (int i = 0; i < 1000; ++i) {
    silent.emplace_back(daemon);
    if (i % 50 == 0) witness.exchange();
  }
  witness.exchange();
  const std::int64_t most = resident(daemon.process());
  for (Wire& wire : silent) {
    CHECK(wire.next<ErrorReply>().code == WireError::kHandshakeRequired);
    CHECK(wire.is_closed_by_daemon());
  }
  witness.exchange();
  CHECK(daemon.stat({"plugins", "unix", "handshake_timeouts"}) == 1000);
  report("TRAP-W5, 1,000 silent connections", witness, before, most);
  CHECK(most < before + 32 * kMiB);
}

TEST_CASE("TRAP-W5: over the limit of connections silent clients are refused, and accepted ones are served",
          "[wire][hostile]") {
  ServedDaemon daemon("[plugins.unix]\nmax_connections = 64\n");
  Witness witness(daemon);
  std::vector<Wire> silent;
  for (int i = 0; i < 300; ++i) silent.emplace_back(daemon).send(kHello);
  witness.exchange();
  Wire late(daemon);
  CHECK(late.next<ErrorReply>().code == WireError::kTooManyClients);
  silent.clear();
  // There is room again.
  const auto until = Clock::now() + kTimeout;
  for (bool is_in = false; !is_in;) {
    REQUIRE(Clock::now() < until);
    Wire next(daemon);
    next.send(kHello);
    is_in = std::holds_alternative<ServerHello>(next.reply().message);
  }
  witness.exchange();
}

TEST_CASE("TRAP-W1: hundreds of clients that connect, send and close lose nothing and leave nothing behind",
          "[wire][hostile]") {
  ServedDaemon daemon("[plugins.unix]\nmax_connections = 2000\n");
  Witness witness(daemon);
  const std::int64_t before = resident(daemon.process());
  constexpr int kClients = 1000;
  std::atomic<int> gone{0};
  std::thread crowd([&] {
    // At 200 a second and more, without a wait between them.
    for (int i = 0; i < kClients; ++i, ++gone) {
      Wire wire(daemon);
      if (i % 2 == 0)
        wire.send_raw(std::string(kHello) + "\n{\"type\":\"subscribe\"}\n" + status_line("witness", 1000) +
                      "\n");
    }
  });
  std::int64_t most = before;
  while (gone < kClients) {
    most = std::max(most, resident(daemon.process()));
    std::this_thread::yield();
  }
  crowd.join();
  // Half of them sent a message, and all messages arrived.
  CHECK(daemon.stat_reaches({"plugins", "unix", "records"}, 1 + kClients / 2));
  witness.exchange();
  const auto until = Clock::now() + kTimeout;
  // The two of the witness, and the one of the query.
  while (daemon.stat({"plugins", "unix", "connections_open"}) > 3 && Clock::now() < until) {
  }
  CHECK(daemon.stat({"plugins", "unix", "connections_open"}) <= 3);
  report("TRAP-W1, 1,000 clients that vanish", witness, before, most);
  CHECK(most < before + 16 * kMiB);
}

TEST_CASE("TRAP-W2: clients that send slowly, stop within a line, or do not read do not affect others",
          "[wire][hostile]") {
  ServedDaemon daemon("[limits]\nsubscriber_queue = 64\n");
  Witness witness(daemon);
  Wire dribbler(daemon);
  Wire deaf(daemon);
  static_cast<void>(deaf.greet());
  deaf.send(R"({"type":"subscribe","activity":true})");
  const std::string hello = std::string(kHello) + '\n';
  for (std::size_t i = 0; i < hello.size(); ++i) {
    // One byte between two exchanges of the others: slower than they are on any machine.
    dribbler.send_raw({&hello[i], 1});
    {
      Wire torn(daemon);
      torn.send_raw(hello + R"({"type":"register","session_id":"torn)");
    }
    witness.exchange();
  }
  CHECK(dribbler.next<ServerHello>().accepted);
  // A last line without a newline is a line (WIRE-F4); half an object is invalid.
  CHECK(daemon.stat_reaches({"plugins", "unix", "error_invalid_json"},
                            static_cast<std::int64_t>(hello.size())));
  CHECK(daemon.sessions().size() == 1);
}
