// SPDX-License-Identifier: MIT
#include "history/past.hpp"

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
  [[nodiscard]] bool restore(std::string_view checkpoint) override { return registry_.restore(checkpoint); }
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

 private:
  kernel::ReplayedRegistry registry_;
  const std::function<bool(const Step&)>* each_ = nullptr;
  std::int64_t batch_ns_ = 0;
};

Past::Past(history::HistoryFile& file) : reader_(file, time_text) {}
Past::~Past() = default;

Result<std::string> Past::seek(std::int64_t at_ns, std::int64_t now_ns) {
  fold_ = std::make_unique<Fold>();
  const auto within = reader_.seek(at_ns, now_ns, *fold_);
  if (!within) return within.error();
  if (!*within) return std::string();
  return "the daemon was killed at an unknown time between " + time_text((*within)->from_ns) + " and " +
         time_text((*within)->to_ns) + ": these are the sessions at " + time_text((*within)->from_ns);
}

std::vector<std::string> Past::snapshot() const {
  return fold_->snapshot();
}

void Past::play(std::int64_t until_ns, const std::function<bool(const Step&)>& each) {
  fold_->begin(&each);
  if (reader_.play(until_ns, *fold_)) static_cast<void>(fold_->end_batch());
  fold_->begin(nullptr);
}

}  // namespace atm::cli
