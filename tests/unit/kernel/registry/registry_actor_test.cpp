// SPDX-License-Identifier: MIT
// Mailbox, answers, failure and waking of the actor; TRAP-W9.
#include "kernel/registry/actor/registry_actor.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "actor_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

TEST_CASE("a snapshot includes all earlier observations, and reports an unknown session") {
  ActorFixture registry;
  CHECK(registry.registry->observe(started("s1").copy()) == ATM_OK);
  struct Answer {
    atm_status status = ATM_SKIP;
    std::uint64_t seq = 0;
    std::vector<std::string> items;
    static void take(void* self, atm_status status, std::uint64_t seq, const atm_str* items,
                     std::uint64_t count) {
      auto& to = *static_cast<Answer*>(self);
      to.status = status;
      to.seq = seq;
      for (std::uint64_t i = 0; i < count; ++i) to.items.emplace_back(text_of(items[i]));
    }
  };
  Answer one;
  Answer none;
  Answer all;
  CHECK(registry.registry->snapshot("s1", &Answer::take, &one) == ATM_OK);
  CHECK(registry.registry->snapshot("nobody", &Answer::take, &none) == ATM_OK);
  CHECK(registry.registry->snapshot("", &Answer::take, &all) == ATM_OK);
  registry.registry->run_until_idle();
  CHECK(one.status == ATM_OK);
  REQUIRE(one.items.size() == 1);
  CHECK(one.items[0].find("\"s1\"") != std::string::npos);
  CHECK(none.status == ATM_E_NOT_FOUND);
  CHECK(all.items == one.items);
  CHECK(all.seq == 2);
}

TEST_CASE("a full mailbox refuses observations and counts them by origin") {
  RegistryActorOptions options;
  options.mailbox = 2;
  ActorFixture registry(std::move(options));
  std::vector<Observation> three;
  for (int i = 0; i < 3; ++i) three.push_back(started("s").copy());
  const atm_status too_many = registry.registry->observe_all(std::move(three));
  CHECK(too_many == ATM_E_TOO_LARGE);
  CHECK(registry.registry->observe(started("s1").copy()) == ATM_OK);
  std::vector<Observation> two;
  for (int i = 0; i < 2; ++i) two.push_back(started("s").from("x/hook").copy());
  const atm_status refused = registry.registry->observe_all(std::move(two));
  CHECK(refused == ATM_E_BUSY);
  CHECK(registry.registry->observe(started("s2").copy()) == ATM_OK);
  CHECK(registry.registry->observe(started("s3").from("y/hook").copy()) == ATM_E_BUSY);
  registry.registry->run_until_idle();
  CHECK(registry.sessions().size() == 2);
  const RegistryStats stats = registry.registry->stats();
  CHECK(stats.dropped_busy.counts().at("x/hook") == 2);
  CHECK(stats.dropped_busy.counts().at("y/hook") == 1);
}

TEST_CASE("TRAP-W9: a failed registry returns E_CLOSED to every caller, unlike a full one", "[TRAP-W9]") {
  RegistryActorOptions options;
  bool broken = false;
  options.encoder.session = [&broken](const SessionDomain&, const SessionRuntime&) -> std::string {
    if (broken) throw std::runtime_error("encoder broke");
    return "{}";
  };
  ActorFixture registry(std::move(options));
  EventRecorder client(registry.bus);
  registry.observe(started("s1"));
  broken = true;
  atm_status waiting = ATM_SKIP;
  const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
  CHECK(registry.registry->observe(observed("prompt.submitted").copy(), ATM_EXPECT_ANY, done, &waiting) ==
        ATM_OK);
  const int calls = client.ready_calls;
  client.drain();
  registry.registry->run_until_idle();
  CHECK(registry.registry->is_dead());
  CHECK(registry.registry->stats().dead);
  CHECK(registry.death == "encoder broke");
  CHECK(waiting == ATM_E_CLOSED);
  CHECK(registry.registry->observe(started("s2").copy()) == ATM_E_CLOSED);
  CHECK(registry.registry->tick({}) == ATM_E_CLOSED);
  CHECK(registry.registry->snapshot(
            "", [](void*, atm_status, std::uint64_t, const atm_str*, std::uint64_t) {}, nullptr) ==
        ATM_E_CLOSED);
  CHECK(client.ready_calls > calls);
  CHECK(client.drain() == ATM_E_CLOSED);
}

TEST_CASE("TRAP-W9: messages queued behind the failure are answered, too", "[TRAP-W9]") {
  RegistryActorOptions options;
  options.encoder.session = [](const SessionDomain&, const SessionRuntime&) -> std::string {
    throw std::runtime_error("encoder broke");
  };
  ActorFixture registry(std::move(options));
  std::vector<atm_status> answers(3, ATM_SKIP);
  const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
  const auto shown = [](void* to, atm_status what, std::uint64_t, const atm_str*, std::uint64_t) {
    *static_cast<atm_status*>(to) = what;
  };
  CHECK(registry.registry->observe(started("s1").copy(), ATM_EXPECT_ANY, done, &answers[0]) == ATM_OK);
  CHECK(registry.registry->snapshot("s1", shown, &answers[1]) == ATM_OK);
  CHECK(registry.registry->observe(started("s2").copy(), ATM_EXPECT_ANY, done, &answers[2]) == ATM_OK);
  registry.registry->run_until_idle();
  CHECK(answers == std::vector<atm_status>{ATM_OK, ATM_E_CLOSED, ATM_E_CLOSED});
  CHECK(registry.registry->is_dead());
}

TEST_CASE("a destroyed registry answers every waiting caller") {
  atm_status waiting = ATM_SKIP;
  {
    ActorFixture registry;
    const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
    CHECK(registry.registry->observe(started("s1").copy(), ATM_EXPECT_ANY, done, &waiting) == ATM_OK);
  }
  CHECK(waiting == ATM_E_CLOSED);
}

TEST_CASE("a registry without input wakes for its next timeout") {
  RegistryActorOptions options;
  options.timeouts.confirm = 20ms;
  options.monotonic_ns = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  Bus bus({.epoch = 7});
  RegistryActor registry(std::move(options), bus);
  std::thread thread([&registry] { registry.run(); });
  EventRecorder client(bus, true);
  CHECK(registry.observe(permission().copy()) == ATM_OK);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto is_raised = [&client] {
    client.drain();
    return std::any_of(client.received.begin(), client.received.end(),
                       [](const Received& one) { return one.type == "attention.raised"; });
  };
  while (!is_raised() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(is_raised());
  registry.stop();
  thread.join();
}

TEST_CASE("the removal of a session replaces its other events of the batch") {
  ActorFixture actor;
  EventRecorder client(actor.bus);
  actor.observe(started("s1"));
  client.drain();
  client.received.clear();
  actor.observe(observed("session.replaced", {{"by", std::string("s2")}}));
  client.drain();
  REQUIRE(client.received.size() == 2);
  CHECK(client.received[0].kind == ATM_EVENT_SESSION_REMOVED);
  CHECK(client.received[0].session == "s1");
  CHECK(client.received[1].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(client.received[1].session == "s2");
}
