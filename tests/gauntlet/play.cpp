// SPDX-License-Identifier: MIT
#include "play.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <map>
#include <set>
#include <utility>

namespace atm::gauntlet {
namespace {

std::string joined(const std::vector<std::string>& all) {
  std::string line;
  for (const std::string& one : all) line += (line.empty() ? "" : " ") + one;
  return line;
}

std::string place(const Scenario& scenario, const Step& step) {
  return scenario.file.string() + ':' + std::to_string(step.line) + ": ";
}

std::string failure(const Scenario& scenario, const Step& step, const Expectation& expected,
                    const std::vector<std::string>& different, const View& view) {
  std::string text = place(scenario, step) + scenario.claim + " [" + joined(scenario.rules) + "]\n";
  for (const std::string& one : different) text += "  " + one + '\n';
  if (!expected.session.empty()) text += "  " + view.describe(expected.session);
  return text;
}

}  // namespace

bool Sources::has(const Record& record) const {
  if (record.is_hook()) return hooks;
  if (record.channel == "claude_code/status_line") return status_lines;
  if (record.channel == "claude_code/session_file") return session_files;
  if (record.channel == "claude_code/transcript") return transcripts;
  return true;
}

Played play(const Scenario& scenario, const Watch& watch) {
  Played played{{}, std::make_unique<World>(Processes::kWatched)};
  World& world = *played.world;
  for (const Step& step : scenario.steps) {
    try {
      world.pass_until(step.at);
      if (const auto* expected = std::get_if<Expectation>(&step.what)) {
        const std::vector<std::string> different = differences(*expected, world.view());
        if (!different.empty())
          played.failures.push_back(failure(scenario, step, *expected, different, world.view()));
      } else {
        std::visit(
            [&world](const auto& what) {
              if constexpr (!std::is_same_v<std::decay_t<decltype(what)>, Expectation>) world.tell(what);
            },
            step.what);
      }
      if (watch) watch(step, world.view());
    } catch (const std::exception& problem) {
      played.failures.push_back(place(scenario, step) + problem.what());
      break;
    }
  }
  return played;
}

std::unique_ptr<World> play_with(const Scenario& scenario, const Sources& sources) {
  auto world = std::make_unique<World>(sources.processes ? Processes::kWatched : Processes::kUnknown);
  for (const Step& step : scenario.steps) {
    world->pass_until(step.at);
    if (const auto* record = std::get_if<Record>(&step.what)) {
      if (sources.has(*record)) world->tell(*record);
    } else {
      std::visit(
          [&world](const auto& what) {
            using What = std::decay_t<decltype(what)>;
            if constexpr (!std::is_same_v<What, Expectation> && !std::is_same_v<What, Record>)
              world->tell(what);
          },
          step.what);
    }
  }
  return world;
}

Scenario doubled(Scenario scenario) {
  std::vector<Step> steps;
  for (Step& step : scenario.steps) {
    const auto* record = std::get_if<Record>(&step.what);
    if (record != nullptr && record->is_hook()) steps.push_back(step);
    steps.push_back(std::move(step));
  }
  scenario.steps = std::move(steps);
  return scenario;
}

Scenario swapped(Scenario scenario) {
  constexpr Nanos kNear = std::chrono::milliseconds(20);
  Step* before = nullptr;
  for (Step& step : scenario.steps) {
    auto* record = std::get_if<Record>(&step.what);
    if (record == nullptr || !record->is_hook()) continue;
    auto* earlier = before == nullptr ? nullptr : std::get_if<Record>(&before->what);
    if (earlier != nullptr && earlier->session == record->session && step.at - before->at <= kNear) {
      std::swap(*earlier, *record);
      before = nullptr;
    } else {
      before = &step;
    }
  }
  return scenario;
}

Scenario with_lag(Scenario scenario, Nanos lag) {
  // An older line precedes the discovery of its session.
  constexpr Nanos kLive = std::chrono::seconds(2);
  for (Step& step : scenario.steps) {
    const auto* record = std::get_if<Record>(&step.what);
    const bool is_followed = record != nullptr && record->stated && step.at - *record->stated < kLive;
    if (is_followed) step.at = std::max(Nanos(0), *record->stated + lag);
  }
  std::stable_sort(scenario.steps.begin(), scenario.steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  return scenario;
}

Scenario restarted(Scenario scenario, std::size_t after, DaemonNews end) {
  const Step& step = scenario.steps[after];
  const Step ended{step.at, step.line, end};
  const Step started{step.at, step.line, DaemonNews::kStarted};
  scenario.steps.insert(scenario.steps.begin() + static_cast<std::ptrdiff_t>(after) + 1, {ended, started});
  return scenario;
}

Scenario cold_start(const Scenario& scenario, std::size_t first, ReadFirst order) {
  const Nanos begin = scenario.steps[first].at;
  std::map<std::pair<std::int64_t, std::string>, Step> entries;
  std::vector<Step> transcripts;
  std::set<std::string> unnamed;  // sessions with a transcript and without a session file
  Scenario cold = scenario;
  cold.steps.clear();
  for (std::size_t i = 0; i < first; ++i) {
    const Step& step = scenario.steps[i];
    const auto* record = std::get_if<Record>(&step.what);
    if (record == nullptr) {
      if (!std::holds_alternative<Expectation>(step.what) && !std::holds_alternative<Acknowledge>(step.what))
        cold.steps.push_back(step);
      continue;
    }
    if (record->is_torn) continue;
    if (record->is_transcript()) transcripts.push_back(step);
    if (!record->is_entry()) continue;
    const std::pair file(record->entry_of, record->entry_of == 0 ? record->session : std::string());
    entries.erase(file);
    if (!record->is_gone) entries.emplace(file, step);
  }
  for (const Step& step : transcripts) unnamed.insert(std::get<Record>(step.what).session);
  std::vector<Step> found;
  for (const auto& [file, step] : entries) {
    found.push_back(step);
    unnamed.erase(std::get<Record>(step.what).session);
  }
  const auto is_not_followed = [&unnamed](const Step& step) {
    const auto* record = std::get_if<Record>(&step.what);
    return record != nullptr && record->is_transcript() && unnamed.count(record->session) != 0;
  };
  std::erase_if(transcripts, is_not_followed);
  found.insert(order == ReadFirst::kEntries ? found.end() : found.begin(), transcripts.begin(),
               transcripts.end());
  for (Step& step : found) {
    step.at = begin;
    cold.steps.push_back(std::move(step));
  }
  cold.steps.insert(cold.steps.end(), scenario.steps.begin() + static_cast<std::ptrdiff_t>(first),
                    scenario.steps.end());
  std::erase_if(cold.steps, is_not_followed);
  return cold;
}

std::vector<const Expectation*> final_expectations(const Scenario& scenario) {
  std::vector<const Expectation*> last;
  for (auto step = scenario.steps.rbegin(); step != scenario.steps.rend(); ++step) {
    const auto* expected = std::get_if<Expectation>(&step->what);
    if (expected == nullptr || step->at != scenario.steps.back().at) break;
    last.push_back(expected);
  }
  return last;
}

}  // namespace atm::gauntlet
