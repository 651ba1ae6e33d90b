// SPDX-License-Identifier: MIT
#include "ablation.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <sstream>

namespace atm::gauntlet {
namespace {

std::string_view class_of(StatusKind kind) {
  switch (kind) {
    case StatusKind::kActive:
    case StatusKind::kThinking:
    case StatusKind::kRunningTool:
    case StatusKind::kCompacting:
      return "works";
    case StatusKind::kWaitingForPermission:
    case StatusKind::kWaitingForInput:
      return "waits";
    case StatusKind::kBackground:
      return "background";
    case StatusKind::kError:
      return "error";
    case StatusKind::kIdle:
      return "idle";
    case StatusKind::kStale:
      return "unknown";
    case StatusKind::kEnded:
      break;
  }
  return "gone";
}

/// The expected classes: session to class.
std::map<std::string, std::string_view> truth_of(const Scenario& scenario, const Sources& left) {
  // No other source reports that a process has one session at a time, so that the next one replaces it (STATE-I3).
  const bool knows_of_replacement = left.hooks || left.session_files;
  std::map<std::string, std::string_view> truth;
  for (const Expectation* expected : final_expectations(scenario)) {
    if (const auto kind = parse_status_kind(expected->status.value_or("")))
      truth.emplace(expected->session, class_of(*kind));
    for (const auto& [id, reason] : expected->removed) {
      if (reason != "replaced" || knows_of_replacement)
        truth.emplace(id, reason == "stale" ? "unknown" : "gone");
    }
  }
  return truth;
}

Answer answer_of(const View& view, const std::string& session, std::string_view truth) {
  if (truth == "unknown") return Answer::kCertain;
  const protocol::Session* found = view.find(session);
  std::string_view derived;
  bool is_certain = true;
  if (found == nullptr) {
    const std::string removal = view.removal_of(session);
    if (removal.empty() || removal == "stale" || removal == "forced_cleanup") return Answer::kUnknown;
    derived = "gone";
  } else {
    derived = class_of(found->domain.status.kind());
    is_certain = found->domain.certain || derived == "gone";
  }
  if (derived == truth) return is_certain ? Answer::kCertain : Answer::kUncertain;
  return derived == "unknown" || !is_certain ? Answer::kUnknown : Answer::kWrong;
}

/// The conditions of a replay.
struct Run {
  std::string name;
  Sources left;
};

std::string name_of(const Scenario& scenario, std::string_view loss) {
  return scenario.name() + " without " + std::string(loss) + ": ";
}

void judge_states(const Scenario& scenario, const Run& run, const View& view, Tally& tally,
                  std::vector<std::string>& wrong) {
  for (const auto& [session, truth] : truth_of(scenario, run.left)) {
    const Answer answer = answer_of(view, session, truth);
    ++tally.answers[static_cast<std::size_t>(answer)];
    if (answer == Answer::kWrong)
      wrong.push_back(name_of(scenario, run.name) + "expected " + std::string(truth) + ", found " +
                      view.describe(session));
  }
}

/// Returns true if an alert was raised at most two seconds after the start of the wait or of the daemon.
bool is_raised(const View::Wait& wait, Nanos start, const View& view) {
  constexpr Nanos kLatest = std::chrono::milliseconds(2250);
  return std::any_of(view.alerts().begin(), view.alerts().end(), [&](const View::Wait& alert) {
    return alert.session == wait.session && alert.begin <= std::max(wait.begin, start) + kLatest &&
           alert.end.value_or(Nanos::max()) >= wait.begin;
  });
}

/// Returns true if the sources report that the agent waits.
bool is_asked(const View::Wait& wait, Nanos end, const Scenario& scenario, const Sources& left) {
  constexpr Nanos kSlack = std::chrono::seconds(1);
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [&](const Step& step) {
    const auto* record = std::get_if<Record>(&step.what);
    return record != nullptr && record->asks && left.has(*record) && record->session == wait.session &&
           step.at >= wait.begin - kSlack && step.at <= end;
  });
}

void judge_calls(const Scenario& scenario, const Run& run, const World& reference, Nanos start,
                 const View& view, Tally& tally, std::vector<std::string>& lost) {
  constexpr Nanos kShortest = std::chrono::seconds(1);
  for (const View::Wait& wait : reference.view().waits()) {
    const Nanos end = wait.end.value_or(scenario.steps.back().at);
    if (end - std::max(wait.begin, start) < kShortest || !is_raised(wait, Nanos(0), reference.view()))
      continue;
    if (!is_asked(wait, end, scenario, run.left)) continue;
    ++tally.waits;
    if (is_raised(wait, start, view)) continue;
    ++tally.lost;
    lost.push_back(name_of(scenario, run.name) + "the wait from " +
                   std::to_string(std::chrono::duration<double>(wait.begin).count()) + " s");
  }
}

/// `reference`: the scenario with every source; none: attention is not evaluated.
void judge(const Scenario& scenario, const Run& run, const World* reference, Nanos start, Tally& tally,
           Ablation& found) {
  if (!run.left.processes && !scenario.needs_processes.empty()) return;
  try {
    const auto world = play_with(scenario, run.left);
    judge_states(scenario, run, world->view(), tally, found.wrong);
    if (reference != nullptr) judge_calls(scenario, run, *reference, start, world->view(), tally, found.lost);
  } catch (const std::exception& problem) {
    ++tally.answers[static_cast<std::size_t>(Answer::kWrong)];
    found.wrong.push_back(name_of(scenario, run.name) + problem.what());
  }
}

bool steps_its_clock(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(),
                     [](const Step& step) { return std::holds_alternative<WallStep>(step.what); });
}

void ablate_cold(const Scenario& scenario, const World& reference, std::array<Tally, kLosses.size()>& tallies,
                 std::size_t stride, Ablation& found) {
  for (std::size_t first = 1; first < scenario.steps.size(); first += stride) {
    const bool is_expect = std::holds_alternative<Expectation>(scenario.steps[first].what);
    if (is_expect) continue;
    for (const ReadFirst order : {ReadFirst::kEntries, ReadFirst::kTranscripts}) {
      Scenario cold = cold_start(scenario, first, order);
      const std::string where = order == ReadFirst::kEntries ? ", entries first" : ", transcripts first";
      for (std::size_t i = 0; i < kLosses.size(); ++i) {
        const bool reads_transcripts = kLosses[i].left.transcripts;
        if (!kLosses[i].left.session_files || (!reads_transcripts && order == ReadFirst::kTranscripts))
          continue;
        const std::string name = std::string(kLosses[i].name) + " started before line " +
                                 std::to_string(scenario.steps[first].line) + where;
        judge(cold, {name, kLosses[i].left}, &reference, scenario.steps[first].at, tallies[i], found);
      }
    }
  }
}

std::string names_of_missing(const Sources& left) {
  std::string names;
  const auto add = [&names](bool is_left, std::string_view name) {
    if (!is_left) names.append(names.empty() ? "" : ", ").append(name);
  };
  add(left.hooks, "hooks");
  add(left.status_lines, "status lines");
  add(left.session_files, "session files");
  add(left.transcripts, "transcripts");
  add(left.processes, "processes");
  return names;
}

std::string cell(const Tally& tally) {
  std::ostringstream out;
  out << tally.of(Answer::kCertain) << '/' << tally.of(Answer::kUncertain) << '/'
      << tally.of(Answer::kUnknown) << '/' << tally.of(Answer::kWrong);
  return std::move(out).str();
}

std::string header(std::string_view first) {
  std::string line = "| " + std::string(first) + " |";
  for (const Loss& loss : kLosses) line += ' ' + std::string(loss.name) + " |";
  line += "\n|---|";
  for (std::size_t i = 0; i < kLosses.size(); ++i) line += "---|";
  return line + '\n';
}

}  // namespace

Ablation ablate(const std::vector<Scenario>& scenarios, std::size_t stride) {
  Ablation ablation;
  for (const Scenario& scenario : scenarios) {
    // A cold start has no store, and a scenario of this group is wrong without one.
    if (!scenario.expected_failure.empty() || scenario.group == "restart") continue;
    const auto reference = play_with(scenario, {});
    for (std::size_t v = 0; v < kVariations.size(); ++v) {
      const Variation& variation = kVariations[v];
      if (variation.is_cold_start) {
        if (!scenario.not_cold.empty()) continue;
        ablate_cold(scenario, *reference, ablation.all[v], stride, ablation);
        continue;
      }
      if (variation.lag && steps_its_clock(scenario)) continue;
      const Scenario played = variation.lag ? with_lag(scenario, *variation.lag) : scenario;
      for (std::size_t i = 0; i < kLosses.size(); ++i) {
        const Run run{std::string(kLosses[i].name) + ", " + std::string(variation.name), kLosses[i].left};
        Tally tally;
        judge(played, run, reference.get(), Nanos(0), tally, ablation);
        ablation.all[v][i] += tally;
        if (!variation.lag) ablation.groups[scenario.group][i] += tally;
      }
    }
  }
  return ablation;
}

std::vector<std::string> wrong_with_any_sources(const std::vector<Scenario>& scenarios) {
  Ablation found;
  Tally tally;
  for (unsigned left = 0; left < 32; ++left) {
    const Sources sources{(left & 1U) != 0, (left & 2U) != 0, (left & 4U) != 0, (left & 8U) != 0,
                          (left & 16U) != 0};
    const std::string name = names_of_missing(sources);
    for (const Scenario& scenario : scenarios) {
      if (scenario.expected_failure.empty())
        judge(scenario, {name, sources}, nullptr, Nanos(0), tally, found);
    }
  }
  return found.wrong;
}

std::string table_by_group(const Ablation& ablation) {
  std::ostringstream out;
  out << header("group");
  for (const auto& [group, tallies] : ablation.groups) {
    out << "| " << group << " |";
    for (const Tally& tally : tallies) out << ' ' << cell(tally) << " |";
    out << '\n';
  }
  return std::move(out).str();
}

std::string table_by_variation(const Ablation& ablation) {
  std::ostringstream out;
  out << header("variation");
  for (std::size_t v = 0; v < kVariations.size(); ++v) {
    out << "| " << kVariations[v].name << " |";
    for (const Tally& tally : ablation.all[v]) out << ' ' << cell(tally) << " |";
    out << "\n| calls lost |";
    for (const Tally& tally : ablation.all[v]) out << ' ' << tally.lost << " of " << tally.waits << " |";
    out << '\n';
  }
  return std::move(out).str();
}

}  // namespace atm::gauntlet
