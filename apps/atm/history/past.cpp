// SPDX-License-Identifier: MIT
#include "history/past.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <atm/protocol/session_writer.hpp>
#include <chrono>
#include <history/file.hpp>
#include <limits>
#include <map>
#include <utility>

#include "kernel/registry/registry.hpp"
#include "session_table.hpp"

namespace atm::cli {
namespace {

std::string time_text(std::int64_t ns) {
  return local_time(Timestamp(std::chrono::nanoseconds(ns)));
}

std::string json_of(const kernel::SessionEntry& entry) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  protocol::write_session(writer, entry.state.domain, entry.state.runtime);
  return std::string(json::text_of(buffer));
}

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

/// A registry without analyzers and processes: what they answered is part of the inputs.
class Past::Fold final : private kernel::EventOutput {
 public:
  Fold() : registry_(kernel::RegistryOptions{}, analyzers_, journal_, *this) {}

  [[nodiscard]] bool restore(std::string_view checkpoint) {
    kernel::BoundedCounters dropped_busy;
    return registry_.restore(checkpoint, dropped_busy);
  }
  void add(const history::Input& input) {
    input.lend([this](const atm_stored& stored) { static_cast<void>(registry_.replay(stored)); });
  }
  /// The events since the last call.
  [[nodiscard]] std::vector<std::string> take_events() {
    std::vector<std::string> lines;
    for (Event& event : std::exchange(events_, {})) {
      std::string line = std::move(event.line);
      if (event.entry != nullptr) {
        protocol::append_session_event(line, event.is_new ? "session_registered" : "session_updated",
                                       json_of(*event.entry), event.seq, event.entry->state.domain.rev);
      }
      if (line.empty()) continue;  // a later event replaces it
      line.pop_back();
      lines.push_back(std::move(line));
    }
    return lines;
  }
  [[nodiscard]] std::vector<std::string> snapshot() {
    std::vector<std::string> lines;
    protocol::SessionsWriter writer(
        [&lines](std::string&& line) {
          line.pop_back();
          lines.push_back(std::move(line));
        },
        std::numeric_limits<std::size_t>::max(), registry_.seq());
    for (const kernel::SessionEntry* entry : registry_.sessions()) writer.add(json_of(*entry));
    writer.finish();
    return lines;
  }

 private:
  struct Event {
    std::uint64_t seq = 0;
    const kernel::SessionEntry* entry = nullptr;
    bool is_new = false;
    std::string line{};
  };

  bool wants_activity(std::string_view /*session*/, std::string_view /*type*/) const override {
    return false;
  }
  void activity(std::uint64_t /*seq*/, std::uint64_t /*rev*/,
                const kernel::Observation& /*observation*/) override {}
  void state(std::uint64_t seq, kernel::SessionEntry& entry, bool registered) override {
    events_.push_back({seq, &entry, withdraw(entry) || registered});
  }
  void removed(std::uint64_t seq, kernel::SessionEntry& entry, std::string_view reason) override {
    withdraw(entry);
    std::string line;
    protocol::append_session_removed(line, entry.state.domain.id.view(), reason, seq);
    events_.push_back({seq, nullptr, false, std::move(line)});
  }
  /// Returns whether an event of this batch registered the session.
  bool withdraw(const kernel::SessionEntry& entry) {
    bool is_new = false;
    for (Event& event : events_) {
      if (event.entry != &entry) continue;
      is_new = is_new || event.is_new;
      event.entry = nullptr;
    }
    return is_new;
  }

  kernel::Analyzers analyzers_{[] { return std::int64_t{0}; }};
  kernel::Journal journal_;
  std::vector<Event> events_;
  kernel::Registry registry_;
};

Past::Past(history::HistoryFile& file) : file_(file) {}
Past::~Past() = default;

std::vector<Past::Hole> Past::holes(std::int64_t from_ns, std::int64_t to_ns) {
  const auto checkpoints = file_.checkpoints();
  std::vector<Hole> all;
  for (const history::Gap& gap : file_.gaps(0, to_ns)) {
    if (gap.reason == "forgotten") continue;
    const auto next = std::find_if(checkpoints.begin(), checkpoints.end(),
                                   [&gap](const auto& one) { return one.at_ns >= gap.to_ns; });
    Hole hole{gap.from_ns, gap.to_ns, gap_reason(gap.reason),
              static_cast<std::size_t>(next - checkpoints.begin())};
    // A daemon restored the state after a kill; after other gaps, the next checkpoint has the missing inputs.
    if (gap.reason != "unclean" && next != checkpoints.end()) hole.to_ns = std::max(hole.to_ns, next->at_ns);
    if (hole.to_ns >= from_ns) all.push_back(std::move(hole));
  }
  std::int64_t stopped_ns = 0;
  for (const history::Run& run : file_.runs()) {
    if (stopped_ns != 0 && run.started_ns >= from_ns && stopped_ns <= to_ns)
      all.push_back({stopped_ns, run.started_ns, "no daemon ran", checkpoints.size()});
    stopped_ns = run.stopped_ns;
  }
  if (stopped_ns != 0 && stopped_ns <= to_ns)
    all.push_back(
        {stopped_ns, std::numeric_limits<std::int64_t>::max(), "no daemon ran", checkpoints.size()});
  std::sort(all.begin(), all.end(), [](const Hole& a, const Hole& b) { return a.from_ns < b.from_ns; });
  return all;
}

Result<void> Past::check(std::int64_t at_ns, std::int64_t now_ns) {
  const auto refused = [](const std::string& what) { return Error{ErrorCode::kInvalidField, what}; };
  if (at_ns > now_ns)
    return refused("the time is " + time_text(at_ns) +
                   ", which is in the future, expected a time before now");
  const auto checkpoints = file_.checkpoints();
  const auto runs = file_.runs();
  const bool is_whole = file_.first_position() == 0 && !runs.empty();
  if (!is_whole && checkpoints.empty())
    return refused("the history has no checkpoint, expected one; a daemon writes it at its next start");
  const std::int64_t begin_ns = is_whole ? runs.front().started_ns : checkpoints.front().at_ns;
  if (at_ns < begin_ns) {
    return refused("the time is " + time_text(at_ns) + ", and the history begins at " + time_text(begin_ns) +
                   ", expected a later time; see atm history losses");
  }
  for (const Hole& hole : holes(at_ns, at_ns)) {
    if (at_ns <= hole.from_ns || at_ns >= hole.to_ns) continue;
    return refused("the time is " + time_text(at_ns) + ", and the history has a gap after " +
                   time_text(hole.from_ns) + " (" + hole.why +
                   "), expected a time outside of it; see atm history losses");
  }
  return {};
}

Result<void> Past::seek(std::int64_t at_ns, std::int64_t now_ns) {
  if (auto good = check(at_ns, now_ns); !good) return good;
  fold_ = std::make_unique<Fold>();
  position_ = 0;
  if (const auto checkpoint = file_.checkpoint_before(at_ns)) {
    if (!fold_->restore(checkpoint->second)) {
      return Error{ErrorCode::kUnsupported, "the checkpoint before " + time_text(at_ns) +
                                                " has another version, expected one of this atm; update atm"};
    }
    position_ = checkpoint->first;
  }
  at_ns_ = at_ns;
  file_.read(position_, [&](const history::Input& input, std::uint64_t position) {
    if (input.arrived_ns > at_ns) return false;
    fold_->add(input);
    position_ = position + 1;
    return true;
  });
  static_cast<void>(fold_->take_events());
  return {};
}

std::vector<std::string> Past::snapshot() const {
  return fold_->snapshot();
}

void Past::play(std::int64_t until_ns, const std::function<bool(const Step&)>& each) {
  const auto checkpoints = file_.checkpoints();
  std::vector<Hole> left = holes(at_ns_ + 1, until_ns);
  std::reverse(left.begin(), left.end());
  std::int64_t batch_ns = 0;
  bool is_stopped = false;
  const auto pass = [&](const Step& step) { is_stopped = is_stopped || !each(step); };
  // The inputs of one batch of the registry have one time, and their events are published together.
  const auto end_batch = [&] {
    auto lines = fold_->take_events();
    if (!lines.empty()) pass({batch_ns, std::move(lines), {}, 0});
  };
  const auto pass_hole = [&](Hole hole) {
    Step step{std::min(hole.to_ns, until_ns), {}, std::move(hole.why), hole.from_ns};
    if (hole.checkpoint < checkpoints.size() && checkpoints[hole.checkpoint].at_ns <= until_ns) {
      auto fold = std::make_unique<Fold>();
      const auto state = file_.checkpoint_before(checkpoints[hole.checkpoint].at_ns);
      if (state && fold->restore(state->second)) {
        fold_ = std::move(fold);
        position_ = std::max(position_, state->first);
        step.lines = fold_->snapshot();
      }
    }
    pass(step);
  };
  const auto add = [&](const history::Input& input, std::uint64_t position) {
    if (input.arrived_ns != batch_ns) end_batch();
    while (!left.empty() && left.back().from_ns < input.arrived_ns && !is_stopped) {
      pass_hole(std::move(left.back()));
      left.pop_back();
    }
    batch_ns = input.arrived_ns;
    // Older than the checkpoint after a gap.
    if (position < position_) return;
    fold_->add(input);
    position_ = position + 1;
  };
  // `each` may take long, and an open read transaction would make the daemon's log of transactions grow.
  constexpr std::size_t kAtOnce = 4096;
  std::vector<std::pair<history::Input, std::uint64_t>> some;
  do {
    some.clear();
    file_.read(position_, [&](const history::Input& input, std::uint64_t position) {
      if (input.arrived_ns > until_ns) return false;
      some.emplace_back(input, position);
      return some.size() < kAtOnce;
    });
    for (const auto& [input, position] : some) {
      if (!is_stopped) add(input, position);
    }
  } while (!some.empty() && !is_stopped);
  if (!is_stopped) end_batch();
  for (; !left.empty() && !is_stopped; left.pop_back()) {
    if (left.back().from_ns < until_ns) pass_hole(std::move(left.back()));
  }
}

}  // namespace atm::cli
