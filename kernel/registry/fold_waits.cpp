// SPDX-License-Identifier: MIT
// Questions to the person. An agent tells that it asks; that it was answered it mostly does not tell.
#include <algorithm>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

constexpr std::string_view kIdle = "idle";
constexpr std::string_view kPermission = "permission";
constexpr std::string_view kStartup = "startup";

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

/// Whether an open wait already says this; another of the same kind is counted (STATE-W10). The late notification of a
/// permission names neither tool nor actor.
bool is_known(Bookkeeping& book, const OpenWait& asked) {
  const auto same = std::find_if(book.waits.begin(), book.waits.end(), [&asked](const OpenWait& open) {
    return open.actor == asked.actor && open.reason == asked.reason && open.tool == asked.tool &&
           open.tool_use_id == asked.tool_use_id && open.id == asked.id;
  });
  if (same != book.waits.end()) {
    const bool is_named = !asked.id.empty() || !asked.tool_use_id.empty() || asked.reason == kIdle;
    if (!is_named && elapsed(same->asked_at, asked.asked_at) > kSwapWindow) {
      ++same->count;
      same->asked_at = asked.asked_at;
    }
    return true;
  }
  const bool is_vague =
      asked.tool.empty() && asked.tool_use_id.empty() && asked.id.empty() && asked.reason == kPermission;
  return is_vague && !book.waits.empty();
}

std::string_view detail_of(const OpenWait& wait) noexcept {
  return wait.tool_use_id.empty() ? wait.tool : wait.tool_use_id;
}

/// What a level opened, said precisely by the edge that it overtook.
bool make_precise(Bookkeeping& book, const OpenWait& asked) {
  if (asked.reason == kIdle) return false;
  const auto vague = std::find_if(book.waits.begin(), book.waits.end(),
                                  [](const OpenWait& open) { return open.from_level; });
  if (vague == book.waits.end()) return false;
  const Timestamp since = vague->since;
  const Call call = vague->call;
  *vague = asked;
  vague->since = since;
  vague->call = call;
  return true;
}

/// Whether the level says that what was asked just now is answered by now.
bool is_answered(const Bookkeeping& book, const OpenWait& asked) noexcept {
  const bool waits = book.level.state == LevelState::kWaiting || book.level.state == LevelState::kUnknown;
  return asked.reason != kIdle && !waits && is_swapped(asked.since, book.level.since);
}

void open_wait(Step& step, OpenWait wait) {
  Bookkeeping& book = step.book();
  wait.call = raise_call(book, wait.reason, detail_of(wait), step.arrival, step.at);
  const LevelState state = book.level.state;
  if (state == (wait.reason == kIdle ? LevelState::kIdle : LevelState::kWaiting) && wait.reason != kStartup)
    wait.call.confirmed = true;
  if (book.waits.size() == kMaxOpenWaits) book.waits.erase(book.waits.begin());
  book.waits.push_back(std::move(wait));
}

template <class IsOver>
void close_where(Step& step, IsOver is_over) {
  if (std::erase_if(step.book().waits, is_over) != 0) step.book().answered_at = step.at;
}

/// A record tells nothing of a question that began after it, nor of one that a level still holds up (STATE-E8).
bool may_answer(const Step& step, const OpenWait& wait) noexcept {
  if (!step.is_recorded()) return true;
  return wait.since < step.at && !step.is_before_level() && step.book().level.state != LevelState::kWaiting;
}

const OpenTool* newest_tool(const Step& step) noexcept {
  const auto& tools = step.book().tools;
  const auto newest =
      std::find_if(tools.rbegin(), tools.rend(), [](const OpenTool& tool) { return tool.actor.empty(); });
  return newest == tools.rend() ? nullptr : &*newest;
}

bool has_question(const Bookkeeping& book) noexcept {
  const OpenWait* wait = foremost_wait(book);
  return wait != nullptr && !is_idle_prompt(*wait);
}

OpenWait wait_for(const OpenTool& tool, Timestamp since) {
  OpenWait wait;
  wait.reason = kPermission;
  wait.tool = tool.name;
  wait.tool_use_id = tool.id;
  wait.since = since;
  wait.asked_at = since;
  return wait;
}

/// The notice of a client that asks without an edge: nothing of the main thread came since its tool began (STATE-W9).
void open_wait_by_notice(Step& step) {
  Bookkeeping& book = step.book();
  const bool may_ask = book.level.state == LevelState::kUnknown || book.level.state == LevelState::kDialog;
  const OpenTool* tool = newest_tool(step);
  if (!step.is_main() || !may_ask || book.turn != Turn::kOpen || has_question(book) || tool == nullptr)
    return;
  if (book.edge_at > tool->started_at || step.at <= tool->started_at) return;
  open_wait(step, wait_for(*tool, step.at));
  book.waits.back().call.confirmed = true;
  book.doubted = false;
}

/// An agent that waits for its next prompt is not in a turn, whatever else was missed. False: it is, by now.
bool note_idle(Step& step) {
  Bookkeeping& book = step.book();
  if (book.turn == Turn::kOpen) {
    if (is_swapped(step.at, book.turn_opened_at)) return false;
    cancel_tools(step.state, {});
    book.compacting = false;
  }
  if (book.turn == Turn::kOpen || book.turn == Turn::kUnseen) {
    book.turn = Turn::kClosed;
    book.basis = step.basis();
    book.turn_closed_at = step.at;
  }
  return true;
}

}  // namespace

const OpenWait* foremost_wait(const Bookkeeping& book) noexcept {
  if (book.waits.empty()) return nullptr;
  const auto urgent = std::find_if(book.waits.begin(), book.waits.end(),
                                   [](const OpenWait& wait) { return wait.reason != kIdle; });
  return urgent == book.waits.end() ? &book.waits.front() : &*urgent;
}

bool is_idle_prompt(const OpenWait& wait) noexcept {
  return wait.reason == kIdle;
}

bool is_startup_question(const OpenWait& wait) noexcept {
  return wait.reason == kStartup;
}

void close_waits(Step& step, std::string_view actor) {
  close_where(step, [&](const OpenWait& wait) { return wait.actor == actor && may_answer(step, wait); });
}

void close_waits_after(Step& step, const OpenTool& finished) {
  close_where(step, [&](const OpenWait& wait) {
    if (wait.actor != finished.actor || !may_answer(step, wait)) return false;
    const bool is_beside = !wait.tool_use_id.empty() && !finished.id.empty() &&
                           wait.tool_use_id != finished.id && !finished.name.empty() &&
                           finished.started_at <= wait.since;
    return !is_beside;
  });
}

void wait_by_level(Step& step) {
  Bookkeeping& book = step.book();
  bool is_open = false;
  for (OpenWait& wait : book.waits) {
    if (is_idle_prompt(wait)) continue;
    is_open = true;
    wait.call.confirmed = true;
    wait.from_dialog = false;
    wait.since = std::min(wait.since, step.at);
  }
  // The answer overtook it.
  if (is_open || is_swapped(step.at, book.answered_at)) return;
  OpenWait wait;
  wait.reason = book.level.reason.empty() ? kPermission : std::string_view(book.level.reason);
  wait.since = step.at;
  wait.asked_at = step.at;
  wait.from_level = true;
  open_wait(step, std::move(wait));
}

void close_waits_by_level(Step& step, LevelState before) {
  const bool rests = step.book().level.state == LevelState::kIdle;
  for (OpenWait& wait : step.book().waits) {
    if (rests && is_idle_prompt(wait)) wait.call.confirmed = true;
  }
  // A level follows the one before it, even within the same millisecond.
  const auto is_over = [&](const OpenWait& wait) {
    return step.at > wait.since || (before == LevelState::kWaiting && step.at == wait.since);
  };
  close_where(step, [&](const OpenWait& wait) { return is_over(wait) && !(rests && is_idle_prompt(wait)); });
}

void unblocked(Step& step) {
  if (step.book().waits.empty()) return;
  const auto is_gone = [&step](const OpenWait& wait) {
    return !is_idle_prompt(wait) && elapsed(wait.since, step.at) >= kDialogDelay;
  };
  if (std::erase_if(step.book().waits, is_gone) == 0) return;
  step.book().answered_at = step.at;
  step.book().unblocked = true;
}

void notice(Step& step) {
  const std::string_view about = step.observation.text(Key::kAbout);
  if (about.empty()) return;
  for (OpenWait& wait : step.book().waits) {
    if (is_idle_prompt(wait) || wait.since > step.at) continue;
    wait.call.confirmed = true;
    wait.from_dialog = false;
  }
  if (about == "question") open_wait_by_notice(step);
}

void suspect_dialog(Step& step) {
  const Bookkeeping& book = step.book();
  const OpenTool* tool = newest_tool(step);
  const bool may_ask = book.level.state == LevelState::kDialog && book.turn == Turn::kOpen;
  if (!may_ask || tool == nullptr || has_question(book)) return;
  const auto after = elapsed(tool->started_at, book.level.since);
  if (after < std::chrono::nanoseconds(0) || after > kDialogAfterTool) return;
  OpenWait wait = wait_for(*tool, book.level.since);
  wait.from_dialog = true;
  open_wait(step, std::move(wait));
}

void input_needed(Step& step) {
  OpenWait wait;
  wait.actor = step.actor();
  wait.reason = word(step, Key::kReason);
  if (wait.reason.empty()) wait.reason = kPermission;
  wait.tool = word(step, Key::kTool);
  wait.id = word(step, Key::kWaitId);
  wait.tool_use_id = tool_use_asked_about(step, wait.tool);
  wait.since = step.at;
  wait.asked_at = step.at;
  Bookkeeping& book = step.book();
  if (has_result(step.state, wait.tool_use_id) || is_known(book, wait) || is_answered(book, wait)) return;
  if (step.is_main() ? !reopen(step) : book.ended) return;
  if (wait.reason == kIdle && !note_idle(step)) return;
  if (step.is_main()) book.compacting = false;
  if (!make_precise(book, wait)) open_wait(step, std::move(wait));
}

void input_resolved(Step& step) {
  auto& waits = step.book().waits;
  const std::string_view wait_id = word(step, Key::kWaitId);
  const std::string_view id = word(step, Key::kToolUseId);
  const std::string_view reason = word(step, Key::kReason);
  const auto matches = [&](const OpenWait& wait, bool exactly) {
    if (!may_answer(step, wait)) return false;
    if (!wait_id.empty() && !wait.id.empty()) return wait.id == wait_id;
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
  if (answered == waits.end()) return;
  if (--answered->count == 0) waits.erase(answered);
  step.book().answered_at = step.at;
}

}  // namespace atm::kernel::rules
