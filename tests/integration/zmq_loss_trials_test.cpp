// SPDX-License-Identifier: MIT
// After any loss between ZeroMQ and a subscriber, its copy ends as the registry is: a real daemon, a real SUB and
// DEALER, and a hundred copies at a time, each behind a boundary with dice of its own.
//
//   ATM_LOSS_SEED=N     the first trial's seed: it chooses what the boundary does and what is told; the clock is not ours
//   ATM_LOSS_TRIALS=N   so many trials instead of 10,000
#include <poll.h>

#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "support/catch.hpp"
#include "wire_client.hpp"
#include "zmq_loss_copy.hpp"
#include "zmq_program.hpp"

using namespace atm::test;

namespace {

constexpr std::uint32_t kAtOnce = 100;

// Few sessions have room, so that some go. No refresh: what is lost must be noticed.
const std::string kSettings =
    "heartbeat_ms = 10\nrefresh_ms = 0\nactivity = true\nmax_requests = 4096\n"
    "out_bytes = 16777216\n[limits]\nsessions = 4\n" +
    std::string(kOwnAgentsOnly);

std::uint32_t number_of(const char* variable, std::uint32_t otherwise) {
  const char* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

SessionText text_of(const atm::json::Value& session) {
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  session.Accept(writer);
  return std::make_shared<const std::string>(atm::json::text_of(buffer));
}

std::uint64_t count_in(const atm::json::Value& root, std::string_view name) {
  return static_cast<std::uint64_t>(atm::json::get_int(root, name).value_or(0));
}

void add_sessions(const atm::json::Value& root, std::map<std::string, SessionText>& to) {
  const atm::json::Value* const sessions = atm::json::get_array(root, "sessions");
  REQUIRE(sessions != nullptr);
  for (const atm::json::Value& session : sessions->GetArray())
    to.emplace(atm::json::get_string(session, "id").value_or(""), text_of(session));
}

/// The two ZeroMQ sockets of one program; it reads each message once for all its trials.
class Ear final {
 public:
  explicit Ear(const ZmqDaemon& daemon) {
    for (zmq::socket_t* const socket : {&events_, &requests_}) socket->set(zmq::sockopt::linger, 0);
    events_.set(zmq::sockopt::rcvhwm, 0);
    events_.connect(daemon.publish());
    events_.set(zmq::sockopt::subscribe, "atm/1/");
    requests_.connect(daemon.request());
  }

  /// Everything that has come, to everybody; then what they have to ask. Waits so long when nothing has.
  void listen(std::vector<ZmqTrial>& trials, std::chrono::milliseconds patience) {
    std::array<zmq::pollitem_t, 2> items{zmq::pollitem_t{events_.handle(), 0, ZMQ_POLLIN, 0},
                                         {requests_.handle(), 0, ZMQ_POLLIN, 0}};
    zmq::poll(items, patience);
    zmq::message_t frame;
    while (events_.recv(frame, zmq::recv_flags::dontwait)) {
      REQUIRE(events_.recv(frame, zmq::recv_flags::dontwait));  // the topic said nothing more
      const Published message = read(frame.to_string_view());
      for (ZmqTrial& trial : trials) trial.carry(message);
    }
    while (requests_.recv(frame, zmq::recv_flags::dontwait)) take_reply(frame, trials);
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (!trials[i].wants_to_ask(last_ + 1)) continue;
      asked_[++last_] = i;
      requests_.send(zmq::buffer(R"({"type":"get_all_sessions","id":)" + std::to_string(last_) + '}'));
    }
  }
  /// The next trials do not know of the last ones' requests.
  void forget() { asked_.clear(); }
  [[nodiscard]] std::uint64_t heartbeat_seq() const noexcept { return heartbeat_seq_; }
  [[nodiscard]] std::uint64_t heartbeats() const noexcept { return heartbeats_; }
  [[nodiscard]] std::uint64_t removals() const noexcept { return removals_; }

 private:
  Published read(std::string_view json) {
    const atm::json::Value* const root = reader_.parse(json);
    REQUIRE(root != nullptr);
    Published message;
    message.epoch = count_in(*root, "epoch");
    message.number = count_in(*root, "number");
    message.seq = count_in(*root, "seq");
    const std::string_view type = atm::json::get_string(*root, "type").value_or("");
    if (type == "heartbeat") {
      message.kind = Published::Kind::kHeartbeat;
      message.count = count_in(*root, "sessions");
      heartbeat_seq_ = message.seq;
      ++heartbeats_;
    } else if (type == "gap") {
      message.kind = Published::Kind::kGap;
    } else if (type != "activity") {
      message.kind = Published::Kind::kState;
      const atm::json::Value* const session = atm::json::get_object(*root, "session");
      if (session != nullptr) message.session = text_of(*session);
      removals_ += session == nullptr ? 1 : 0;
      message.id = session != nullptr ? atm::json::get_string(*session, "id").value_or("")
                                      : atm::json::get_string(*root, "session_id").value_or("");
    }
    return message;
  }
  void take_reply(zmq::message_t& frame, std::vector<ZmqTrial>& trials) {
    Snapshot snapshot;
    std::uint64_t id = 0;
    for (bool is_more = true; is_more;) {
      const atm::json::Value* const root = reader_.parse(frame.to_string_view());
      REQUIRE(root != nullptr);
      REQUIRE(atm::json::get_string(*root, "type") == "sessions");
      id = count_in(*root, "id");
      snapshot.seq = count_in(*root, "seq");
      add_sessions(*root, snapshot.sessions);
      is_more = frame.more();
      if (is_more) REQUIRE(requests_.recv(frame));
    }
    const auto asked = asked_.find(id);
    if (asked != asked_.end()) trials[asked->second].carry(id, snapshot);
  }

  zmq::context_t context_;
  zmq::socket_t events_{context_, ZMQ_SUB};
  zmq::socket_t requests_{context_, ZMQ_DEALER};
  atm::json::Reader reader_;
  std::map<std::uint64_t, std::size_t> asked_;  // which request is which trial's
  std::uint64_t last_ = 0;
  std::uint64_t heartbeat_seq_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::uint64_t removals_ = 0;
};

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
  std::string text;
};
Truth ask_registry(Wire& wire) {
  atm::json::Reader reader;
  std::map<std::string, SessionText> sessions;
  Truth truth;
  wire.send(R"({"type":"get_all_sessions"})");
  for (bool is_more = true; is_more;) {
    const atm::json::Value* const root = reader.parse(wire.line().value());
    REQUIRE(root != nullptr);
    truth.seq = count_in(*root, "seq");
    add_sessions(*root, sessions);
    is_more = atm::json::get_bool(*root, "more").value_or(false);
  }
  for (const auto& [id, session] : sessions) truth.text += *session + '\n';
  return truth;
}

bool is_any_waiting(const std::vector<ZmqTrial>& trials) {
  return std::any_of(trials.begin(), trials.end(), [](const ZmqTrial& trial) { return trial.is_waiting(); });
}

/// The next one, with what comes before it.
void await_heartbeat(Ear& ear, std::vector<ZmqTrial>& trials) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (const std::uint64_t last = ear.heartbeats(); ear.heartbeats() == last;) {
    if (std::chrono::steady_clock::now() > until) FAIL("no heartbeat");
    ear.listen(trials, std::chrono::milliseconds(5));
  }
}

void check_round(std::uint32_t first, std::uint32_t count, Ear& ear, Wire& wire, ZmqTally& tally) {
  std::vector<ZmqTrial> trials;
  trials.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) trials.emplace_back(first + i, tally);
  std::mt19937 random(first);
  for (unsigned steps = 30 + static_cast<unsigned>(random() % 30); steps > 0; --steps) {
    std::string lines;
    for (unsigned many = 1 + static_cast<unsigned>(random() % 5); many > 0; --many)
      lines += anything(random) + '\n';
    wire.send_raw(lines);
    if (random() % 4 == 0) wire.sync();
    ear.listen(trials, std::chrono::milliseconds(0));
    if (random() % 8 == 0) await_heartbeat(ear, trials);
  }
  wire.sync();
  const Truth before = ask_registry(wire);
  for (ZmqTrial& trial : trials) {
    tally.wrong_before += trial.copy().text() == before.text ? 0 : 1;
    trial.calm();
  }
  // Told of by a heartbeat after all of it, and asked and answered where that was needed.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const std::uint64_t heartbeat = ear.heartbeats();
  Truth truth = ask_registry(wire);
  while (ear.heartbeats() < heartbeat + 2 || ear.heartbeat_seq() != truth.seq || is_any_waiting(trials)) {
    if (std::chrono::steady_clock::now() > until) FAIL("trials " << first << " and on do not come to rest");
    ear.listen(trials, std::chrono::milliseconds(5));
    if (ear.heartbeat_seq() > truth.seq) truth = ask_registry(wire);
  }
  ear.forget();
  const std::hash<std::string> hash;
  for (const ZmqTrial& trial : trials) {
    const std::string copied = trial.copy().text();
    if (hash(copied) != hash(truth.text))
      FAIL("trial " << trial.seed() << ": the registry has\n" << truth.text << "the copy has\n" << copied);
  }
}

}  // namespace

TEST_CASE("through 10,000 trials of loss every copy behind ZeroMQ ends as the registry is",
          "[integration][loss]") {
  const std::uint32_t first = number_of("ATM_LOSS_SEED", std::random_device{}() % 1'000'000'000);
  const std::uint32_t count = number_of("ATM_LOSS_TRIALS", 10'000);
  std::printf("loss trials over ZeroMQ: seeds %" PRIu32 " to %" PRIu32 "\n", first, first + count - 1);
  const ZmqDaemon daemon(kSettings);
  Wire wire(daemon.home().socket());
  static_cast<void>(wire.greet());
  Ear ear(daemon);
  ZmqTally tally;
  for (std::uint32_t done = 0; done < count; done += kAtOnce)
    check_round(first + done, std::min(kAtOnce, count - done), ear, wire, tally);
  std::printf("  %" PRIu64 " messages, of which %" PRIu64 " dropped and %" PRIu64 " delayed; %" PRIu64
              " snapshots asked for, %" PRIu64 " answers dropped; %" PRIu64
              " copies were wrong when the boundary stopped; %" PRIu64 " sessions removed\n",
              tally.messages, tally.dropped, tally.delayed, tally.requests, tally.replies_dropped,
              tally.wrong_before, ear.removals());
  if (count < 1000) return;
  // The trials tried what they are for.
  CHECK(tally.messages > 20 * count);
  CHECK(tally.dropped > 5 * count);
  CHECK(tally.delayed > 5 * count);
  CHECK(tally.requests > 2 * count);
  CHECK(tally.replies_dropped > count / 20);
  CHECK(tally.wrong_before > count / 4);
  CHECK(ear.removals() > count / 100);
}
