// SPDX-License-Identifier: MIT
#include <poll.h>

#include <algorithm>
#include <atm/domain/error.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "client.hpp"
#include "hook_timing.hpp"
#include "recording.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr std::size_t kSteps = 250;
constexpr std::size_t kEveryNthScript = 5;
constexpr double kArrivalMs = 10'000;

/// One run of a hook: its input as a file, and its recorded variables.
struct Run {
  std::string input;
  Environment environment;
};

// Hooks of all recorded sessions, interleaved, so that every event and size occurs early.
std::vector<Run> recorded_runs(const std::string& flows, const std::string& dir,
                               const Environment& daemon_environment) {
  std::vector<std::vector<replay::Step>> clients;
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(flows)) paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (path.find(".expected.") != std::string::npos || path.find(".transcript.") != std::string::npos)
      continue;
    auto recording = replay::read_recording({path});
    if (!recording) throw std::runtime_error(recording.error().message);
    for (replay::Client& client : *recording) {
      std::erase_if(client.steps, [](const replay::Step& step) { return step.status_line; });
      clients.push_back(std::move(client.steps));
    }
  }
  std::vector<Run> runs;
  for (std::size_t turn = 0; runs.size() < kSteps; ++turn) {
    const std::size_t before = runs.size();
    for (const auto& steps : clients) {
      if (turn >= steps.size() || runs.size() == kSteps) continue;
      Run run{dir + "/" + std::to_string(runs.size()) + ".json", daemon_environment};
      std::ofstream(run.input) << steps[turn].payload << '\n';
      for (const std::string& variable : steps[turn].environment) run.environment.push_back(variable);
      runs.push_back(std::move(run));
    }
    if (runs.size() == before) break;
  }
  return runs;
}

// `|| true` at the end of a command line hides a failure.
class Arrivals final {
 public:
  explicit Arrivals(const Daemon& daemon) : client_(daemon.socket()), before_(count()) {}

  void expect(std::size_t records) {
    const auto begin = Clock::now();
    while (count() - before_ < static_cast<std::int64_t>(records)) {
      if (ms_since(begin) > kArrivalMs)
        throw std::runtime_error("only " + std::to_string(count() - before_) + " of " +
                                 std::to_string(records) + " payloads arrived");
      ::poll(nullptr, 0, 10);
    }
  }

 private:
  std::int64_t count() {
    return transport_counter(client_, "records") + transport_counter(client_, "records_skipped");
  }

  Client client_;
  std::int64_t before_;
};

Spread measure(const Daemon& daemon, const std::string& line, const std::vector<Run>& runs,
               std::size_t every_nth) {
  Arrivals arrivals(daemon);
  std::vector<double> samples;
  for (std::size_t i = 0; i < runs.size(); i += every_nth)
    samples.push_back(run_ms({"/bin/sh", "-c", line}, runs[i].environment, runs[i].input));
  arrivals.expect(samples.size());
  return spread(samples);
}

Spread measure_nothing(const std::vector<Run>& runs) {
  std::vector<double> samples;
  for (const Run& run : runs)
    samples.push_back(run_ms({"/bin/sh", "-c", "true"}, run.environment, run.input));
  return spread(samples);
}

}  // namespace

void measure_hook_line(const Programs& programs, Table& table) {
  const TempDir dir;
  const std::string script = dir.path("hook.sh");
  std::ofstream(script) << kCommonScript;
  const Daemon daemon(programs);
  const auto runs = recorded_runs(programs.flows, dir.path().string(), daemon.environment());
  if (runs.empty()) throw std::runtime_error("no recorded hook in " + programs.flows);

  const std::string& hook = programs.atm_hook;
  const Spread nothing = measure_nothing(runs);
  const Spread ours =
      measure(daemon, "[ -x " + hook + " ] && " + hook + " --agent claude_code || true", runs, 1);
  const Spread fallback =
      measure(daemon, programs.scripts + "/atm-hook.sh --agent claude_code || true", runs, kEveryNthScript);
  const Spread common = measure(daemon, "bash " + script + " || true", runs, kEveryNthScript);

  const auto add = [&](const std::string& what, const Spread& measured) {
    table.add({"installed command line, recorded payloads: " + what, shown(measured),
               "sh -c true: " + shown(nothing), fixed(measured.p50 / nothing.p50, 2) + " ×", ""});
  };
  add("atm-hook", ours);
  add("scripts/atm-hook.sh", fallback);
  add("bash + jq + nc", common);
}

}  // namespace atm::bench
