// SPDX-License-Identifier: MIT
// What a subscription promises: order, conflation, gaps, one call of ready; TRAP-W2, TRAP-W3.
#include "kernel/bus/bus.hpp"

#include "../registry/running.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

std::vector<std::uint32_t> kinds(const Client& client) {
  std::vector<std::uint32_t> all;
  for (const Received& one : client.received) all.push_back(one.kind);
  return all;
}

/// A subscriber that has its first snapshot behind it.
void settle(Running& running, Client& client) {
  running.registry->run_until_idle();
  client.drain();
  client.received.clear();
  client.ready_calls = 0;
}

}  // namespace

TEST_CASE("a subscription begins with a snapshot and goes on after it without a hole") {
  Running running;
  running.tell(started("s1"));
  Client client(running.bus);
  CHECK(client.drain() == ATM_SKIP);
  CHECK(running.bus.snapshot_wanted());
  CHECK(running.registry->observe(started("s2").copy()) == ATM_OK);
  running.registry->run_until_idle();
  CHECK_FALSE(running.bus.snapshot_wanted());
  running.tell(started("s3"));
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

TEST_CASE("state conflates for each session, the newest wins and takes the newest place") {
  Running running;
  running.tell(started("s1"));
  Client client(running.bus);
  settle(running, client);
  running.tell(told("prompt.submitted").of("s1"));
  running.tell(started("s2"));
  running.tell(told("prompt.submitted").of("s2"));
  running.tell(tool_started("t1").of("s1"));
  client.drain();
  REQUIRE(client.received.size() == 2);
  CHECK(client.received[0].session == "s2");
  CHECK(client.received[0].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(client.received[0].rev == 2);
  CHECK(client.received[1].session == "s1");
  CHECK(client.received[1].kind == ATM_EVENT_SESSION_UPDATED);
  CHECK(client.received[1].json.find("running_tool") != std::string::npos);
  CHECK(running.bus.stats().conflated == 2);
}

TEST_CASE("who asks for one type of activity gets it and removals, and no session's JSON is made for that") {
  Running running;
  Client client(running.bus, true, {}, 0, "process.bound");
  settle(running, client);
  running.tell(started("s1"));
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  running.tell(told("prompt.submitted"));
  running.tell(told("session.replaced", {{"by", std::string("s2")}}));
  client.drain();
  REQUIRE(kinds(client) == std::vector{ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_REMOVED});
  CHECK(client.received[0].type == "process.bound");
  CHECK(client.received[0].json.find("\"pid\":7") != std::string::npos);
  CHECK(client.received[1].session == "s1");
  CHECK_FALSE(running.bus.wants_json({ATM_EVENT_SESSION_UPDATED, "s2", {}}));
  CHECK(running.bus.stats().dropped == 0);

  // The new session inherited its process: that nobody was told, so the next binding is no repetition.
  client.received.clear();
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}}).of("s2"));
  client.drain();
  REQUIRE(client.received.size() == 1);
  CHECK(client.received[0].session == "s2");

  Client half_asked(running.bus, false, {}, 0, "process.bound");
  CHECK(half_asked.opened == ATM_E_INVALID);
}

TEST_CASE("a removal replaces what was pending of its session") {
  Running running;
  Client client(running.bus);
  settle(running, client);
  running.tell(started("s1"));
  running.tell(told("session.ended"));
  running.tick(30s);
  client.drain();
  REQUIRE(client.received.size() == 1);
  CHECK(client.received[0].kind == ATM_EVENT_SESSION_REMOVED);
  CHECK(client.received[0].type == "ended");
}

TEST_CASE("activity is not conflated, comes before the state it caused, and only to who asked") {
  Running running;
  Client all(running.bus, true);
  Client states(running.bus);
  settle(running, all);
  settle(running, states);
  running.tell(told("prompt.submitted"));
  all.drain();
  states.drain();
  running.tell(tool_started("t1"));
  running.tell(tool_finished("t1"));
  all.drain();
  states.drain();
  CHECK(kinds(all) == std::vector{ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_REGISTERED, ATM_EVENT_ACTIVITY,
                                  ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_UPDATED});
  CHECK(all.received[0].type == "prompt.submitted");
  CHECK(all.received[0].json.find("\"session_id\":\"s1\"") != std::string::npos);
  CHECK(all.received[1].json.find("\"seq\":" + std::to_string(all.received[0].seq)) != std::string::npos);
  CHECK(kinds(states) == std::vector{ATM_EVENT_SESSION_REGISTERED, ATM_EVENT_SESSION_UPDATED});
}

TEST_CASE("a subscription to one session hears of no other") {
  Running running;
  running.tell(started("s1"));
  running.tell(started("s2"));
  Client client(running.bus, true, "s2");
  running.registry->run_until_idle();
  running.tell(told("prompt.submitted").of("s1"));
  running.tell(told("prompt.submitted").of("s2"));
  client.drain();
  CHECK(kinds(client) == std::vector{ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_SNAPSHOT_ITEM,
                                     ATM_EVENT_SNAPSHOT_END, ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_UPDATED});
  for (const Received& one : client.received) CHECK((one.session.empty() || one.session == "s2"));
}

TEST_CASE("ready is called once until a drain has emptied the queue") {
  Running running;
  Client client(running.bus);
  settle(running, client);
  running.tell(started("s1"));
  running.tell(started("s2"));
  CHECK(client.ready_calls == 1);
  client.drain(1);
  running.tell(started("s3"));
  CHECK(client.ready_calls == 1);
  client.drain();
  running.tell(started("s4"));
  CHECK(client.ready_calls == 2);
}

TEST_CASE("a sink that has enough ends the drain, and loses nothing") {
  Running running;
  Client client(running.bus);
  settle(running, client);
  running.tell(started("s1"));
  running.tell(started("s2"));
  client.answer = ATM_E_BUSY;
  CHECK(client.drain() == ATM_OK);
  CHECK(client.received.size() == 1);
  client.answer = ATM_OK;
  CHECK(client.drain() == ATM_OK);
  CHECK(client.received.size() == 2);
}

TEST_CASE("TRAP-W3: what overflows is announced, counted, and healed by a snapshot", "[TRAP-W3]") {
  Running running;
  Client client(running.bus, true, "", 4);
  settle(running, client);
  running.tell(started("s1"));
  for (int i = 0; i < 10; ++i) running.tell(told("usage.reported"));
  CHECK(running.bus.stats().gaps == 1);
  CHECK(client.ready_calls == 1);
  CHECK(client.drain() == ATM_SKIP);  // it is back: the snapshot is asked for now
  CHECK(client.received.empty());
  running.registry->run_until_idle();
  CHECK(client.ready_calls == 2);
  running.tell(told("prompt.submitted"));
  client.drain();
  CHECK(kinds(client) == std::vector{ATM_EVENT_GAP, ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_SNAPSHOT_ITEM,
                                     ATM_EVENT_SNAPSHOT_END, ATM_EVENT_ACTIVITY, ATM_EVENT_SESSION_UPDATED});
  // 11 observations make 22 events, of which 3 had been conflated before the fifth did not fit.
  CHECK(client.missed == 19);
  CHECK(running.bus.stats().dropped == 19);
  CHECK(running.bus.stats().conflated == 3);
}

TEST_CASE("TRAP-W2: a subscriber that never reads holds nothing, and the others miss nothing", "[TRAP-W2]") {
  Running running;
  Client stuck(running.bus, true);
  Client reader(running.bus, true);
  settle(running, reader);
  running.tell(started("s1"));
  reader.drain();
  for (int i = 0; i < 5000; ++i) {
    running.tell(told("usage.reported"));
    reader.drain();
  }
  CHECK(running.bus.stats().queued == 0);
  CHECK(running.bus.stats().gaps == 1);
  CHECK(reader.missed == 0);
  CHECK(reader.received.size() == 2 * 5001);
}

TEST_CASE("a snapshot that nobody fetches is given up when the queue behind it overflows") {
  Running running;
  running.tell(started("s1"));
  Client client(running.bus, true, "", 2);
  running.registry->run_until_idle();
  client.drain(1);
  for (int i = 0; i < 5; ++i) running.tell(told("usage.reported"));
  client.drain();
  running.registry->run_until_idle();
  client.drain();
  CHECK(kinds(client) == std::vector{ATM_EVENT_SNAPSHOT_BEGIN, ATM_EVENT_GAP, ATM_EVENT_SNAPSHOT_BEGIN,
                                     ATM_EVENT_SNAPSHOT_ITEM, ATM_EVENT_SNAPSHOT_END});
}

TEST_CASE("subscribers are limited, and a closed one makes room") {
  Running running({}, {.epoch = 1, .max_subscribers = 2});
  Client one(running.bus);
  {
    Client two(running.bus);
    Client three(running.bus);
    CHECK(two.opened == ATM_OK);
    CHECK(three.opened == ATM_E_FULL);
  }
  Client four(running.bus);
  CHECK(four.opened == ATM_OK);
  CHECK(four.id != one.id);
  CHECK(running.bus.stats().subscribers == 2);
  CHECK(running.bus.stats().subscribers_refused == 1);
  const atm_event_sink sink{sizeof sink, 0, nullptr,
                            [](void*, const atm_event*) -> atm_status { return ATM_OK; }};
  CHECK(running.bus.drain(99, 0, sink) == ATM_E_NOT_FOUND);
  CHECK(running.bus.unsubscribe(99) == ATM_E_NOT_FOUND);
}

TEST_CASE("a closed bus gives what it has, then says that it is closed") {
  Running running;
  Client client(running.bus);
  settle(running, client);
  running.tell(started("s1"));
  running.bus.close();
  CHECK(client.drain() == ATM_OK);
  CHECK(client.received.size() == 1);
  CHECK(client.drain() == ATM_E_CLOSED);
  Client late(running.bus);
  CHECK(late.opened == ATM_E_CLOSED);
}

TEST_CASE("with nobody to read, nothing is encoded") {
  int encoded = 0;
  RegistryOptions options;
  options.encoder.session = [&encoded](const SessionDomain&, const SessionInfrastructure&) {
    return ++encoded, "{}";
  };
  Running running(std::move(options));
  running.tell(started("s1"));
  for (int i = 0; i < 10; ++i) running.tell(told("usage.reported"));
  CHECK(encoded == 0);
  {
    Client client(running.bus);
    running.registry->run_until_idle();
    CHECK(encoded == 1);
    std::vector<Observation> burst;
    for (int i = 0; i < 50; ++i) burst.push_back(told("usage.reported").copy());
    CHECK(running.registry->observe_all(std::move(burst)) == ATM_OK);
    running.registry->run_until_idle();
    CHECK(encoded == 2);
  }
  running.tell(told("usage.reported"));
  CHECK(encoded == 2);
}
