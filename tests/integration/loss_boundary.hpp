// SPDX-License-Identifier: MIT
// The path between a registry and a client in a loss trial: a bus, the work of a transport, and a pipe of random speed
// and capacity.
#pragma once

#include <array>
#include <atm/protocol/daemon_message.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/kernel/registry/actor_fixture.hpp"

namespace atm::test {

[[noreturn]] inline void fail(const std::string& what) {
  throw std::runtime_error(what);
}

class Dice final {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  /// 0 to sides - 1.
  std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(random_() % sides); }
  std::uint32_t between(std::uint32_t least, std::uint32_t most) { return least + roll(most - least + 1); }
  bool is_one_in(std::uint32_t sides) { return roll(sides) == 0; }

 private:
  std::mt19937 random_;
};

/// The possible actions of the boundary, chosen once a trial.
struct Terms {
  explicit Terms(Dice& dice)
      : activity(!dice.is_one_in(3)),
        batch(dice.is_one_in(2) ? 1 : dice.between(2, 12)),
        sessions(dice.between(1, 6)),
        states(batch == 1 ? 3 : sessions + 1),
        queue(dice.between(1, 12)),
        out_bytes(dice.between(1, 8000)),
        line_bytes(dice.between(300, 4000)) {}
  bool activity;
  std::uint32_t batch;     ///< most observations folded at once
  std::uint32_t sessions;  ///< ids in use
  std::uint32_t states;    ///< of a subscription's queue
  std::uint32_t queue;     ///< activities of it
  std::uint32_t out_bytes;
  std::uint32_t line_bytes;
};

/// One start of a daemon, and a subscriber that is never slow: it receives every activity.
struct Daemon {
  Daemon(const Terms& terms, std::uint64_t epoch)
      : running(registry_options(), {.epoch = epoch, .max_states = terms.states}),
        witness(running.bus, true, {}, 65'536) {
    settle();
  }
  static kernel::RegistryActorOptions registry_options() {
    kernel::RegistryActorOptions options;
    options.max_sessions = 4;
    return options;
  }
  void settle() {
    running.registry->run_until_idle();
    while (witness.drain() == ATM_OK) {
    }
    for (const kernel::test::Received& one : witness.received) {
      if (one.kind == ATM_EVENT_ACTIVITY) activities.push_back(one.seq);
    }
    witness.received.clear();
  }
  [[nodiscard]] bool knows_all() const { return witness.missed == 0; }

  kernel::test::ActorFixture running;
  kernel::test::EventRecorder witness;
  std::vector<std::uint64_t> activities;
};

/// The transport's work for one connection, into a pipe.
class Link final {
 public:
  Link(Daemon& daemon, const Terms& terms, Dice& dice) : daemon_(daemon), terms_(terms), dice_(dice) {
    protocol::append_server_hello(pipe_, protocol::kProtocolVersion, {}, "trial", daemon.running.bus.epoch());
    subscribe();
  }
  ~Link() { static_cast<void>(daemon_.running.bus.unsubscribe(id_)); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Another `subscribe` on the same connection.
  void subscribe_again() {
    static_cast<void>(daemon_.running.bus.unsubscribe(id_));
    snapshot_.reset();
    subscribe();
  }
  /// Takes events while the pipe has room. Returns true if there were any.
  bool pump(std::uint64_t most) {
    if (pipe_.size() >= terms_.out_bytes) return false;
    const atm_event_sink sink{sizeof sink, 0, this, [](void* self, const atm_event* event) -> atm_status {
                                return static_cast<Link*>(self)->take(*event);
                              }};
    return daemon_.running.bus.drain(id_, most, sink) == ATM_OK;
  }
  /// Other lines occur between events: replies, and messages of newer daemons.
  void interject() {
    static constexpr std::array<std::string_view, 4> kLines{
        "{\"type\":\"pong\",\"id\":4,\"seq\":18446744073709551615}\n",
        "{\"type\":\"of_the_future\",\"seq\":1,\"sessions\":[]}\n",
        "{\"type\":\"error\",\"id\":\"x\",\"code\":\"not_found\",\"message\":\"no session 'x'\"}\n",
        "{\"type\":\"stats\",\"id\":5,\"stats\":{\"uptime_ms\":1}}\n"};
    pipe_ += kLines[dice_.roll(kLines.size())];
  }
  [[nodiscard]] std::string read(std::size_t most) {
    std::string got = pipe_.substr(0, most);
    pipe_.erase(0, got.size());
    return got;
  }
  [[nodiscard]] bool is_empty() const { return pipe_.empty(); }

 private:
  void subscribe() {
    atm_subscription_options options{};
    options.size = sizeof options;
    options.activity = terms_.activity ? 1 : 0;
    options.max_queue = terms_.queue;
    options.ready = [](void*, std::uint64_t) {};
    if (daemon_.running.bus.subscribe(options, id_) != ATM_OK) fail("the bus refused a subscription");
    is_begun_ = false;
  }

  atm_status take(const atm_event& event) {
    switch (event.kind) {
      case ATM_EVENT_SNAPSHOT_BEGIN:
        if (!std::exchange(is_begun_, true)) protocol::append_ok(pipe_, {}, {{"seq", event.seq}});
        snapshot_.emplace([this](std::string&& line) { pipe_ += line; }, terms_.line_bytes, event.seq);
        break;
      case ATM_EVENT_SNAPSHOT_ITEM:
        snapshot_->add(kernel::text_of(event.json));
        break;
      case ATM_EVENT_SNAPSHOT_END:
        snapshot_->finish();
        snapshot_.reset();
        break;
      case ATM_EVENT_GAP:
        snapshot_.reset();
        protocol::append_gap(pipe_, event.missed);
        break;
      case ATM_EVENT_ACTIVITY:
        protocol::append_activity(pipe_, kernel::text_of(event.json), event.seq, event.rev);
        break;
      case ATM_EVENT_SESSION_REMOVED:
        protocol::append_session_removed(pipe_, kernel::text_of(event.session), kernel::text_of(event.type),
                                         event.seq);
        break;
      default:
        protocol::append_session_event(
            pipe_, event.kind == ATM_EVENT_SESSION_REGISTERED ? "session_registered" : "session_updated",
            kernel::text_of(event.json), event.seq, event.rev);
    }
    return pipe_.size() < terms_.out_bytes ? ATM_OK : ATM_E_BUSY;
  }

  Daemon& daemon_;
  const Terms& terms_;
  Dice& dice_;
  std::uint64_t id_ = 0;
  bool is_begun_ = false;
  std::optional<protocol::SessionsWriter> snapshot_;
  std::string pipe_;
};

}  // namespace atm::test
