// SPDX-License-Identifier: MIT
// A restart of the daemon loses nothing: the state after each step is the fold of what the store keeps, and a scenario
// ends the same with a restart in its middle.
#include <cstdlib>
#include <memory>

#include "play.hpp"
#include "support/catch.hpp"

namespace atm::gauntlet {
namespace {

std::vector<Scenario> restartable() {
  const char* wanted = std::getenv("GAUNTLET");
  std::vector<Scenario> all = read_scenarios(GAUNTLET_DIR);
  std::erase_if(all, [wanted](const Scenario& one) {
    return !one.expected_failure.empty() || (wanted != nullptr && !one.name().starts_with(wanted));
  });
  return all;
}

/// Folds what the store keeps, input by input.
class Follower {
 public:
  Follower() {
    kernel::RegistryActorOptions options;
    options.monotonic_ns = [] { return std::int64_t{0}; };
    registry_ = std::make_unique<kernel::RegistryActor>(std::move(options), bus_);
  }
  std::uint64_t hash_after(const testing::FakeStore& store) {
    for (; read_ < store.inputs.size(); ++read_)
      store.inputs[read_].lend([this](const atm_stored& one) { CHECK(registry_->replay(one) == ATM_OK); });
    return registry_->hash();
  }

 private:
  kernel::Bus bus_{kernel::BusOptions{.epoch = 2}};
  std::unique_ptr<kernel::RegistryActor> registry_;
  std::size_t read_ = 0;
};

std::string told(const View& view) {
  return "raised " + std::to_string(view.told("attention.raised")) + ", cleared " +
         std::to_string(view.told("attention.cleared")) + '\n';
}

}  // namespace

TEST_CASE("the state after each step is the fold of what the store keeps") {
  std::size_t cut_points = 0;
  for (const Scenario& scenario : restartable()) {
    if (scenario.group == "restart") continue;
    World world(Processes::kWatched);
    Follower follower;
    for (const Step& step : scenario.steps) {
      world.pass_until(step.at);
      std::visit(
          [&world](const auto& what) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(what)>, Expectation>) world.tell(what);
          },
          step.what);
      ++cut_points;
      if (follower.hash_after(world.store()) == world.registry().hash()) continue;
      FAIL_CHECK(scenario.name() << ':' << step.line << ": the restored state differs\n"
                                 << world.view().summary());
      break;
    }
  }
  CHECK((std::getenv("GAUNTLET") != nullptr || cut_points > 4'000));
}

TEST_CASE("a scenario ends the same with a restart in its middle") {
  for (const Scenario& scenario : restartable()) {
    if (scenario.group == "restart") continue;
    const std::unique_ptr<World> before = play(scenario).world;
    std::size_t number = 0;
    for (const DaemonNews end : {DaemonNews::kStopped, DaemonNews::kKilled}) {
      // Two steps of each scenario, other ones for the other kind of end.
      for (const std::size_t part : {1U, 2U}) {
        const std::size_t after = (scenario.steps.size() - 1) * (2 * part - 1 + number) / 5;
        const Scenario variation = restarted(scenario, after, end);
        const Played played = play(variation);
        std::string wrong;
        for (const Expectation* expected : final_expectations(variation)) {
          for (const std::string& line : differences(*expected, played.world->view()))
            wrong += line + '\n' + played.world->view().describe(expected->session);
        }
        if (told(before->view()) != told(played.world->view()))
          wrong += told(before->view()) + "became " + told(played.world->view());
        if (!wrong.empty())
          FAIL_CHECK(scenario.name() << " with a restart after line " << scenario.steps[after].line << ":\n"
                                     << wrong);
      }
      ++number;
    }
  }
}

}  // namespace atm::gauntlet
