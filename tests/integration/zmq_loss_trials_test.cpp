// SPDX-License-Identifier: MIT
// After any loss between ZeroMQ and a subscriber, and any restart of the daemon, its copy equals the registry: a real
// daemon, a real SUB and DEALER, and a hundred concurrent copies, each behind a random boundary.
//
//   ATM_LOSS_SEED=N     the first trial's seed: it determines boundary and input, but not the clock
//   ATM_LOSS_TRIALS=N   that many trials instead of 10,000
#include <algorithm>
#include <atm/json.hpp>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire_client.hpp"
#include "zmq_loss_recorder.hpp"
#include "zmq_loss_trial.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

constexpr std::uint32_t kAtOnce = 100;

// Few sessions fit, so that some are removed. No refresh, so that a loss must be detected.
const std::string kTrialSettings =
    "heartbeat_ms = 10\nrefresh_ms = 0\nactivity = true\n[limits]\nsessions = 4\n" +
    std::string(kOwnAgentsOnly);

std::uint32_t number_of(const char* variable, std::uint32_t otherwise) {
  const char* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): no thread sets it
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

/// A line that changes, begins or ends a session.
std::string anything(std::mt19937& random) {
  const auto roll = [&random](unsigned sides) { return static_cast<unsigned>(random() % sides); };
  const std::string id = "s" + std::to_string(roll(7));
  switch (roll(9)) {
    case 0:
      return hook(id, "SessionStart", R"("source":"startup")");
    case 1:
      return hook(id, "UserPromptSubmit", R"("prompt":"x")");
    case 2:
      return hook(id, "PreToolUse", R"("tool_name":"Bash","tool_use_id":"t")");
    case 3:
      return hook(id, "PostToolUse", R"("tool_name":"Bash","tool_use_id":"t")");
    case 4:
      return hook(id, "Stop");
    case 5:
      return hook(id, "SessionEnd", R"("reason":"other")");
    default:
      return status_line(id, 0.25 * roll(1000));
  }
}

struct Truth {
  std::uint64_t seq = 0;
  std::map<std::string, SessionText> sessions{};
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [id, session] : sessions) all += *session + '\n';
    return all;
  }
};

/// The daemon, with a sender and a receiver.
class Stage final {
 public:
  Stage() { connect(); }

  [[nodiscard]] EventRecorder& events() noexcept { return ear_; }
  [[nodiscard]] Wire& wire() { return *wire_; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
  /// Restarts everything, including sessions and numbers; pending output of the former daemon may be lost.
  void restart(int signal) {
    wire_.reset();
    daemon_.process().stop(signal);
    daemon_.start();
    connect();
  }
  [[nodiscard]] Truth ask_registry() {
    atm::json::Reader reader;
    Truth truth;
    wire_->send(R"({"type":"get_all_sessions"})");
    for (bool is_more = true; is_more;) {
      const atm::json::Value* const root = reader.parse(wire_->line().value());
      REQUIRE(root != nullptr);
      truth.seq = count_in(*root, "seq");
      add_sessions(*root, truth.sessions);
      is_more = atm::json::get_bool(*root, "more").value_or(false);
    }
    return truth;
  }

 private:
  void connect() {
    wire_.emplace(daemon_.home().socket());
    epoch_ = wire_->greet().epoch.value();
  }

  ZmqDaemon daemon_{kTrialSettings};
  EventRecorder ear_{daemon_};
  std::optional<Wire> wire_;
  std::uint64_t epoch_ = 0;
};

/// Counts of the restarts, to prove that the trials cover the cases.
struct Restarts {
  std::uint64_t all = 0;
  std::uint64_t sessions_ended = 0;  ///< in the former daemon but not in the last one
  std::uint64_t sessions_begun = 0;  ///< the reverse
};

/// A hundred trials, or fewer, and the input of the daemon meanwhile.
class Round final {
 public:
  Round(std::uint32_t first, std::uint32_t count, Stage& stage, ZmqTally& tally, Restarts& restarts)
      : first_(first), random_(first), stage_(stage), tally_(tally), restarts_(restarts) {
    trials_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) trials_.emplace_back(first + i, tally);
  }

  void play() {
    for (unsigned steps = 30 + roll(30); steps > 0; --steps) {
      if (roll(40) == 0) restart();
      tell();
      if (roll(4) == 0) stage_.wire().sync();
      stage_.events().listen(trials_, std::chrono::milliseconds(0));
      if (roll(8) == 0) await_heartbeat();
    }
    stage_.wire().sync();
    const std::string before = stage_.ask_registry().text();
    for (ZmqTrial& trial : trials_) {
      tally_.wrong_before += trial.copy().text() == before ? 0 : 1;
      trial.calm();
    }
    compare(come_to_rest());
  }

 private:
  unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
  void tell() {
    std::string lines;
    for (unsigned many = 1 + roll(5); many > 0; --many) lines += anything(random_) + '\n';
    stage_.wire().send_raw(lines);
  }
  void restart() {
    stage_.wire().sync();
    of_the_last_ = stage_.ask_registry().sessions;
    ++restarts_.all;
    stage_.restart(roll(2) == 0 ? SIGTERM : SIGKILL);
  }
  /// The next input line, with the preceding ones.
  void await_heartbeat() {
    EventRecorder& events = stage_.events();
    const auto until = std::chrono::steady_clock::now() + kTimeout;
    for (const std::uint64_t last = events.heartbeats(); events.heartbeats() == last;) {
      if (std::chrono::steady_clock::now() > until) FAIL("no heartbeat");
      events.listen(trials_, std::chrono::milliseconds(5));
    }
  }
  [[nodiscard]] bool is_any_waiting() const {
    return std::any_of(trials_.begin(), trials_.end(),
                       [](const ZmqTrial& trial) { return trial.is_waiting(); });
  }
  /// True once a later heartbeat has been received and its requests have been answered.
  Truth come_to_rest() {
    EventRecorder& events = stage_.events();
    const auto until = std::chrono::steady_clock::now() + kTimeout;
    Truth truth = stage_.ask_registry();
    const auto is_current = [&] {
      return events.epoch() == stage_.epoch() && events.heartbeat_seq() == truth.seq;
    };
    for (const std::uint64_t last = events.heartbeats();
         events.heartbeats() < last + 2 || !is_current() || is_any_waiting();) {
      if (std::chrono::steady_clock::now() > until)
        FAIL("trials " << first_ << " and on do not come to rest");
      events.listen(trials_, std::chrono::milliseconds(5));
      if (!is_current()) truth = stage_.ask_registry();
    }
    events.forget();
    return truth;
  }
  void compare(const Truth& truth) {
    const std::hash<std::string> hash;
    const std::string wanted = truth.text();
    for (const ZmqTrial& trial : trials_) {
      const std::string copied = trial.copy().text();
      if (hash(copied) != hash(wanted))
        FAIL("trial " << trial.seed() << ": the registry has\n" << wanted << "the copy has\n" << copied);
    }
    if (!of_the_last_) return;
    for (const auto& [id, session] : *of_the_last_) restarts_.sessions_ended += 1 - truth.sessions.count(id);
    for (const auto& [id, session] : truth.sessions) restarts_.sessions_begun += 1 - of_the_last_->count(id);
  }

  const std::uint32_t first_;
  std::mt19937 random_;
  Stage& stage_;
  ZmqTally& tally_;
  Restarts& restarts_;
  std::vector<ZmqTrial> trials_;
  std::optional<std::map<std::string, SessionText>> of_the_last_;  // final state of the former daemon
};

void print(const ZmqTally& tally, const Restarts& restarts) {
  std::printf("  %" PRIu64 " messages, of which %" PRIu64 " dropped and %" PRIu64 " delayed; %" PRIu64
              " snapshots asked for, %" PRIu64 " answers dropped and %" PRIu64 " delayed\n",
              tally.messages, tally.dropped, tally.delayed, tally.requests, tally.replies_dropped,
              tally.replies_delayed);
  std::printf(
      "  %" PRIu64 " restarts that ended %" PRIu64 " sessions, and %" PRIu64 " began after them; %" PRIu64
      " times back to a daemon before, %" PRIu64 " answers from before\n",
      restarts.all, restarts.sessions_ended, restarts.sessions_begun, tally.of_the_past, tally.replies_void);
  std::printf("  %" PRIu64 " copies were wrong when the boundary stopped\n", tally.wrong_before);
}

}  // namespace

TEST_CASE("through 10,000 trials of loss and restart every copy behind ZeroMQ equals the registry",
          "[integration][loss]") {
  const std::uint32_t first = number_of("ATM_LOSS_SEED", std::random_device{}() % 1'000'000'000);
  const std::uint32_t count = number_of("ATM_LOSS_TRIALS", 10'000);
  std::printf("loss trials over ZeroMQ: seeds %" PRIu32 " to %" PRIu32 "\n", first, first + count - 1);
  Stage stage;
  ZmqTally tally;
  Restarts restarts;
  for (std::uint32_t done = 0; done < count; done += kAtOnce)
    Round(first + done, std::min(kAtOnce, count - done), stage, tally, restarts).play();
  print(tally, restarts);
  if (count < 1000) return;
  // The trials covered the cases.
  CHECK(tally.messages > 20 * count);
  CHECK(tally.dropped > 5 * count);
  CHECK(tally.delayed > 5 * count);
  CHECK(tally.requests > 2 * count);
  CHECK(tally.replies_dropped > count / 20);
  CHECK(tally.replies_delayed > count / 20);
  CHECK(tally.wrong_before > count / 4);
  CHECK(stage.events().removals() > count / 100);
  CHECK(restarts.all > count / kAtOnce / 4);
  CHECK(restarts.sessions_ended > restarts.all / 4);
  CHECK(restarts.sessions_begun > restarts.all / 4);
  CHECK(tally.of_the_past > count / 20);
  CHECK(tally.replies_void > count / 100);
}
