// SPDX-License-Identifier: MIT
#include "ablation.hpp"

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

/// What is to be judged: session to class.
std::map<std::string, std::string_view> truth_of(const Scenario& scenario, const Sources& left) {
  // Nobody else tells that a process has one session at a time, so that the next one takes its place (I3).
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
  if (truth == "unknown") return Answer::kRight;
  const protocol::Session* found = view.find(session);
  std::string_view said;
  bool is_certain = true;
  if (found == nullptr) {
    const std::string removal = view.removal_of(session);
    if (removal.empty() || removal == "stale" || removal == "forced_cleanup") return Answer::kUnknown;
    said = "gone";
  } else {
    said = class_of(found->domain.status.kind());
    is_certain = found->domain.certain || said == "gone";
  }
  if (said == truth) return Answer::kRight;
  return said == "unknown" || !is_certain ? Answer::kUnknown : Answer::kWrong;
}

void judge(const Scenario& scenario, const Loss& loss, Tally& tally, std::vector<std::string>& wrong) {
  const auto note = [&](const std::string& what) {
    wrong.push_back(scenario.name() + " without " + std::string(loss.name) + ": " + what);
  };
  try {
    const auto world = play_with(scenario, loss.left);
    for (const auto& [session, truth] : truth_of(scenario, loss.left)) {
      const Answer answer = answer_of(world->view(), session, truth);
      ++tally.answers[static_cast<std::size_t>(answer)];
      if (answer == Answer::kWrong)
        note("expected " + std::string(truth) + ", found " + world->view().describe(session));
    }
  } catch (const std::exception& problem) {
    ++tally.answers[static_cast<std::size_t>(Answer::kWrong)];
    note(problem.what());
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
  out << tally.of(Answer::kRight) << '/' << tally.of(Answer::kUnknown) << '/' << tally.of(Answer::kWrong);
  return std::move(out).str();
}

}  // namespace

Ablation ablate(const std::vector<Scenario>& scenarios) {
  Ablation ablation;
  for (const Scenario& scenario : scenarios) {
    for (std::size_t i = 0; i < kLosses.size(); ++i)
      judge(scenario, kLosses[i], ablation.groups[scenario.group][i], ablation.wrong);
  }
  return ablation;
}

std::vector<std::string> wrong_with_any_sources(const std::vector<Scenario>& scenarios) {
  std::vector<std::string> wrong;
  Tally tally;
  for (unsigned left = 0; left < 32; ++left) {
    const Sources sources{(left & 1U) != 0, (left & 2U) != 0, (left & 4U) != 0, (left & 8U) != 0,
                          (left & 16U) != 0};
    const std::string name = names_of_missing(sources);
    for (const Scenario& scenario : scenarios) judge(scenario, {name, sources}, tally, wrong);
  }
  return wrong;
}

std::string table_of(const Ablation& ablation) {
  std::ostringstream out;
  out << "| group |";
  for (const Loss& loss : kLosses) out << ' ' << loss.name << " |";
  out << "\n|---|";
  for (std::size_t i = 0; i < kLosses.size(); ++i) out << "---|";
  out << '\n';
  std::array<Tally, kLosses.size()> sum{};
  for (const auto& [group, tallies] : ablation.groups) {
    out << "| " << group << " |";
    for (std::size_t i = 0; i < tallies.size(); ++i) {
      out << ' ' << cell(tallies[i]) << " |";
      for (std::size_t a = 0; a < sum[i].answers.size(); ++a) sum[i].answers[a] += tallies[i].answers[a];
    }
    out << '\n';
  }
  out << "| all |";
  for (const Tally& tally : sum) out << ' ' << cell(tally) << " |";
  out << '\n';
  return std::move(out).str();
}

}  // namespace atm::gauntlet
