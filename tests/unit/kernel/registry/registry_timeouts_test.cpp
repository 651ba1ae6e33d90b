// SPDX-License-Identifier: MIT
// Timeouts and announced attention: section 8 of state.md.
#include "kernel/registry/registry.hpp"
#include "registry_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

std::vector<std::string> edges(const RegistryFixture& registry) {
  std::vector<std::string> types;
  for (const Received& one : registry.log.events) {
    if (one.kind == ATM_EVENT_ACTIVITY && one.type.starts_with("attention.")) types.push_back(one.type);
  }
  return types;
}

}  // namespace

TEST_CASE("STATE-A2: confirmed attention is a numbered activity event of the registry") {
  RegistryFixture registry;
  registry.observe(prompt("p1"));
  CHECK(edges(registry).empty());
  registry.observe(permission("Write"));
  CHECK(edges(registry).empty());
  registry.pass(999ms);
  CHECK(edges(registry).empty());
  registry.pass(1ms);
  REQUIRE(edges(registry) == std::vector<std::string>{"attention.raised"});
  const Received& raised = registry.log.events.back();
  CHECK(raised.json.find("\"registry\"") != std::string::npos);
  CHECK(raised.json.find("\"permission\"") != std::string::npos);
  CHECK(raised.json.find("\"Write\"") != std::string::npos);
  CHECK(raised.rev == 3);
  registry.observe(observed("input.resolved"));
  CHECK(edges(registry).size() == 1);
  registry.pass(2s);
  CHECK(edges(registry) == std::vector<std::string>{"attention.raised", "attention.cleared"});
  std::uint64_t seq = 0;
  for (const Received& one : registry.log.events) {
    if (one.kind == ATM_EVENT_SNAPSHOT_BEGIN || one.kind == ATM_EVENT_SNAPSHOT_ITEM) continue;
    if (one.kind > ATM_EVENT_ACTIVITY) continue;
    CHECK(one.seq == ++seq);
  }
  CHECK(registry.registry.counts().events == seq);
}

TEST_CASE("the registry processes all input before timeouts") {
  RegistryFixture registry;
  registry.observe(prompt("p1"));
  registry.observe(permission());
  registry.mono_ns += 5'000'000'000;
  registry.observe(observed("input.resolved"));
  CHECK(edges(registry).empty());
}

TEST_CASE("TRAP-S11: a night's sleep doubts nothing", "[TRAP-S11]") {
  RegistryFixture registry;
  registry.observe(prompt("p1"));
  registry.pass(8h);
  CHECK(registry.sessions().at("s1").find("\"certain\":true") != std::string::npos);
  registry.tick(0s);
  registry.pass(10s);
  CHECK(registry.sessions().at("s1").find("\"certain\":false") != std::string::npos);
}

TEST_CASE("a removed session has no timeout, and its attention is cleared") {
  RegistryFixture registry;
  registry.observe(prompt("p1"));
  registry.observe(observed("turn.finished", {{"outcome", std::string("error")}}));
  registry.observe(observed("session.replaced", {{"by", std::string("s2")}}));
  CHECK(edges(registry) == std::vector<std::string>{"attention.raised", "attention.cleared"});
  registry.pass(1h);
  CHECK_FALSE(registry.has("s1"));
}

TEST_CASE("the timeouts of many sessions run in order of time") {
  RegistryFixture registry;
  for (int i = 0; i < 20; ++i) {
    registry.observe(permission().of("s" + std::to_string(i)));
    registry.mono_ns += 10'000'000;
  }
  registry.pass(2s);
  std::vector<std::string> order;
  for (const Received& one : registry.log.events) {
    if (one.type == "attention.raised") order.push_back(one.session);
  }
  REQUIRE(order.size() == 20);
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == "s" + std::to_string(i));
}
