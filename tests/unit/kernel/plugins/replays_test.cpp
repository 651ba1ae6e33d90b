// SPDX-License-Identifier: MIT
// Replays of a store in memory, on the clock of the test.
#include "kernel/plugins/replays.hpp"

#include <atm/plugin/values.hpp>
#include <atm/testing/fake_store.hpp>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "kernel/registry/replayed_registry.hpp"
#include "kernel/system/clock.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

using namespace atm::kernel;
using atm::test::becomes_true;
using atm::test::contains;

namespace {

/// One batch of inputs for each second: a session starts.
struct Tape {
  int seconds = 3;
  std::mutex gate;  ///< while it is locked, the disk hangs
  std::atomic<int> calls{0};
  atm_store table{};

  Tape() {
    table.size = sizeof table;
    table.past = [](void* self, std::int64_t, const atm_past_sink* sink, atm_error*) -> atm_status {
      ++static_cast<Tape*>(self)->calls;
      { const std::lock_guard pass(static_cast<Tape*>(self)->gate); }
      for (int i = 1; i <= static_cast<Tape*>(self)->seconds; ++i) {
        atm::testing::OwnedInput input;
        input.seq = static_cast<std::uint64_t>(i);
        input.observation.type = "session.started";
        input.observation.session = "s" + std::to_string(i);
        input.observation.agent = "a";
        input.attrs = {{"source", std::string("startup")}};
        atm_status status = ATM_OK;
        input.lend(
            [&](const atm_stored& one) { status = sink->input(sink->self, &one, i * 1'000'000'000LL); });
        if (status != ATM_OK) return status;
      }
      return ATM_OK;
    };
  }
};

struct Player {
  explicit Player(ReplayLimits limits = {}) : replays(clock, 7, {}, limits) {
    replays.connect(&tape.table, &tape);
  }
  ~Player() { CHECK(replays.stop(std::chrono::seconds(60))); }

  atm_status open(double speed, std::int64_t at_ns = 1) {
    atm_subscription_options options{};
    options.size = sizeof options;
    options.replay_at_ns = at_ns;
    options.replay_speed = speed;
    atm::ErrorText none(nullptr);
    return replays.open(options, id, none);
  }
  /// Adds what is queued to `events`, as words.
  void drain() {
    atm_event_sink sink{sizeof sink, 0, this, [](void* self, const atm_event* event) -> atm_status {
                          auto& to = static_cast<Player*>(self)->events;
                          static const std::vector<std::string> kNames{
                              "",     "new", "changed", "removed", "activity", "gap", "[",
                              "item", "]",   "begin",   "refused", "time",     "end"};
                          to += kNames.at(event->kind) + ' ';
                          if (event->kind == ATM_EVENT_REPLAY_REFUSED || event->kind == ATM_EVENT_REPLAY_END)
                            to += std::string(atm::to_view(event->type));
                          return ATM_OK;
                        }};
    static_cast<void>(replays.drain(id, 0, sink));
  }
  [[nodiscard]] bool shows(const std::string& wanted) {
    return becomes_true([&] {
      drain();
      return events == wanted;
    });
  }

  ManualClock clock{1000};
  Tape tape;
  Replays replays;
  std::uint64_t id = 0;
  std::string events;
};

}  // namespace

TEST_CASE("a replay passes each batch when its clock has reached it", "[replays]") {
  Player player;
  REQUIRE(player.open(2) == ATM_OK);
  CHECK(Replays::is_replay(player.id));
  CHECK(player.shows("begin [ ] "));
  player.clock.advance(500'000'000);
  static_cast<void>(
      player.replays.set_speed(player.id, 2));  // wakes the replay, which waits by the real clock
  CHECK(player.shows("begin [ ] time new "));
  static_cast<void>(player.replays.set_speed(player.id, 0));
  player.clock.advance(60'000'000'000);
  static_cast<void>(player.replays.set_speed(player.id, 1));
  player.clock.advance(1'000'000'000);
  static_cast<void>(player.replays.set_speed(player.id, 1));
  CHECK(player.shows("begin [ ] time new time new "));
  CHECK(player.replays.seek(player.id, 2'000'000'000) == ATM_OK);
  CHECK(player.shows("begin [ ] time new time new begin [ item item ] "));
}

TEST_CASE("a replay with too much state is refused, and ends when its state grows", "[replays]") {
  Player player({.bytes = 1, .queued_bytes = 0});
  REQUIRE(player.open(1) == ATM_OK);
  CHECK(becomes_true([&] {
    player.drain();
    return contains(player.events,
                    "refused the sessions at this time need more than 0 MiB, the limit of a replay");
  }));

  Player growing({.bytes = 110'000, .queued_bytes = 100'000});
  growing.tape.seconds = 8'192;
  REQUIRE(growing.open(1e6) == ATM_OK);
  CHECK(becomes_true([&] {
    growing.clock.advance(1'000'000'000);
    growing.drain();
    return contains(growing.events, "end the sessions at this time need more than");
  }));
}

TEST_CASE("a replay waits for its reader and loses nothing", "[replays]") {
  Player player({.queued_bytes = 1'000});
  player.tape.seconds = 80;
  REQUIRE(player.open(1e6) == ATM_OK);
  CHECK(becomes_true([&] {
    player.clock.advance(1'000'000'000);
    player.drain();
    return contains(player.events, "end");
  }));
  std::size_t count = 0;
  for (std::size_t at = player.events.find("new"); at != std::string::npos;
       at = player.events.find("new", at + 1))
    ++count;
  CHECK(count == 80);
}

TEST_CASE("a closed replay makes room for the next one before its thread ends", "[replays]") {
  Player player;
  std::unique_lock held(player.tape.gate);
  for (int i = 0; i < 8; ++i) {
    REQUIRE(player.open(0) == ATM_OK);
    REQUIRE(becomes_true([&] { return player.tape.calls == i + 1; }));
    REQUIRE(player.replays.close(player.id) == ATM_OK);
  }
  // A disk that hangs holds a bounded number of threads.
  CHECK(player.open(0) == ATM_E_FULL);
  held.unlock();
  CHECK(becomes_true([&player] { return player.open(0) == ATM_OK; }));
}

TEST_CASE("a wrong replay is refused", "[replays]") {
  Player player;
  CHECK(player.open(-1) == ATM_E_INVALID);
  CHECK(player.open(2e6) == ATM_E_INVALID);
  REQUIRE(player.open(0) == ATM_OK);
  REQUIRE(player.open(0) == ATM_OK);
  CHECK(player.open(0) == ATM_E_FULL);
  CHECK(player.replays.set_speed(player.id, -1) == ATM_E_INVALID);
  CHECK(player.replays.set_speed(1, 1) == ATM_E_NOT_FOUND);
  CHECK(player.replays.seek(1, 1) == ATM_E_NOT_FOUND);

  Player without_past;
  without_past.tape.table.past = nullptr;
  CHECK(without_past.open(0) == ATM_E_UNSUPPORTED);
}
