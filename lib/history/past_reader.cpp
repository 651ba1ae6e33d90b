// SPDX-License-Identifier: MIT
#include "history/past_reader.hpp"

#include <algorithm>
#include <iterator>
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

PastReader::Places PastReader::places() {
  return {file_.checkpoints(), file_.runs(), file_.gaps(0, kForEver)};
}

std::vector<Hole> PastReader::holes(const Places& places, std::int64_t from_ns, std::int64_t to_ns) {
  const auto& checkpoints = places.checkpoints;
  std::vector<Hole> all;
  for (const Gap& gap : places.gaps) {
    if (gap.reason == "forgotten" || gap.from_ns > to_ns) continue;
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
  for (const Run& run : places.runs) {
    if (stopped_ns != 0 && run.started_ns >= from_ns && stopped_ns <= to_ns)
      all.push_back({stopped_ns, run.started_ns, "no daemon ran", checkpoints.size()});
    stopped_ns = run.stopped_ns;
  }
  if (stopped_ns != 0 && stopped_ns <= to_ns)
    all.push_back({stopped_ns, kForEver, "no daemon ran", checkpoints.size()});
  std::sort(all.begin(), all.end(), [](const Hole& a, const Hole& b) { return a.from_ns < b.from_ns; });
  return all;
}

std::optional<std::int64_t> PastReader::begin_of(const Places& places) {
  if (file_.first_position() == 0 && !places.runs.empty()) return places.runs.front().started_ns;
  if (places.checkpoints.empty()) return std::nullopt;
  return places.checkpoints.front().at_ns;
}

std::vector<Hole> PastReader::holes_before(std::int64_t at_ns) {
  return holes(places(), 0, at_ns - 1);
}

Result<std::optional<Hole>> PastReader::check(const Places& places, std::int64_t at_ns, std::int64_t now_ns) {
  const auto refused = [](const std::string& what) { return Error{ErrorCode::kInvalidField, what}; };
  if (at_ns > now_ns)
    return refused("the time is " + time_text_(at_ns) +
                   ", which is in the future, expected a time before now");
  const auto begin_ns = begin_of(places);
  if (!begin_ns)
    return refused("the history has no checkpoint, expected one; a daemon writes it at its next start");
  if (at_ns < *begin_ns) {
    return refused("the time is " + time_text_(at_ns) + ", and the history begins at " +
                   time_text_(*begin_ns) + ", expected a later time; see atm history losses");
  }
  std::optional<Hole> within;
  for (const Hole& hole : holes(places, at_ns, at_ns)) {
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

bool PastReader::restore_before(const Places& places, std::int64_t at_ns, PastFold& fold) {
  std::pair<std::size_t, std::int64_t> forgotten{};
  for (const Gap& gap : places.gaps) {
    if (gap.reason == "forgotten") forgotten = {forgotten.first + 1, std::max(forgotten.second, gap.to_ns)};
  }
  if (std::exchange(forgotten_, forgotten) != forgotten) {
    kept_.clear();
    kept_bytes_ = 0;
  }
  const auto place = std::find_if(places.checkpoints.rbegin(), places.checkpoints.rend(),
                                  [at_ns](const auto& one) { return one.at_ns <= at_ns; });
  const std::uint64_t least = place == places.checkpoints.rend() ? 0 : place->position;
  next_kept_ = 0;
  // A state before `at_ns`, so that the fold gets the inputs of the last change.
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(),
                                  [at_ns](const auto& one) { return one.second.at_ns < at_ns; });
  if (found != kept_.rend() && found->first > least && fold.restore(found->second.state)) {
    position_ = found->first;
    began_ns_ = folded_ns_ = found->second.at_ns;
    return true;
  }
  position_ = 0;
  began_ns_ = folded_ns_ = 0;
  const auto checkpoint = file_.checkpoint_before(at_ns);
  if (!checkpoint) return true;
  if (!fold.restore(checkpoint->second)) return false;
  set_size(checkpoint->second.size());
  position_ = checkpoint->first;
  const auto used = std::find_if(places.checkpoints.begin(), places.checkpoints.end(),
                                 [this](const auto& one) { return one.position == position_; });
  if (used == places.checkpoints.end()) return true;
  folded_ns_ = used->at_ns;
  began_ns_ = used->at_ns - 1;
  return true;
}

Result<std::optional<Hole>> PastReader::seek(std::int64_t at_ns, std::int64_t now_ns, PastFold& fold) {
  const Places all = places();
  auto within = check(all, at_ns, now_ns);
  if (!within) return within;
  if (!restore_before(all, at_ns, fold)) {
    return Error{ErrorCode::kUnsupported, "the checkpoint before " + time_text_(at_ns) +
                                              " has another version, expected one of this atm; update atm"};
  }
  at_ns_ = at_ns;
  file_.read(position_, [&](const Input& input, std::uint64_t position) {
    if (input.arrived_ns > at_ns) return false;
    keep(input, fold);
    count(input, position);
    return fold.input(input);
  });
  return within;
}

void PastReader::count(const Input& input, std::uint64_t position) {
  position_ = position + 1;
  folded_ns_ = std::max(folded_ns_, input.arrived_ns);
}

void PastReader::set_size(std::size_t state_bytes) noexcept {
  // With many sessions, a copy costs more than the inputs between two copies.
  constexpr std::size_t kBytesPerInput = 256;
  keep_every_ =
      state_bytes > kMaxKeptBytes / 4 ? 0 : std::max<std::uint64_t>(kKeepEvery, state_bytes / kBytesPerInput);
}

/// Keeps the state before the next input, but not within a batch of inputs, which have one time.
void PastReader::keep(const Input& next, PastFold& fold) {
  if (position_ < next_kept_ || next.arrived_ns <= folded_ns_) return;
  next_kept_ = position_ + kKeepEvery;
  const auto near = kept_.lower_bound(position_ < kKeepEvery ? 0 : position_ - kKeepEvery + 1);
  if (near != kept_.end() && near->first <= position_) return;
  if (keep_every_ == 0) return;
  std::string state = fold.state();
  set_size(state.size());
  next_kept_ = position_ + keep_every_;
  if (state.empty() || keep_every_ == 0) return;
  kept_bytes_ += state.size();
  kept_.emplace(position_, Kept{folded_ns_, std::move(state)});
  while (kept_bytes_ > kMaxKeptBytes) {
    // The farthest one.
    const auto last = std::prev(kept_.end());
    const bool is_first = position_ - std::min(position_, kept_.begin()->first) >
                          last->first - std::min(position_, last->first);
    const auto gone = is_first ? kept_.begin() : last;
    kept_bytes_ -= gone->second.state.size();
    kept_.erase(gone);
  }
}

bool PastReader::play(std::int64_t until_ns, PastFold& fold) {
  std::int64_t passed_ns = std::numeric_limits<std::int64_t>::min();  // the begin of the newest hole
  const auto pass_hole = [&](Hole hole, const std::vector<CheckpointPlace>& checkpoints) {
    passed_ns = hole.from_ns;
    hole.to_ns = std::min(hole.to_ns, until_ns);
    std::optional<std::pair<std::uint64_t, std::string>> state;
    if (hole.checkpoint < checkpoints.size() && checkpoints[hole.checkpoint].at_ns <= until_ns)
      state = file_.checkpoint_before(checkpoints[hole.checkpoint].at_ns);
    bool is_restored = false;
    const bool goes_on = fold.hole(hole, state ? &state->second : nullptr, is_restored);
    if (is_restored) {
      position_ = std::max(position_, state->first);
      folded_ns_ = std::max(folded_ns_, checkpoints[hole.checkpoint].at_ns);
    }
    return goes_on;
  };
  // Oldest last. A daemon may store one while the fold works.
  const auto left_holes = [&](const Places& places) {
    std::vector<Hole> left = holes(places, at_ns_ + 1, until_ns);
    left.erase(
        std::remove_if(left.begin(), left.end(), [&](const Hole& hole) { return hole.from_ns <= passed_ns; }),
        left.end());
    std::reverse(left.begin(), left.end());
    return left;
  };
  // The fold may take long, and an open read transaction would make the daemon's log of transactions grow.
  constexpr std::size_t kMostAtOnce = 4096;
  std::size_t at_once = 16;  // a single step needs few
  std::vector<std::pair<Input, std::uint64_t>> some;
  while (true) {
    some.clear();
    at_once = std::min(2 * at_once, kMostAtOnce);
    file_.read(position_, [&](const Input& input, std::uint64_t position) {
      if (input.arrived_ns > until_ns) return false;
      some.emplace_back(input, position);
      return some.size() < at_once;
    });
    const Places all = places();
    std::vector<Hole> left = left_holes(all);
    for (const auto& [input, position] : some) {
      while (!left.empty() && left.back().from_ns < input.arrived_ns) {
        Hole hole = std::move(left.back());
        left.pop_back();
        if (!pass_hole(std::move(hole), all.checkpoints)) return false;
      }
      // Older than the checkpoint after a gap.
      if (position < position_) continue;
      keep(input, fold);
      count(input, position);
      if (!fold.input(input)) return false;
    }
    if (!some.empty()) continue;
    for (; !left.empty(); left.pop_back()) {
      if (left.back().from_ns < until_ns && !pass_hole(left.back(), all.checkpoints)) return false;
    }
    return true;
  }
}

}  // namespace atm::history
