// SPDX-License-Identifier: MIT
#include "history/past.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <chrono>
#include <history/file.hpp>
#include <limits>
#include <utility>

#include "kernel/registry/replayed_registry.hpp"
#include "session_table.hpp"

namespace atm::cli {
namespace {

std::string time_text(std::int64_t ns) {
  return local_time(Timestamp(std::chrono::nanoseconds(ns)));
}

kernel::RegistryOptions options_with(std::size_t max_sessions) {
  kernel::RegistryOptions options;
  options.max_sessions = max_sessions;
  return options;
}

std::string line_of(const kernel::ReplayedRegistry::Event& event) {
  std::string line;
  if (event.kind == ATM_EVENT_SESSION_REMOVED) {
    protocol::append_session_removed(line, event.session, event.text, event.seq);
  } else {
    const bool is_new = event.kind == ATM_EVENT_SESSION_REGISTERED;
    protocol::append_session_event(line, is_new ? "session_registered" : "session_updated", event.text,
                                   event.seq, event.rev);
  }
  line.pop_back();
  return line;
}

}  // namespace

/// Gives the events of each batch of inputs to `each`, once play() has set it.
class Past::Fold final : public history::PastFold {
 public:
  explicit Fold(std::size_t max_sessions) : registry_(options_with(max_sessions)) {}

  [[nodiscard]] bool restore(std::string_view checkpoint) override { return registry_.restore(checkpoint); }
  [[nodiscard]] std::string state() override { return registry_.checkpoint(); }
  bool input(const history::Input& input) override {
    // The inputs of one batch of the registry have one time, and their events are published together.
    if (input.arrived_ns != batch_ns_ && !end_batch()) return false;
    batch_ns_ = input.arrived_ns;
    input.lend([this](const atm_stored& stored) { registry_.add(stored); });
    return true;
  }
  bool hole(const history::Hole& hole, const std::string* checkpoint, bool& is_restored) override {
    if (!end_batch()) return false;
    Step step{hole.to_ns, {}, hole.why, hole.from_ns};
    is_restored = checkpoint != nullptr && registry_.restore(*checkpoint);
    if (is_restored) step.lines = snapshot();
    return (*each_)(step);
  }
  bool end_batch() {
    if (each_ == nullptr) {
      if (registry_.has_events()) changed_ns_ = batch_ns_;
      registry_.drop_events();
      return true;
    }
    Step step{batch_ns_, {}, {}, 0};
    for (const auto& event : registry_.take_events()) step.lines.push_back(line_of(event));
    return step.lines.empty() || (*each_)(step);
  }
  [[nodiscard]] std::vector<std::string> snapshot() {
    std::vector<std::string> lines;
    protocol::SessionsWriter writer(
        [&lines](std::string&& line) {
          line.pop_back();
          lines.push_back(std::move(line));
        },
        std::numeric_limits<std::size_t>::max(), registry_.seq());
    for (const auto& item : registry_.snapshot()) writer.add(item.text);
    writer.finish();
    return lines;
  }
  void begin(const std::function<bool(const Step&)>* each) {
    registry_.drop_events();
    each_ = each;
  }
  /// The time of the newest change during a seek, after end_batch(); 0: none.
  [[nodiscard]] std::int64_t changed_ns() const noexcept { return changed_ns_; }

 private:
  kernel::ReplayedRegistry registry_;
  const std::function<bool(const Step&)>* each_ = nullptr;
  std::int64_t batch_ns_ = 0;
  std::int64_t changed_ns_ = 0;
};

Past::Past(history::HistoryFile& file, std::size_t max_sessions)
    : reader_(file, time_text), max_sessions_(max_sessions) {}
Past::~Past() = default;

Result<std::string> Past::seek(std::int64_t at_ns, std::int64_t now_ns) {
  fold_ = std::make_unique<Fold>(max_sessions_);
  const auto within = reader_.seek(at_ns, now_ns, *fold_);
  if (!within) return within.error();
  if (!*within) return std::string();
  return "the daemon was killed at an unknown time between " + time_text((*within)->from_ns) + " and " +
         time_text((*within)->to_ns) + ": these are the sessions at " + time_text((*within)->from_ns);
}

Result<std::int64_t> Past::change_before(std::int64_t at_ns, std::int64_t now_ns) {
  const std::vector<history::Hole> gaps = reader_.holes_before(at_ns);
  while (true) {
    // Within a gap, the newest change is at or before its begin.
    std::int64_t changed_ns = 0;
    for (auto gap = gaps.rbegin(); gap != gaps.rend(); ++gap) {
      if (!gap->has_unknown_begin && gap->from_ns < at_ns && at_ns <= gap->to_ns) at_ns = gap->from_ns + 1;
      // The sessions after a gap are others.
      if (gap->to_ns < at_ns) changed_ns = std::max(changed_ns, gap->to_ns);
    }
    Fold fold(max_sessions_);
    const auto found = reader_.seek(at_ns - 1, now_ns, fold);
    if (!found) return found.error();
    static_cast<void>(fold.end_batch());
    changed_ns = std::max(changed_ns, fold.changed_ns());
    if (changed_ns > reader_.began_ns()) return changed_ns;
    if (reader_.began_ns() == 0)
      return Error{ErrorCode::kInvalidField,
                   "the history has no change before " + time_text(at_ns) + ", expected a later time"};
    at_ns = reader_.began_ns() + 1;
  }
}

std::vector<std::string> Past::snapshot() const {
  return fold_->snapshot();
}

void Past::play(std::int64_t until_ns, const std::function<bool(const Step&)>& each) {
  fold_->begin(&each);
  if (reader_.play(until_ns, *fold_)) static_cast<void>(fold_->end_batch());
  fold_->begin(nullptr);
}

void Past::play_inputs(std::int64_t begin_ns, std::size_t max_sessions,
                       const std::function<std::optional<history::Input>()>& next,
                       const std::function<bool(const Step&)>& each) {
  Fold fold(max_sessions);
  fold.begin(&each);
  if (!each({begin_ns, fold.snapshot(), {}, 0})) return;
  while (const auto input = next()) {
    if (!fold.input(*input)) return;
  }
  static_cast<void>(fold.end_batch());
}

}  // namespace atm::cli
