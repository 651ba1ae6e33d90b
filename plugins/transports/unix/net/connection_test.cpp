// SPDX-License-Identifier: MIT
// A connection that runs out of memory.
#include "net/connection.hpp"

#include <sys/socket.h>

#include <array>
#include <atm/testing.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "protocol/peer_test_support.hpp"
#include "support/catch.hpp"

namespace {

/// Number of allocations of this thread before one fails; 0: none fails.
thread_local int allocations_until_failure = 0;

void* allocate(std::size_t size) noexcept {
  if (allocations_until_failure > 0 && --allocations_until_failure == 0) return nullptr;
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* const memory = allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
// Not inline: GCC would warn of a mismatch if it saw `new` and std::free together.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

using namespace unix_socket;
using namespace unix_socket::test;

namespace {

/// Two connections over real sockets, and the loop that serves them.
class TwoConnections final {
 public:
  TwoConnections() {
    for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{2}}) {
      std::array<int, 2> ends{};
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
      agents_[id] = atm::FileDescriptor(ends[1]);
      Connection::Socket socket(io_, boost::asio::local::stream_protocol(), ends[0]);
      open_[id] = std::make_shared<Connection>(std::move(socket), context_, id, 0, std::span<char>(buffer_),
                                               [this](std::uint64_t closed) { open_.erase(closed); });
      open_[id]->start();
      send(id, kHello);
    }
    run_ready();
  }
  ~TwoConnections() {
    while (!open_.empty()) close(open_.begin()->first);
    run_ready();
  }
  TwoConnections(const TwoConnections&) = delete;
  TwoConnections& operator=(const TwoConnections&) = delete;

  void send(std::uint64_t id, const std::string& text) {
    REQUIRE(::send(agents_[id].get(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  /// Runs the handlers that are ready, without waiting for a timer.
  void run_ready() {
    io_.restart();
    io_.poll();
  }
  /// Does the work of the server loop for a connection at the head of the queue.
  void settle(std::uint64_t id) {
    if (const auto found = open_.find(id); found != open_.end()) std::shared_ptr(found->second)->settle();
  }
  [[nodiscard]] bool is_open(std::uint64_t id) const { return open_.count(id) != 0; }

  atm::testing::FakeHost host;

 private:
  void close(std::uint64_t id) { std::shared_ptr(open_.at(id))->close(); }

  boost::asio::io_context io_;
  ServerContext context_{atm::Host(host.c()), Settings{}, std::make_shared<CrossThreadQueue>([] {})};
  std::array<char, 4096> buffer_{};
  std::map<std::uint64_t, atm::FileDescriptor> agents_;
  std::map<std::uint64_t, std::shared_ptr<Connection>> open_;
};

/// Runs the step with its `nth` allocation failing; returns whether it failed.
template <class Step>
bool fails_at(int nth, const Step& step) {
  allocations_until_failure = nth;
  bool has_failed = false;
  try {
    step();
  } catch (const std::bad_alloc&) {
    has_failed = true;
  }
  allocations_until_failure = 0;
  return has_failed;
}

std::string ingest(const std::string& name) {
  return R"({"type":"ingest","channel":"c/h","payload":{"name":")" + name +
         R"("},"ack":true,"id":"an id that is longer than a short string"})"
         "\n";
}

}  // namespace

TEST_CASE("a connection that runs out of memory is closed, and the next one is served", "[unix]") {
  const bool is_input = GENERATE(true, false);
  CAPTURE(is_input);
  int failures = 0;
  for (int nth = 1;; ++nth) {
    CAPTURE(nth);
    TwoConnections connections;
    connections.host.set_ingest_status(atm::Status::kBusy);
    connections.send(1, ingest("first"));
    if (!is_input) {
      connections.run_ready();
      connections.send(2, ingest("second"));
      connections.run_ready();
      connections.host.set_ingest_status(atm::Status::kSkip);
    }
    const bool has_failed =
        fails_at(nth, [&] { is_input ? connections.run_ready() : connections.settle(1); });
    connections.host.set_ingest_status(atm::Status::kOk);
    connections.run_ready();
    CHECK(connections.is_open(1) == !has_failed);
    if (!has_failed) break;
    ++failures;
    if (is_input) connections.send(2, ingest("second"));
    connections.run_ready();
    connections.settle(2);
    const auto records = connections.host.records();
    REQUIRE(records.size() == 1);
    CHECK(contains(records[0].payload, "second"));
  }
  CHECK(failures > 0);
}
