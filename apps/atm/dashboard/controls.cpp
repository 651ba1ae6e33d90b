// SPDX-License-Identifier: MIT
#include "controls.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "line_editor.hpp"
#include "session_table.hpp"

namespace atm::cli {

namespace {

using tui::Event;

// A position that cannot be negative.
std::size_t moved(std::size_t from, long by) {
  return static_cast<std::size_t>(std::max(0L, static_cast<long>(from) + by));
}

}  // namespace

Effect Controls::handle(const Event& event) {
  if (look_.is_typing) return type(event);
  look_.notice.clear();
  if (std::exchange(look_.is_sorting, false)) return sort(event);
  switch (event.kind) {
    case Event::Kind::kPress:
      return press(event.y);
    case Event::Kind::kWheelUp:
      scroll(-3);
      return {};
    case Event::Kind::kWheelDown:
      scroll(3);
      return {};
    case Event::Kind::kKey:
      if (const auto action = action_of(event);
          action && (!is_report(look_.page) || applies_to_reports(*action)))
        return act(*action);
      return {};
    default:
      return {};
  }
}

Effect Controls::press(std::size_t y) {
  const std::size_t index = look_.cursor.top() + y - frame_.body;
  if (y < frame_.body || y >= frame_.body + frame_.visible || index >= frame_.rows->rows.size()) return {};
  const auto now = std::chrono::steady_clock::now();
  const bool is_double = index == look_.cursor.index() && now - last_press_ < std::chrono::milliseconds(400);
  last_press_ = now;
  look_.cursor.select(frame_.rows->rows, index);
  return is_double ? act(Action::kJump) : Effect();
}

void Controls::scroll(long by) {
  if (look_.is_help) {
    look_.help_top = moved(look_.help_top, by);
  } else if (is_report(look_.page)) {
    look_.report_top = moved(look_.report_top, by);
  } else {
    look_.cursor.move(frame_.rows->rows, by);
    look_.details_top = 0;
  }
}

const Row* Controls::selected() const {
  const auto& rows = frame_.rows->rows;
  return look_.cursor.index() < rows.size() ? &rows[look_.cursor.index()] : nullptr;
}

Effect Controls::act(Action action) {
  if (move(action)) return {};
  switch (action) {
    case Action::kDetails:
      look_.has_details = !look_.has_details;
      look_.details_top = 0;
      return {};
    case Action::kDetailsDown:
      ++look_.details_top;
      return {};
    case Action::kDetailsUp:
      look_.details_top -= look_.details_top > 0 ? 1 : 0;
      return {};
    case Action::kFilter:
      look_.is_typing = true;
      look_.is_help = false;
      return {};
    case Action::kBack:
      return back();
    case Action::kSort:
      look_.is_sorting = true;
      return {};
    case Action::kReverse:
      look_.choice.is_reversed = !look_.choice.is_reversed;
      return {Effect::Kind::kStoreChoice};
    case Action::kTree:
      look_.choice.is_tree = !look_.choice.is_tree;
      return {Effect::Kind::kStoreChoice};
    case Action::kFoldQuiet:
      return fold_quiet();
    case Action::kMouse:
      return {Effect::Kind::kSwitchMouse};
    case Action::kRepaint:
      return {Effect::Kind::kRepaint};
    case Action::kSuspend:
      return {Effect::Kind::kSuspend};
    case Action::kHelp:
      look_.is_help = !look_.is_help;
      look_.help_top = 0;
      return {};
    case Action::kQuit:
      return {Effect::Kind::kQuit};
    default:
      return action >= Action::kList ? act_on_pages(action) : act_on_session(action);
  }
}

bool Controls::move(Action action) {
  const std::size_t height = frame_.visible > 0 ? frame_.visible + 1 : frame_.grid.height();
  const auto page = static_cast<long>(std::max<std::size_t>(height, 4) - 1);
  constexpr long kAll = std::numeric_limits<int>::max();
  switch (action) {
    case Action::kDown:
      scroll(1);
      return true;
    case Action::kUp:
      scroll(-1);
      return true;
    case Action::kHalfDown:
      scroll(page / 2);
      return true;
    case Action::kHalfUp:
      scroll(-page / 2);
      return true;
    case Action::kPageDown:
      scroll(page - 1);
      return true;
    case Action::kPageUp:
      scroll(1 - page);
      return true;
    case Action::kTop:
      scroll(-kAll);
      return true;
    case Action::kBottom:
      scroll(kAll);
      return true;
    case Action::kNextNeed:
      find_need(1);
      return true;
    case Action::kPreviousNeed:
      find_need(-1);
      return true;
    default:
      return false;
  }
}

Effect Controls::act_on_session(Action action) {
  const Row* const row = selected();
  if (row == nullptr) return {};
  switch (action) {
    case Action::kJump:
      return jump();
    case Action::kClose:
      return open(false);
    case Action::kOpen:
      return open(true);
    case Action::kPin:
      return pin();
    default:
      break;
  }
  if (row->session == nullptr) return {};
  const SessionDomain& session = row->session->domain;
  switch (action) {
    case Action::kAcknowledge:
      return {Effect::Kind::kAcknowledge, session.id.str()};
    case Action::kCopyId:
      return {Effect::Kind::kCopy, session.id.str()};
    case Action::kCopyPath:
      return {Effect::Kind::kCopy, session.working_directory.value_or("")};
    default:
      return {};
  }
}

Effect Controls::act_on_pages(Action action) {
  switch (action) {
    case Action::kList:
      return open_page(Page::kList);
    case Action::kInbox:
      return open_page(Page::kInbox);
    case Action::kTimeline:
      return open_page(Page::kTimeline);
    case Action::kCost:
      return open_page(Page::kCost);
    case Action::kSystem:
      return open_page(Page::kSystem);
    case Action::kNextPage:
      return open_page(page_after(1));
    case Action::kPreviousPage:
      return open_page(page_after(kPages - 1));
    default:
      return {};
  }
}

Page Controls::page_after(std::size_t steps) const {
  return static_cast<Page>((static_cast<std::size_t>(look_.page) + steps) % kPages);
}

// A page of reports runs its commands again.
Effect Controls::open_page(Page page) {
  look_.page = page;
  look_.is_help = false;
  look_.report_top = 0;
  look_.report.clear();
  return {Effect::Kind::kRunReports};
}

Effect Controls::back() {
  if (look_.is_help) {
    look_.is_help = false;
  } else if (look_.has_details && !is_report(look_.page)) {
    look_.has_details = false;
  } else if (is_report(look_.page)) {
    return open_page(Page::kList);
  } else {
    look_.filter_text.clear();
    look_.choice.filter = {};
  }
  return {};
}

void Controls::find_need(long step) {
  const auto& rows = frame_.rows->rows;
  const auto count = static_cast<long>(rows.size());
  for (long i = 1; i <= count; ++i) {
    const long at = ((static_cast<long>(look_.cursor.index()) + step * i) % count + count) % count;
    const Row& row = rows[static_cast<std::size_t>(at)];
    if (row.kind != Row::Kind::kSession || !needs_user(row.session->domain)) continue;
    look_.cursor.select(rows, static_cast<std::size_t>(at));
    look_.details_top = 0;
    return;
  }
  look_.notice = "no session needs you";
}

Effect Controls::jump() {
  const Row& row = *selected();
  if (row.kind == Row::Kind::kProject) return open(!row.is_open);
  if (row.kind == Row::Kind::kQuiet) return fold_quiet();
  return {Effect::Kind::kJump, row.session->domain.id.str()};
}

Effect Controls::open(bool is_open) {
  const Row& row = *selected();
  if (!row.has_children) return {};
  if (is_open) {
    look_.choice.closed.erase(std::string(row.key));
  } else {
    look_.choice.closed.emplace(row.key);
  }
  return {};
}

Effect Controls::fold_quiet() {
  const auto& rows = frame_.rows->rows;
  const bool is_folded =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.kind == Row::Kind::kQuiet; });
  look_.choice.folds_quiet = !is_folded;
  return {Effect::Kind::kStoreChoice};
}

Effect Controls::pin() {
  const Row& row = *selected();
  if (row.kind != Row::Kind::kSession) return {};
  std::string id(row.key);
  if (look_.choice.pins.erase(id) == 0) look_.choice.pins.insert(std::move(id));
  return {Effect::Kind::kStoreChoice};
}

Effect Controls::sort(const Event& event) {
  switch (event.character) {
    case U's':
      look_.choice.order = Order::kNeed;
      break;
    case U'a':
      look_.choice.order = Order::kAge;
      break;
    case U'c':
      look_.choice.order = Order::kCost;
      break;
    case U'x':
      look_.choice.order = Order::kContext;
      break;
    case U'n':
      look_.choice.order = Order::kName;
      break;
    default:
      return {};
  }
  return {Effect::Kind::kStoreChoice};
}

Effect Controls::type(const Event& event) {
  std::string& text = look_.filter_text;
  const Edit edit = edit_line(text, event);
  look_.is_typing = edit == Edit::kGoesOn;
  if (edit == Edit::kIsCancelled) text.clear();
  auto filter = Filter::parse(text);
  look_.notice = filter || look_.is_typing ? "" : filter.error().message;
  // While a term is incomplete, the last valid filter applies.
  if (filter) look_.choice.filter = std::move(*filter);
  return {};
}

}  // namespace atm::cli
