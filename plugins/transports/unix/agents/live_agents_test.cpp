// SPDX-License-Identifier: MIT
// The end of a stream; the rules are in docs/specs/protocol.md, section 12.
#include "agents/live_agents.hpp"

#include <unistd.h>

#include <atm/testing.hpp>
#include <memory>
#include <string>

#include "support/catch.hpp"

using namespace unix_socket;

namespace {

// No process with this PID started at the first clock tick after boot.
constexpr ProcessId kGone{0x7FFFFFFF, 1};
constexpr std::int64_t kSecond = 1'000'000'000;

ProcessId self() {
  return {::getpid(), process_start_ticks(::getpid()).value()};
}

std::string session(const std::string& id, const ProcessId& process, const std::string& origin,
                    const std::string& status = "idle") {
  return R"({"id":")" + id + R"(","status":{"status":")" + status +
         R"("},"evidence":[{"origin":"else"},{"origin":")" + origin + R"("}],"process":{"pid":)" +
         std::to_string(process.pid) + R"(,"start_ticks":)" + std::to_string(process.start_ticks) + "}}";
}

struct StreamsBench {
  /// Does the work of the server loop until only time is left to wait for.
  bool settle() {
    bool is_more = live_agents.advance();
    for (PeerMessage& message : inbox->take()) {
      CHECK(message.client == 0);
      live_agents.deliver(message);
      is_more = live_agents.advance();
    }
    return is_more;
  }

  atm::testing::FakeHost host;
  std::shared_ptr<CrossThreadQueue> inbox = std::make_shared<CrossThreadQueue>([] {});
  Counters counters;
  LiveAgents live_agents{atm::Host(host.c()), inbox, counters};
};

}  // namespace

TEST_CASE("WIRE-A2: a stream whose process is gone reports that once", "[streams]") {
  StreamsBench bench;
  bench.live_agents.open(1, kGone);
  bench.live_agents.on_record(1, "c/h");
  CHECK_FALSE(bench.settle());
  bench.host.set_ingest_status(atm::Status::kBusy);
  bench.live_agents.close(1);
  CHECK(bench.settle());
  bench.host.set_ingest_status(atm::Status::kOk);
  CHECK_FALSE(bench.settle());
  bench.live_agents.close(1);
  CHECK_FALSE(bench.settle());
  const auto told = bench.host.observations();
  REQUIRE(told.size() == 1);
  CHECK(told[0].type == "process.exited");
  CHECK(std::get<std::int64_t>(told[0].attrs.at("pid")) == kGone.pid);
  CHECK(std::get<std::int64_t>(told[0].attrs.at("start_ticks")) == kGone.start_ticks);
}

TEST_CASE("WIRE-A3: sessions reported by a stream are closed after a second although its process lives",
          "[streams]") {
  StreamsBench bench;
  ProcessId later = self();
  ++later.start_ticks;
  bench.host.set_session("mine", session("mine", self(), "c/h"));
  bench.host.set_session("ended", session("ended", self(), "c/h", "ended"));
  bench.host.set_session("another way", session("another way", self(), "d/h"));
  bench.host.set_session("another process", session("another process", later, "c/h"));
  bench.host.set_session("nowhere", R"({"id":"nowhere","status":{"status":"idle"}})");
  bench.live_agents.open(1, self());
  bench.live_agents.on_record(1, "c/h");
  bench.live_agents.close(1);
  bench.host.advance(kSecond - 1);
  CHECK(bench.settle());
  CHECK(bench.host.observations().empty());
  bench.host.advance(1);
  CHECK_FALSE(bench.settle());
  const auto told = bench.host.observations();
  REQUIRE(told.size() == 1);
  CHECK(told[0].type == "session.ended");
  CHECK(told[0].session == "mine");
  CHECK(std::get<std::string>(told[0].attrs.at("reason")) == "closed");
  CHECK(std::get<std::int64_t>(told[0].attrs.at("pid")) == ::getpid());
}

TEST_CASE("WIRE-A4: another stream of the process reports its sessions", "[streams]") {
  StreamsBench bench;
  bench.host.set_session("mine", session("mine", self(), "c/h"));
  const auto ends = [&] {
    bench.host.advance(2 * kSecond);
    CHECK_FALSE(bench.settle());
    return bench.host.observations().size();
  };
  SECTION("it reports from the same origin") {
    bench.live_agents.open(1, self());
    bench.live_agents.open(2, self());
    bench.live_agents.on_record(1, "c/h");
    bench.live_agents.on_record(2, "c/h");
    bench.live_agents.close(2);
    CHECK(ends() == 0);
    bench.live_agents.close(1);
    bench.settle();
    CHECK(ends() == 1);
  }
  SECTION("it is newer and takes the sessions over") {
    bench.live_agents.open(1, self());
    bench.live_agents.on_record(1, "c/h");
    bench.live_agents.close(1);
    bench.live_agents.open(2, self());
    CHECK(ends() == 0);
    bench.live_agents.close(2);
    bench.settle();
    CHECK(ends() == 1);
  }
  SECTION("not an older one with another origin, nor one of another process") {
    bench.live_agents.open(1, self());
    bench.live_agents.on_record(1, "d/h");
    bench.live_agents.open(2, self());
    bench.live_agents.on_record(2, "c/h");
    bench.live_agents.open(3, kGone);
    bench.live_agents.on_record(3, "c/h");
    bench.live_agents.close(2);
    bench.settle();
    CHECK(ends() == 1);
  }
}

TEST_CASE("WIRE-A1: a stream without records, a client without a stream and a stopping daemon report nothing",
          "[streams]") {
  StreamsBench bench;
  bench.live_agents.open(1, kGone);
  bench.live_agents.close(1);
  bench.live_agents.on_record(2, "c/h");
  bench.live_agents.close(2);
  bench.live_agents.open(3, kGone);
  bench.live_agents.on_record(3, "c/h");
  bench.live_agents.stop();
  bench.live_agents.close(3);
  CHECK_FALSE(bench.settle());
  CHECK(bench.host.observations().empty());
}
