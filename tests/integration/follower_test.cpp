// SPDX-License-Identifier: MIT
// A long-lived client with a real daemon that starts late, stops, restarts, and whose output is not read.
#include <sys/socket.h>

#include <atm/client/follower.hpp>
#include <atm/protocol/session_writer.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace std::chrono_literals;
using atm::client::Follower;
using atm::client::SessionCopy;

namespace {

Follower::Options options(const std::filesystem::path& socket, bool activity = false) {
  Follower::Options made;
  made.client.socket = socket.string();
  made.client.timeout = kTimeout;
  made.subscribe.activity = activity;
  made.backoff = {10ms, 50ms, 10};
  return made;
}
Follower::Options options(const ServedDaemon& daemon, bool activity = false) {
  return options(daemon.socket(), activity);
}

/// Follows until the condition holds; `seen` collects the events.
template <class Condition>
bool follow(Follower& follower, Condition condition,
            const std::function<void(const Follower::Event&)>& seen = {}) {
  const auto end = Follower::Clock::now() + kTimeout;
  while (!condition()) {
    if (Follower::Clock::now() > end) return false;
    auto event = follower.next(100ms);
    if (!event) throw std::runtime_error(event.error().message);
    if (*event && seen) seen(**event);
  }
  return true;
}

bool become_current(Follower& follower) {
  return follow(follower, [&] { return follower.copy().is_current(); });
}

bool has_cost(const Follower& follower, std::string_view id, double usd) {
  const auto* session = follower.copy().find(id);
  return session != nullptr && session->domain.cost == atm::Money::from_usd(usd);
}

std::string text_of(const atm::protocol::Session& session) {
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  atm::protocol::write_session(writer, session.domain, session.runtime);
  return std::string(atm::json::text_of(buffer));
}

std::string text_of(const SessionCopy& copy) {
  std::string text;
  for (const auto& [id, session] : copy.sessions()) text += text_of(session) + '\n';
  return text;
}

std::string text_of(const ServedDaemon& daemon) {
  std::map<std::string, std::string> sorted;
  for (const auto& session : daemon.sessions()) sorted[session.domain.id.str()] = text_of(session);
  std::string text;
  for (const auto& [id, json] : sorted) text += json + '\n';
  return text;
}

Wire source_of(const ServedDaemon& daemon) {
  Wire source(daemon);
  static_cast<void>(source.greet());
  return source;
}

}  // namespace

TEST_CASE("a follower receives all sessions, then every change", "[follower]") {
  const ServedDaemon daemon;
  Wire source = source_of(daemon);
  source.send(status_line("a", 1));
  source.sync();
  Follower follower(options(daemon));
  REQUIRE(become_current(follower));
  CHECK(has_cost(follower, "a", 1));
  source.send(status_line("b", 2));
  source.send(status_line("a", 3));
  REQUIRE(follow(follower, [&] { return has_cost(follower, "a", 3); }));
  CHECK(text_of(follower.copy()) == text_of(daemon));
}

TEST_CASE("a follower waits for a daemon that has not started yet", "[follower]") {
  Home home;
  home.dir().directory("run", 0700);
  Follower follower(options(home.socket()));
  int lost = 0;
  const auto count = [&](const Follower::Event& event) {
    if (std::holds_alternative<Follower::Lost>(event)) ++lost;
  };
  const auto began = Follower::Clock::now();
  REQUIRE(follow(
      follower, [&] { return Follower::Clock::now() > began + 200ms; }, count));
  CHECK(lost == 1);  // once for any number of attempts
  CHECK(follower.fd() == -1);
  CHECK_FALSE(follower.copy().is_current());

  home.config(kOwnAgentsOnly);
  Atmd daemon(home, {"--plugin-dir", ATM_TEST_PLUGINS});
  REQUIRE(daemon.wait_ready());
  CHECK(become_current(follower));
}

TEST_CASE("the attempts follow the backoff", "[follower]") {
  Home home;
  auto how = options(home.socket());
  how.backoff = {1s, 4s, 0};
  Follower follower(how);
  auto now = Follower::Clock::now();
  auto event = follower.step(now);
  REQUIRE(event.has_value());
  REQUIRE(event->has_value());
  CHECK(std::get<Follower::Lost>(**event).why.code == atm::ErrorCode::kIo);
  for (const auto pause : {1s, 2s, 4s, 4s}) {
    CHECK(follower.due() == now + pause);
    CHECK_FALSE(follower.step(follower.due() - 1ms)->has_value());
    CHECK(follower.due() == now + pause);  // that was no attempt
    now = follower.due();
    CHECK_FALSE(follower.step(now)->has_value());
  }
}

TEST_CASE("OBS-E2: a restarted daemon has another epoch, and sessions of the former one are dropped",
          "[follower]") {
  ServedDaemon daemon;
  source_of(daemon).send(status_line("old", 1));
  Follower follower(options(daemon));
  REQUIRE(follow(follower, [&] { return has_cost(follower, "old", 1); }));
  const auto epoch = follower.copy().epoch();

  std::vector<Follower::Event> events;
  const auto keep = [&events](const Follower::Event& event) { events.push_back(event); };
  daemon.process().stop(SIGKILL);
  REQUIRE(follow(
      follower, [&] { return !follower.copy().is_current(); }, keep));
  CHECK(follower.copy().find("old") != nullptr);  // the last known state, marked as old
  daemon.restart();
  source_of(daemon).send(status_line("new", 2));
  REQUIRE(follow(
      follower, [&] { return follower.copy().is_current() && has_cost(follower, "new", 2); }, keep));
  CHECK(text_of(follower.copy()) == text_of(daemon));
  CHECK(follower.copy().find("old") == nullptr);
  CHECK(follower.copy().epoch() != epoch);

  REQUIRE(events.size() >= 3);
  CHECK(std::holds_alternative<Follower::Lost>(events[0]));
  REQUIRE(std::holds_alternative<Follower::Connected>(events[1]));
  CHECK(std::get<Follower::Connected>(events[1]).is_again);
  CHECK(std::get<Follower::Connected>(events[1]).is_another_start);
}

TEST_CASE("a lost connection is made again, and removals in between are reported", "[follower]") {
  const ServedDaemon daemon;
  Wire source = source_of(daemon);
  source.send(hook("a", "SessionStart", R"("source":"startup")"));
  source.send(hook("b", "SessionStart", R"("source":"startup")"));
  Follower follower(options(daemon));
  REQUIRE(follow(follower, [&] { return follower.copy().sessions().size() == 2; }));
  ::shutdown(follower.fd(), SHUT_RDWR);
  bool is_another_start = false;
  REQUIRE(follow(follower, [&] { return !follower.copy().is_current(); }));
  source.send(status_line("a", 4));
  source.sync();
  REQUIRE(follow(
      follower, [&] { return follower.copy().is_current(); },
      [&](const Follower::Event& event) {
        const auto* connected = std::get_if<Follower::Connected>(&event);
        is_another_start = is_another_start || (connected != nullptr && connected->is_another_start);
      }));
  CHECK_FALSE(is_another_start);
  CHECK(has_cost(follower, "a", 4));
  CHECK(text_of(follower.copy()) == text_of(daemon));
}

TEST_CASE("TRAP-W2: a stopped follower gets a gap and then the full state", "[follower]") {
  const ServedDaemon daemon("[limits]\nsubscriber_queue = 64\n[plugins.unix]\nout_bytes = 16384\n");
  Follower follower(options(daemon, true));
  REQUIRE(become_current(follower));
  Wire source = source_of(daemon);
  constexpr int kUpdates = 3000;
  for (int i = 1; i <= kUpdates; ++i) source.send(status_line("s" + std::to_string(i % 5), 0.01 * i));
  source.sync();
  REQUIRE(daemon.stat_reaches({"bus", "gaps"}, 1));
  bool was_behind = false;
  REQUIRE(follow(
      follower, [&] { return has_cost(follower, "s0", 0.01 * kUpdates) && follower.copy().is_current(); },
      [&](const Follower::Event& event) {
        const auto* received = std::get_if<Follower::Received>(&event);
        if (received == nullptr || !std::holds_alternative<atm::protocol::Gap>(received->message.value))
          return;
        was_behind = !follower.copy().is_current();
      }));
  CHECK(was_behind);
  CHECK(follower.copy().gaps() >= 1);
  CHECK(follower.copy().missed() > 0);
  CHECK(text_of(follower.copy()) == text_of(daemon));
}

TEST_CASE("a daemon without a free subscription is tried again until it accepts", "[follower]") {
  const ServedDaemon daemon("[limits]\nsubscribers = 4\n");  // its own plugins use some of them
  std::vector<std::unique_ptr<Follower>> followers;
  std::optional<atm::ErrorCode> why;
  const auto listen = [&why](const Follower::Event& event) {
    if (const auto* lost = std::get_if<Follower::Lost>(&event)) why = lost->why.code;
  };
  while (!why && followers.size() < 5) {
    followers.push_back(std::make_unique<Follower>(options(daemon)));
    Follower& latest = *followers.back();
    REQUIRE(follow(
        latest, [&] { return latest.copy().is_current() || why; }, listen));
  }
  REQUIRE(followers.size() >= 2);
  CHECK(why == atm::ErrorCode::kBusy);
  Follower& refused = *followers.back();
  CHECK_FALSE(refused.copy().is_current());
  followers.erase(followers.begin());
  CHECK(become_current(refused));
}

TEST_CASE("a subscription of one session receives only that one", "[follower]") {
  const ServedDaemon daemon;
  Wire source = source_of(daemon);
  auto how = options(daemon);
  how.subscribe.session_id = "mine";
  Follower follower(how);
  REQUIRE(become_current(follower));
  source.send(status_line("other", 1));
  source.send(status_line("mine", 2));
  REQUIRE(follow(follower, [&] { return has_cost(follower, "mine", 2); }));
  CHECK(follower.copy().sessions().size() == 1);
}

TEST_CASE("WIRE-E3: over real sockets, every copy ends in the state of the registry", "[follower][loss]") {
  const ServedDaemon daemon("[limits]\nsubscriber_queue = 16\n[plugins.unix]\nout_bytes = 8192\n");
  Wire source = source_of(daemon);
  const auto first = std::random_device{}();
  constexpr std::uint32_t kTrials = 100;
  std::printf("loss over sockets: seeds %u to %u\n", first, first + kTrials - 1);
  std::uint64_t gaps = 0;
  for (std::uint32_t seed = first; seed != first + kTrials; ++seed) {
    INFO("seed " << seed);
    std::mt19937 dice(seed);
    Follower follower(options(daemon, dice() % 2 == 0));
    int sent = 0;
    for (auto steps = 2 + dice() % 8; steps > 0; --steps) {
      switch (dice() % 4) {
        case 0:  // reads a little
          for (auto events = dice() % 20; events > 0; --events) REQUIRE(follower.next(0ms).has_value());
          break;
        case 1:  // is disconnected, perhaps within a line
          if (follower.fd() >= 0) ::shutdown(follower.fd(), SHUT_RDWR);
          break;
        default:  // is slow
          for (auto lines = dice() % 60; lines > 0; --lines) {
            source.send(status_line("s" + std::to_string(dice() % 6), 0.01 * (1 + ++sent)));
          }
      }
    }
    // The last change.
    source.send(status_line("last", 1 + seed % 100'000));
    source.sync();
    REQUIRE(follow(follower, [&] {
      return follower.copy().is_current() && has_cost(follower, "last", 1 + seed % 100'000);
    }));
    CHECK(text_of(follower.copy()) == text_of(daemon));
    gaps += follower.copy().gaps();
  }
  CHECK(gaps > 0);
}
