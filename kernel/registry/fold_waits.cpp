// SPDX-License-Identifier: MIT
// Questions to the person. An agent tells that it asks; that it was answered it mostly does not tell.
#include <algorithm>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

constexpr std::string_view kIdle = "idle";
constexpr std::string_view kPermission = "permission";

std::string_view word(const Step& step, Key key) noexcept {
  return utf8_cut(step.observation.text(key), kMaxWordBytes);
}

/// A question about a tool often does not say which use of it: the newest open one of that name.
std::string_view tool_use_asked_about(const Step& step, std::string_view tool) noexcept {
  const std::string_view id = word(step, Key::kToolUseId);
  if (!id.empty() || tool.empty()) return id;
  const auto& tools = step.book().tools;
  const auto newest = std::find_if(tools.rbegin(), tools.rend(), [&](const OpenTool& open) {
    return open.actor == step.actor() && open.name == tool;
  });
  return newest == tools.rend() ? std::string_view{} : std::string_view(newest->id);
}

bool has_result(SessionState& state, std::string_view id) noexcept {
  const RecentTools& recent = state.infrastructure.recent_tools;
  for (std::size_t i = recent.size(); !id.empty() && i-- > 0;) {
    if (recent[i].tool_use_id && recent[i].tool_use_id->view() == id) return recent[i].is_error.has_value();
  }
  return false;
}

/// Whether an open wait already says this. The late notification of a permission names neither tool nor
/// actor.
bool is_known(const Bookkeeping& book, const OpenWait& asked) {
  const bool is_vague = asked.tool.empty() && asked.tool_use_id.empty() && asked.reason == kPermission;
  if (is_vague && !book.waits.empty()) return true;
  return std::any_of(book.waits.begin(), book.waits.end(), [&asked](const OpenWait& open) {
    return open.actor == asked.actor && open.reason == asked.reason && open.tool == asked.tool &&
           open.tool_use_id == asked.tool_use_id;
  });
}

/// An agent that waits for its next prompt is not in a turn, whatever else was missed. False: it is, by now.
bool note_idle(Step& step) {
  Bookkeeping& book = step.book();
  if (book.turn == Turn::kOpen) {
    if (is_swapped(step.at, book.turn_opened_at)) return false;
    cancel_tools(step.state, {});
    book.compacting = false;
  }
  if (book.turn != Turn::kFailed) book.turn = Turn::kClosed;
  return true;
}

}  // namespace

const OpenWait* foremost_wait(const Bookkeeping& book) noexcept {
  if (book.waits.empty()) return nullptr;
  const auto urgent = std::find_if(book.waits.begin(), book.waits.end(),
                                   [](const OpenWait& wait) { return wait.reason != kIdle; });
  return urgent == book.waits.end() ? &book.waits.front() : &*urgent;
}

void close_waits(SessionState& state, std::string_view actor) {
  std::erase_if(state.book.waits, [actor](const OpenWait& wait) { return wait.actor == actor; });
}

void close_waits_after(SessionState& state, const OpenTool& finished) {
  std::erase_if(state.book.waits, [&finished](const OpenWait& wait) {
    if (wait.actor != finished.actor) return false;
    const bool is_beside = !wait.tool_use_id.empty() && !finished.id.empty() &&
                           wait.tool_use_id != finished.id && !finished.name.empty() &&
                           finished.started_at <= wait.since;
    return !is_beside;
  });
}

void input_needed(Step& step) {
  OpenWait wait;
  wait.actor = step.actor();
  wait.reason = word(step, Key::kReason);
  if (wait.reason.empty()) wait.reason = kPermission;
  wait.tool = word(step, Key::kTool);
  wait.tool_use_id = tool_use_asked_about(step, wait.tool);
  wait.since = step.at;
  Bookkeeping& book = step.book();
  if (has_result(step.state, wait.tool_use_id) || is_known(book, wait)) return;
  if (step.is_main() ? !reopen(step) : book.ended) return;
  if (wait.reason == kIdle && !note_idle(step)) return;
  if (book.waits.size() == kMaxOpenWaits) book.waits.erase(book.waits.begin());
  book.waits.push_back(std::move(wait));
}

void input_resolved(Step& step) {
  auto& waits = step.book().waits;
  const std::string_view id = word(step, Key::kToolUseId);
  const std::string_view reason = word(step, Key::kReason);
  const auto matches = [&](const OpenWait& wait, bool exactly) {
    if (!id.empty() && exactly) return wait.tool_use_id == id;
    return wait.actor == step.actor() && (id.empty() || wait.tool_use_id.empty()) &&
           (reason.empty() || wait.reason == reason);
  };
  auto answered = waits.end();
  for (const bool exactly : {true, false}) {
    if (answered == waits.end()) {
      answered = std::find_if(waits.begin(), waits.end(),
                              [&](const OpenWait& wait) { return matches(wait, exactly); });
    }
  }
  if (answered != waits.end()) waits.erase(answered);
}

}  // namespace atm::kernel::rules
