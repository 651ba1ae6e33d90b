// SPDX-License-Identifier: MIT
// Timeouts and announced attention: section 8 of state.md.
#include <thread>

#include "kernel/registry/registry.hpp"
#include "registry_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

std::vector<std::string> edges(EventRecorder& client) {
  client.drain();
  std::vector<std::string> types;
  for (const Received& one : client.received) {
    if (one.kind == ATM_EVENT_ACTIVITY && one.type.starts_with("attention.")) types.push_back(one.type);
  }
  return types;
}

void pass(RegistryFixture& registry, std::chrono::nanoseconds silence) {
  registry.mono_ns += silence.count();
  registry.registry->run_until_idle();
}

}  // namespace

TEST_CASE("STATE-A2: confirmed attention is a numbered activity event of the registry") {
  RegistryFixture registry;
  EventRecorder client(registry.bus, true);
  registry.registry->run_until_idle();
  registry.observe(prompt("p1"));
  CHECK(edges(client).empty());
  registry.observe(permission("Write"));
  CHECK(edges(client).empty());
  pass(registry, 999ms);
  CHECK(edges(client).empty());
  pass(registry, 1ms);
  REQUIRE(edges(client) == std::vector<std::string>{"attention.raised"});
  const Received& raised = client.received.back();
  CHECK(raised.json.find("\"registry\"") != std::string::npos);
  CHECK(raised.json.find("\"permission\"") != std::string::npos);
  CHECK(raised.json.find("\"Write\"") != std::string::npos);
  CHECK(raised.rev == 3);
  registry.observe(observed("input.resolved"));
  CHECK(edges(client).size() == 1);
  pass(registry, 2s);
  CHECK(edges(client) == std::vector<std::string>{"attention.raised", "attention.cleared"});
  std::uint64_t seq = 0;
  for (const Received& one : client.received) {
    if (one.kind == ATM_EVENT_SNAPSHOT_BEGIN || one.kind == ATM_EVENT_SNAPSHOT_ITEM) continue;
    if (one.kind > ATM_EVENT_ACTIVITY) continue;
    CHECK(one.seq == ++seq);
  }
  CHECK(registry.registry->stats().events == seq);
}

TEST_CASE("the registry processes all input before timeouts") {
  RegistryFixture registry;
  EventRecorder client(registry.bus, true);
  registry.registry->run_until_idle();
  registry.observe(prompt("p1"));
  registry.observe(permission());
  registry.mono_ns += 5'000'000'000;
  registry.observe(observed("input.resolved"));
  CHECK(edges(client).empty());
}

TEST_CASE("TRAP-S11: a night's sleep doubts nothing", "[TRAP-S11]") {
  RegistryFixture registry;
  registry.observe(prompt("p1"));
  pass(registry, 8h);
  CHECK(registry.sessions().at("s1").find("\"certain\":true") != std::string::npos);
  registry.tick(0s);
  pass(registry, 10s);
  CHECK(registry.sessions().at("s1").find("\"certain\":false") != std::string::npos);
}

TEST_CASE("a removed session has no timeout, and its attention is cleared") {
  RegistryFixture registry;
  EventRecorder client(registry.bus, true);
  registry.registry->run_until_idle();
  registry.observe(prompt("p1"));
  registry.observe(observed("turn.finished", {{"outcome", std::string("error")}}));
  registry.observe(observed("session.replaced", {{"by", std::string("s2")}}));
  CHECK(edges(client) == std::vector<std::string>{"attention.raised", "attention.cleared"});
  pass(registry, 1h);
  CHECK_FALSE(registry.has("s1"));
}

TEST_CASE("the timeouts of many sessions run in order of time") {
  RegistryFixture registry;
  EventRecorder client(registry.bus, true);
  registry.registry->run_until_idle();
  for (int i = 0; i < 20; ++i) {
    registry.observe(permission().of("s" + std::to_string(i)));
    registry.mono_ns += 10'000'000;
  }
  pass(registry, 2s);
  client.drain();
  std::vector<std::string> order;
  for (const Received& one : client.received) {
    if (one.type == "attention.raised") order.push_back(one.session);
  }
  REQUIRE(order.size() == 20);
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == "s" + std::to_string(i));
}

TEST_CASE("a registry without input wakes for its next timeout") {
  RegistryOptions options;
  options.timeouts.confirm = 20ms;
  options.monotonic_ns = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  Bus bus({.epoch = 7});
  Registry registry(std::move(options), bus);
  std::thread thread([&registry] { registry.run(); });
  EventRecorder client(bus, true);
  CHECK(registry.observe(permission().copy()) == ATM_OK);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (edges(client).empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(edges(client) == std::vector<std::string>{"attention.raised"});
  registry.stop();
  thread.join();
}
