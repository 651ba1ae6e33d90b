// SPDX-License-Identifier: MIT
// Sessions of one agent that belong together, and threads that are no sessions.
#include <algorithm>

#include "kernel/registry/registry.hpp"
#include "registry_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec begun(std::string_view id, const char* parent = nullptr) {
  ObservationSpec one = observed("session.started", {{"source", std::string("startup")}}).of(id);
  if (parent != nullptr) one.attrs.emplace_back("parent", std::string(parent));
  return one;
}

struct Family : RegistryFixture {
  Family() {
    say(begun("parent"));
    say(prompt("p1").of("parent"));
    say(begun("child", "parent"));
    say(begun("grandchild", "child"));
    say(prompt("p2").of("grandchild"));
  }
  void say(ObservationSpec one) { static_cast<void>(observe(one.at(std::chrono::nanoseconds(mono_ns)))); }
  StatusKind status_of(std::string_view id) { return registry.find(id)->state.domain.status.kind(); }
  /// The sessions of the announcements of this type, in order.
  std::string announced(std::string_view type) const {
    std::string all;
    for (const Received& one : log.events) {
      if (one.kind == ATM_EVENT_ACTIVITY && one.type == type) all += one.session + ' ';
    }
    return all;
  }
};

}  // namespace

TEST_CASE("STATE-B7: the wait of a child is a wait of the sessions above it, and one of them announces it") {
  Family family;
  family.say(permission("Write").of("grandchild"));
  for (const char* id : {"grandchild", "child", "parent"}) {
    CAPTURE(id);
    CHECK(family.status_of(id) == StatusKind::kWaitingForPermission);
  }
  CHECK_FALSE(family.registry.find("parent")->state.domain.attention->confirmed);
  family.pass(1s);
  CHECK(family.registry.find("parent")->state.domain.attention->confirmed);
  CHECK(family.announced("attention.raised") == "parent ");
  SECTION("an answer ends all") {
    family.say(observed("input.resolved", {{"outcome", std::string("allowed")}}).of("grandchild"));
    CHECK(family.status_of("child") == StatusKind::kIdle);
    CHECK(family.status_of("parent") == StatusKind::kThinking);
    family.pass(2s);
    CHECK(family.announced("attention.cleared") == "parent ");
  }
  SECTION("work of the parent does not answer") {
    family.say(tool_started("t1").of("parent"));
    family.say(level("busy").of("parent"));
    family.pass(1h);
    CHECK(family.status_of("parent") == StatusKind::kWaitingForPermission);
  }
  SECTION("the end of the child ends the copies") {
    family.say(observed("session.ended", {{"reason", std::string("quit")}}).of("grandchild"));
    CHECK(family.status_of("parent") == StatusKind::kThinking);
  }
  SECTION("a copy is as certain as the wait") {
    CHECK(family.registry.find("parent")->state.domain.certain);
    family.pass(10s);
    CHECK_FALSE(family.registry.find("grandchild")->state.domain.certain);
    CHECK_FALSE(family.registry.find("parent")->state.domain.certain);
  }
  SECTION("acknowledging the child acknowledges the copies") {
    family.say(observed("attention.acknowledged").of("grandchild"));
    CHECK(family.registry.find("parent")->state.domain.attention->acknowledged);
  }
}

TEST_CASE("STATE-B7: sessions that name each other as parents end in no loop") {
  RegistryFixture registry;
  registry.observe(begun("a", "b"));
  registry.observe(begun("b", "a"));
  registry.observe(permission().of("a"));
  CHECK(registry.registry.find("b")->state.domain.status.kind() == StatusKind::kWaitingForPermission);
  registry.observe(observed("input.resolved").of("a"));
  CHECK(registry.registry.find("a")->state.domain.status.kind() == StatusKind::kIdle);
  CHECK(registry.registry.find("b")->state.domain.status.kind() == StatusKind::kIdle);
}

TEST_CASE("STATE-I16: a thread that the agent made for itself is no session") {
  RegistryFixture registry;
  ObservationSpec internal = begun("title");
  internal.attrs.emplace_back("internal", true);
  SECTION("from its start") {
    registry.observe(internal);
  }
  SECTION("once this is known") {
    registry.observe(begun("title"));
    registry.observe(internal);
    const Received& last = registry.log.events.back();
    CHECK(last.kind == ATM_EVENT_SESSION_REMOVED);
    CHECK(last.type == "internal");
  }
  CHECK(registry.registry.find("title") == nullptr);
  registry.observe(prompt("p1").of("title"));
  CHECK(registry.registry.find("title") == nullptr);
}
