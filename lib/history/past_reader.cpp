// SPDX-License-Identifier: MIT
#include "history/past_reader.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace atm::history {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::string gap_reason(const std::string& reason) {
  static const std::map<std::string, std::string> kReasons{
      {"unclean", "the daemon was killed, and did not run until its next start"},
      {"disk", "the file could not be written"},
      {"overflow", "the disk was too slow: inputs were dropped"},
      {"damaged", "a damaged part of the file was left out"},
      {"forgotten", "atm history forget deleted inputs"}};
  const auto found = kReasons.find(reason);
  return found == kReasons.end() ? reason : found->second;
}

std::vector<Hole> PastReader::holes(std::int64_t from_ns, std::int64_t to_ns) {
  const auto checkpoints = file_.checkpoints();
  std::vector<Hole> all;
  for (const Gap& gap : file_.gaps(0, to_ns)) {
    if (gap.reason == "forgotten") continue;
    const auto next = std::find_if(checkpoints.begin(), checkpoints.end(),
                                   [&gap](const auto& one) { return one.at_ns >= gap.to_ns; });
    const bool is_kill = gap.reason == "unclean";
    Hole hole{gap.from_ns, gap.to_ns, gap_reason(gap.reason),
              static_cast<std::size_t>(next - checkpoints.begin()), is_kill};
    // A daemon restored the state after a kill; after other gaps, the next checkpoint has the missing inputs.
    if (!is_kill && next != checkpoints.end()) hole.to_ns = std::max(hole.to_ns, next->at_ns);
    if (hole.to_ns >= from_ns) all.push_back(std::move(hole));
  }
  std::int64_t stopped_ns = 0;
  for (const Run& run : file_.runs()) {
    if (stopped_ns != 0 && run.started_ns >= from_ns && stopped_ns <= to_ns)
      all.push_back({stopped_ns, run.started_ns, "no daemon ran", checkpoints.size()});
    stopped_ns = run.stopped_ns;
  }
  if (stopped_ns != 0 && stopped_ns <= to_ns)
    all.push_back({stopped_ns, kForEver, "no daemon ran", checkpoints.size()});
  std::sort(all.begin(), all.end(), [](const Hole& a, const Hole& b) { return a.from_ns < b.from_ns; });
  return all;
}

Result<std::optional<Hole>> PastReader::check(std::int64_t at_ns, std::int64_t now_ns) {
  const auto refused = [](const std::string& what) { return Error{ErrorCode::kInvalidField, what}; };
  if (at_ns > now_ns)
    return refused("the time is " + time_text_(at_ns) +
                   ", which is in the future, expected a time before now");
  const auto checkpoints = file_.checkpoints();
  const auto runs = file_.runs();
  const bool is_whole = file_.first_position() == 0 && !runs.empty();
  if (!is_whole && checkpoints.empty())
    return refused("the history has no checkpoint, expected one; a daemon writes it at its next start");
  const std::int64_t begin_ns = is_whole ? runs.front().started_ns : checkpoints.front().at_ns;
  if (at_ns < begin_ns) {
    return refused("the time is " + time_text_(at_ns) + ", and the history begins at " +
                   time_text_(begin_ns) + ", expected a later time; see atm history losses");
  }
  std::optional<Hole> within;
  for (const Hole& hole : holes(at_ns, at_ns)) {
    if (at_ns <= hole.from_ns || at_ns >= hole.to_ns) continue;
    if (hole.has_unknown_begin) {
      within = hole;
      continue;
    }
    return refused("the time is " + time_text_(at_ns) + ", and the history has a gap after " +
                   time_text_(hole.from_ns) + " (" + hole.why +
                   "), expected a time outside of it; see atm history losses");
  }
  return within;
}

Result<std::optional<Hole>> PastReader::seek(std::int64_t at_ns, std::int64_t now_ns, PastFold& fold) {
  auto within = check(at_ns, now_ns);
  if (!within) return within;
  position_ = 0;
  if (const auto checkpoint = file_.checkpoint_before(at_ns)) {
    if (!fold.restore(checkpoint->second)) {
      return Error{ErrorCode::kUnsupported, "the checkpoint before " + time_text_(at_ns) +
                                                " has another version, expected one of this atm; update atm"};
    }
    position_ = checkpoint->first;
  }
  at_ns_ = at_ns;
  file_.read(position_, [&](const Input& input, std::uint64_t position) {
    if (input.arrived_ns > at_ns) return false;
    position_ = position + 1;
    return fold.input(input);
  });
  return within;
}

bool PastReader::play(std::int64_t until_ns, PastFold& fold) {
  const auto checkpoints = file_.checkpoints();
  std::vector<Hole> left = holes(at_ns_ + 1, until_ns);
  std::reverse(left.begin(), left.end());
  const auto pass_hole = [&](Hole hole) {
    hole.to_ns = std::min(hole.to_ns, until_ns);
    std::optional<std::pair<std::uint64_t, std::string>> state;
    if (hole.checkpoint < checkpoints.size() && checkpoints[hole.checkpoint].at_ns <= until_ns)
      state = file_.checkpoint_before(checkpoints[hole.checkpoint].at_ns);
    bool is_restored = false;
    const bool goes_on = fold.hole(hole, state ? &state->second : nullptr, is_restored);
    if (is_restored) position_ = std::max(position_, state->first);
    return goes_on;
  };
  const auto add = [&](const Input& input, std::uint64_t position) {
    while (!left.empty() && left.back().from_ns < input.arrived_ns) {
      Hole hole = std::move(left.back());
      left.pop_back();
      if (!pass_hole(std::move(hole))) return false;
    }
    // Older than the checkpoint after a gap.
    if (position < position_) return true;
    position_ = position + 1;
    return fold.input(input);
  };
  // The fold may take long, and an open read transaction would make the daemon's log of transactions grow.
  constexpr std::size_t kAtOnce = 4096;
  std::vector<std::pair<Input, std::uint64_t>> some;
  do {
    some.clear();
    file_.read(position_, [&](const Input& input, std::uint64_t position) {
      if (input.arrived_ns > until_ns) return false;
      some.emplace_back(input, position);
      return some.size() < kAtOnce;
    });
    for (const auto& [input, position] : some) {
      if (!add(input, position)) return false;
    }
  } while (!some.empty());
  for (; !left.empty(); left.pop_back()) {
    if (left.back().from_ns < until_ns && !pass_hole(left.back())) return false;
  }
  return true;
}

}  // namespace atm::history
