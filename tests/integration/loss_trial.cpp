// SPDX-License-Identifier: MIT
#include "loss_trial.hpp"

#include <array>
#include <atm/json.hpp>
#include <atm/protocol/session_writer.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "loss_boundary.hpp"
#include "loss_reader.hpp"

namespace atm::test {
namespace {

using namespace atm::kernel::test;

std::string session_json(const protocol::Session& session) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  protocol::write_session(writer, session.domain, session.runtime);
  return std::string(json::text_of(buffer));
}

/// A random history of a registry.
ObservationSpec anything(Dice& dice, const Terms& terms, std::int64_t now_ns) {
  static constexpr std::array<const char*, 4> kWords{"Bash", "Edit", "\"quoted\"\n",
                                                     "W\xC3\xA4hle \xF0\x9F\x8E\xB2"};
  const std::string number = std::to_string(dice.roll(4));
  const auto make = [&]() -> ObservationSpec {
    switch (dice.roll(14)) {
      case 0:
        return started("");
      case 1:
        return prompt(number.c_str());
      case 2:
      case 3:
        return tool_started(number.c_str(), kWords[dice.roll(kWords.size())]);
      case 4:
      case 5:
        return tool_finished(number.c_str());
      case 6:
        return permission(kWords[dice.roll(kWords.size())]);
      case 7:
        return finished(static_cast<int>(dice.roll(2)));
      case 8:
        return failed();
      case 9:
        return level(dice.is_one_in(2) ? "busy" : "idle");
      case 10:
        return observed("session.ended");
      case 11:
        return observed("session.replaced", {{"by", "s" + std::to_string(dice.roll(terms.sessions))}});
      case 12:
        return observed("process.bound",
                        {{"pid", static_cast<int>(dice.between(10, 13))}, {"start_ticks", 70}});
      default:
        return observed("status.reported",
                        {{"cost.total_usd", 0.25 * dice.roll(40)}, {"cwd", "/home/" + number}});
    }
  };
  return make().of("s" + std::to_string(dice.roll(terms.sessions))).at(std::chrono::nanoseconds(now_ns));
}

class Trial final {
 public:
  Trial(std::uint32_t seed, LossTally& tally)
      : dice_(seed), terms_(dice_), tally_(tally), reader_(tally), epoch_(1 + seed) {
    start();
    connect();
  }

  void play() {
    for (std::uint32_t steps = dice_.between(20, 120); steps > 0; --steps) step();
    compare();
    tally_.unaccounted_trials += daemon_->knows_all() ? 0 : 1;
  }

 private:
  void step() {
    const std::uint32_t what = dice_.roll(40);
    if (what == 0) return reconnect();
    if (what == 1) return dice_.is_one_in(3) ? restart() : subscribe_again();
    if (what == 2) return dice_.is_one_in(3) ? compare() : link_->interject();
    if (what == 3) return pass(std::chrono::seconds(dice_.between(1, 120)));
    if (what < 14) return deliver(dice_.is_one_in(2) ? dice_.between(1, 40) : dice_.between(1, 9000));
    if (what < 24) return static_cast<void>(link_->pump(dice_.between(1, 8)));
    tell(dice_.between(1, terms_.batch));
  }

  void pass(std::chrono::seconds time) {
    daemon_->running.tick(time);
    daemon_->settle();
  }
  void tell(std::uint32_t count) {
    ActorFixture& running = daemon_->running;
    running.mono_ns += std::int64_t{dice_.between(1, 4000)} * 1'000'000;
    for (; count > 0; --count) {
      if (running.registry->observe(anything(dice_, terms_, running.mono_ns).copy()) != ATM_OK) {
        fail("the registry took an observation no more");
      }
    }
    daemon_->settle();
  }
  void deliver(std::size_t bytes) { reader_.take(link_->read(bytes), *daemon_, terms_.activity); }

  /// Delivers everything, then compares.
  void compare() {
    const auto is_busy = [this] {
      daemon_->settle();
      const bool any = link_->pump(0);
      const bool has_more = any || !link_->is_empty() || daemon_->running.bus.snapshot_wanted();
      deliver(std::string::npos);
      return has_more;
    };
    while (is_busy()) {
    }
    if (!reader_.copy().is_current()) fail("the copy stays behind");
    reader_.rest(*daemon_);
    std::string truth;
    for (const auto& [id, json] : daemon_->running.sessions()) truth += json + "\n";
    std::string copied;
    for (const auto& [id, session] : reader_.copy().sessions()) copied += session_json(session) + "\n";
    const std::hash<std::string> hash;
    if (hash(truth) != hash(copied)) fail("the registry has\n" + truth + "the copy has\n" + copied);
    ++tally_.comparisons;
    count_turnover();
  }

  void disconnect() {
    link_.reset();
    reader_.disconnected();
  }
  void connect() { link_ = std::make_unique<Link>(*daemon_, terms_, dice_); }
  void reconnect() {
    ++tally_.reconnects;
    disconnect();
    connect();
  }
  void subscribe_again() {
    ++tally_.resubscriptions;
    link_->subscribe_again();
  }
  // The output of the former daemon arrives first or is lost; it can be unconnected at the first event of the next
  // daemon.
  void restart() {
    ++tally_.restarts;
    if (dice_.is_one_in(2)) deliver(std::string::npos);
    disconnect();
    of_the_last_ = daemon_->running.sessions();
    start();
    if (dice_.is_one_in(2)) tell(dice_.between(1, 2 * terms_.batch));
    connect();
  }
  void start() { daemon_ = std::make_unique<Daemon>(terms_, epoch_++); }
  void count_turnover() {
    if (!of_the_last_) return;
    const auto now = daemon_->running.sessions();
    for (const auto& [id, json] : *of_the_last_) tally_.sessions_ended += 1 - now.count(id);
    for (const auto& [id, json] : now) tally_.sessions_begun += 1 - of_the_last_->count(id);
    of_the_last_.reset();
  }

  Dice dice_;
  const Terms terms_;
  LossTally& tally_;
  Reader reader_;
  std::uint64_t epoch_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<Link> link_;
  std::optional<std::map<std::string, std::string>> of_the_last_;  // final state of the former daemon
};

}  // namespace

std::string play_loss_trial(std::uint32_t seed, LossTally& tally) {
  try {
    Trial(seed, tally).play();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace atm::test
