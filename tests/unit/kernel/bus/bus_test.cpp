// SPDX-License-Identifier: MIT
// Guarantees of a subscription: order, conflation, gaps, one call of ready; TRAP-W2, TRAP-W3.
#include "kernel/bus/bus.hpp"

#include "../registry/actor_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

std::vector<std::uint32_t> kinds(const EventRecorder& client) {
  std::vector<std::uint32_t> all;
  for (const Received& one : client.received) all.push_back(one.kind);
  return all;
}

/// A subscriber that has received its first snapshot.
void settle(ActorFixture& registry, EventRecorder& client) {
  registry.registry->run_until_idle();
  client.drain();
  client.received.clear();
  client.ready_calls = 0;
}

}  // namespace

TEST_CASE("a subscription starts with a snapshot and continues without a hole") {
  ActorFixture registry;
  registry.observe(started("s1"));
  EventRecorder client(registry.bus);
  CHECK(client.drain() == ATM_SKIP);
  CHECK(registry.bus.snapshot_wanted());
  CHECK(registry.registry->observe(started("s2").copy()) == ATM_OK);
  registry.registry->run_until_idle();
  CHECK_FALSE(registry.bus.snapshot_wanted());
  registry.observe(started("s3"));
  CHECK(client.drain() == ATM_OK);
  CHECK(kinds(client) == std::vector{ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_SNAPSHOT_ITEM,
                                     ATM_EVENT_SNAPSHOT_ITEM, ATM_EVENT_SNAPSHOT_END,
                                     ATM_EVENT_SESSION_REGISTERED});
  CHECK(client.received[0].seq == 4);
  CHECK(client.received[1].session == "s1");
  CHECK(client.received[2].session == "s2");
  CHECK(client.received[4].seq == 6);
  CHECK(client.drain() == ATM_SKIP);
}

TEST_CASE("OBS-E1: state events conflate per session, and the newest one moves to the end") {
  ActorFixture registry;
  registry.observe(started("s1"));
  EventRecorder client(registry.bus);
  settle(registry, client);
  registry.observe(observed("prompt.submitted").of("s1"));
  registry.observe(started("s2"));
  registry.observe(observed("prompt.submitted").of("s2"));
  registry.observe(tool_started("t1").of("s1"));
  client.drain();
  REQUIRE(client.received.size() == 2);
  CHECK(client.received[0].session == "s2");
  CHECK(client.received[0].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(client.received[0].rev == 2);
  CHECK(client.received[1].session == "s1");
  CHECK(client.received[1].kind == ATM_EVENT_SESSION_UPDATED);
  CHECK(client.received[1].json.find("running_tool") != std::string::npos);
  CHECK(registry.bus.stats().conflated == 2);
}

TEST_CASE("a subscription to one activity type gets it and removals, and encodes no session") {
  ActorFixture registry;
  EventRecorder client(registry.bus, true, {}, 0, "process.bound");
  settle(registry, client);
  registry.observe(started("s1"));
  registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  registry.observe(observed("prompt.submitted"));
  registry.observe(observed("session.replaced", {{"by", std::string("s2")}}));
  client.drain();
  REQUIRE(kinds(client) == std::vector{ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_REMOVED});
  CHECK(client.received[0].type == "process.bound");
  CHECK(client.received[0].json.find("\"pid\":7") != std::string::npos);
  CHECK(client.received[1].session == "s1");
  CHECK_FALSE(registry.bus.wants_json({ATM_EVENT_SESSION_UPDATED, "s2", {}}));
  CHECK(registry.bus.stats().dropped == 0);

  // The new session inherited its process without an event, so the next binding is not redundant.
  client.received.clear();
  registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}).of("s2"));
  client.drain();
  REQUIRE(client.received.size() == 1);
  CHECK(client.received[0].session == "s2");

  EventRecorder half_asked(registry.bus, false, {}, 0, "process.bound");
  CHECK(half_asked.opened == ATM_E_INVALID);
}

TEST_CASE("a removal replaces pending state events of its session") {
  ActorFixture registry;
  EventRecorder client(registry.bus);
  settle(registry, client);
  registry.observe(started("s1"));
  registry.observe(observed("session.ended"));
  registry.tick(30s);
  client.drain();
  REQUIRE(client.received.size() == 1);
  CHECK(client.received[0].kind == ATM_EVENT_SESSION_REMOVED);
  CHECK(client.received[0].type == "ended");
}

TEST_CASE("activity is not conflated, precedes its state, and reaches only its subscriptions") {
  ActorFixture registry;
  EventRecorder all(registry.bus, true);
  EventRecorder states(registry.bus);
  settle(registry, all);
  settle(registry, states);
  registry.observe(observed("prompt.submitted"));
  all.drain();
  states.drain();
  registry.observe(tool_started("t1"));
  registry.observe(tool_finished("t1"));
  all.drain();
  states.drain();
  CHECK(kinds(all) == std::vector{ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_REGISTERED, ATM_EVENT_ACTIVITY,
                                  ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_UPDATED});
  CHECK(all.received[0].type == "prompt.submitted");
  CHECK(all.received[0].json.find("\"session_id\":\"s1\"") != std::string::npos);
  CHECK(all.received[1].json.find("\"seq\":" + std::to_string(all.received[0].seq)) != std::string::npos);
  CHECK(kinds(states) == std::vector{ATM_EVENT_SESSION_REGISTERED, ATM_EVENT_SESSION_UPDATED});
}

TEST_CASE("a subscription to one session gets no event of another") {
  ActorFixture registry;
  registry.observe(started("s1"));
  registry.observe(started("s2"));
  EventRecorder client(registry.bus, true, "s2");
  registry.registry->run_until_idle();
  registry.observe(observed("prompt.submitted").of("s1"));
  registry.observe(observed("prompt.submitted").of("s2"));
  client.drain();
  CHECK(kinds(client) == std::vector{ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_SNAPSHOT_ITEM,
                                     ATM_EVENT_SNAPSHOT_END, ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_UPDATED});
  for (const Received& one : client.received) CHECK((one.session.empty() || one.session == "s2"));
}

TEST_CASE("ready is called once until a drain empties the queue") {
  ActorFixture registry;
  EventRecorder client(registry.bus);
  settle(registry, client);
  registry.observe(started("s1"));
  registry.observe(started("s2"));
  CHECK(client.ready_calls == 1);
  client.drain(1);
  registry.observe(started("s3"));
  CHECK(client.ready_calls == 1);
  client.drain();
  registry.observe(started("s4"));
  CHECK(client.ready_calls == 2);
}

TEST_CASE("a sink that stops the drain loses no event") {
  ActorFixture registry;
  EventRecorder client(registry.bus);
  settle(registry, client);
  registry.observe(started("s1"));
  registry.observe(started("s2"));
  client.answer = ATM_E_BUSY;
  CHECK(client.drain() == ATM_OK);
  CHECK(client.received.size() == 1);
  client.answer = ATM_OK;
  CHECK(client.drain() == ATM_OK);
  CHECK(client.received.size() == 2);
}

TEST_CASE("TRAP-W3: an overflow is announced, counted and followed by a snapshot", "[TRAP-W3]") {
  ActorFixture registry;
  EventRecorder client(registry.bus, true, "", 4);
  settle(registry, client);
  registry.observe(started("s1"));
  for (int i = 0; i < 10; ++i) registry.observe(observed("usage.reported"));
  CHECK(registry.bus.stats().gaps == 1);
  CHECK(client.ready_calls == 1);
  CHECK(client.drain() == ATM_SKIP);  // the subscriber drains again, which requests the snapshot
  CHECK(client.received.empty());
  registry.registry->run_until_idle();
  CHECK(client.ready_calls == 2);
  registry.observe(observed("prompt.submitted"));
  client.drain();
  CHECK(kinds(client) == std::vector{ATM_EVENT_GAP, ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_SNAPSHOT_ITEM,
                                     ATM_EVENT_SNAPSHOT_END, ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_UPDATED});
  // 11 observations make 22 events; 3 of them were conflated before the fifth overflowed the queue.
  CHECK(client.missed == 19);
  CHECK(registry.bus.stats().dropped == 19);
  CHECK(registry.bus.stats().conflated == 3);
}

TEST_CASE("TRAP-W2: a subscriber that never reads holds no events and affects no other", "[TRAP-W2]") {
  ActorFixture registry;
  EventRecorder stuck(registry.bus, true);
  EventRecorder reader(registry.bus, true);
  settle(registry, reader);
  registry.observe(started("s1"));
  reader.drain();
  for (int i = 0; i < 5000; ++i) {
    registry.observe(observed("usage.reported"));
    reader.drain();
  }
  CHECK(registry.bus.stats().queued == 0);
  CHECK(registry.bus.stats().gaps == 1);
  CHECK(reader.missed == 0);
  CHECK(reader.received.size() == 2 * 5001);
}

TEST_CASE("an unread snapshot is dropped when the queue behind it overflows") {
  ActorFixture registry;
  registry.observe(started("s1"));
  EventRecorder client(registry.bus, true, "", 2);
  registry.registry->run_until_idle();
  client.drain(1);
  for (int i = 0; i < 5; ++i) registry.observe(observed("usage.reported"));
  client.drain();
  registry.registry->run_until_idle();
  client.drain();
  CHECK(kinds(client) == std::vector{ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_GAP, ATM_EVENT_SNAPSHOT_BEGIN,
                                     ATM_EVENT_SNAPSHOT_ITEM, ATM_EVENT_SNAPSHOT_END});
}

TEST_CASE("the number of subscribers is limited, and a closed one frees its place") {
  ActorFixture registry({}, {.epoch = 1, .max_subscribers = 2});
  EventRecorder one(registry.bus);
  {
    EventRecorder two(registry.bus);
    EventRecorder three(registry.bus);
    CHECK(two.opened == ATM_OK);
    CHECK(three.opened == ATM_E_FULL);
  }
  EventRecorder four(registry.bus);
  CHECK(four.opened == ATM_OK);
  CHECK(four.id != one.id);
  CHECK(registry.bus.stats().subscribers == 2);
  CHECK(registry.bus.stats().subscribers_refused == 1);
  const atm_event_sink sink{sizeof sink, 0, nullptr,
                            [](void*, const atm_event*) -> atm_status { return ATM_OK; }};
  CHECK(registry.bus.drain(99, 0, sink) == ATM_E_NOT_FOUND);
  CHECK(registry.bus.unsubscribe(99) == ATM_E_NOT_FOUND);
}

TEST_CASE("a closed bus delivers the queued events, then returns E_CLOSED") {
  ActorFixture registry;
  EventRecorder client(registry.bus);
  settle(registry, client);
  registry.observe(started("s1"));
  registry.bus.close();
  CHECK(client.drain() == ATM_OK);
  CHECK(client.received.size() == 1);
  CHECK(client.drain() == ATM_E_CLOSED);
  EventRecorder late(registry.bus);
  CHECK(late.opened == ATM_E_CLOSED);
}

TEST_CASE("without readers no event is encoded") {
  int encoded = 0;
  RegistryActorOptions options;
  options.encoder.session = [&encoded](const SessionDomain&, const SessionRuntime&) {
    return ++encoded, "{}";
  };
  ActorFixture registry(std::move(options));
  registry.observe(started("s1"));
  for (int i = 0; i < 10; ++i) registry.observe(observed("usage.reported"));
  CHECK(encoded == 0);
  {
    EventRecorder client(registry.bus);
    registry.registry->run_until_idle();
    CHECK(encoded == 1);
    std::vector<Observation> burst;
    for (int i = 0; i < 50; ++i) burst.push_back(observed("usage.reported").copy());
    const atm_status taken = registry.registry->observe_all(std::move(burst));
    CHECK(taken == ATM_OK);
    registry.registry->run_until_idle();
    CHECK(encoded == 2);
  }
  registry.observe(observed("usage.reported"));
  CHECK(encoded == 2);
}
