// SPDX-License-Identifier: MIT
#include "controls.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace atm::cli {

namespace {

using tui::Event;

}  // namespace

Effect Controls::handle(const Event& event) {
  look_.notice.clear();
  look_.cursor.touch();
  if (look_.mode == Mode::kFilter) return type_filter(event);
  if (look_.mode == Mode::kCommand) return type_command(event);
  const Mode mode = std::exchange(look_.mode, Mode::kKeys);
  if (mode == Mode::kSort) return sort(event);
  if (mode == Mode::kSavedFilter) {
    const std::size_t place = event.character - U'1';
    const auto& saved = look_.choice.saved;
    return place < saved.size() ? use_saved(std::next(saved.begin(), static_cast<long>(place))->first)
                                : Effect();
  }
  switch (event.kind) {
    case Event::Kind::kPress:
      return press(event);
    case Event::Kind::kWheelUp:
      scroll(-3);
      return {};
    case Event::Kind::kWheelDown:
      scroll(3);
      return {};
    case Event::Kind::kKey:
      if (const auto action = look_.settings.bindings.action_of(event, look_.at.has_value());
          action && (!is_report(look_.page) || applies_to_reports(*action)))
        return act(*action);
      return {};
    default:
      return {};
  }
}

Effect Controls::press(const Event& event) {
  for (const Hit& hit : frame_.hits) {
    const Area& area = hit.area;
    if (event.x < area.x || event.x >= area.x + area.width || event.y < area.y ||
        event.y >= area.y + area.height)
      continue;
    const auto now = std::chrono::steady_clock::now();
    const bool is_double =
        hit.row == look_.cursor.index() && now - last_press_ < std::chrono::milliseconds(400);
    last_press_ = now;
    look_.cursor.select(frame_.rows->rows, hit.row);
    return is_double ? act(Action::kJump) : Effect();
  }
  return {};
}

Effect Controls::act(Action action) {
  if (move(action)) return {};
  if (!look_.at && action >= Action::kStepBack && action <= Action::kPlay) {
    look_.notice = "this is the present; < or :at TIME shows an earlier time";
    return {};
  }
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
      look_.mode = Mode::kFilter;
      look_.is_help = false;
      return {};
    case Action::kSavedFilters:
      look_.mode = Mode::kSavedFilter;
      return {};
    case Action::kCommand:
      look_.mode = Mode::kCommand;
      look_.command.clear();
      return {};
    case Action::kTheme:
      look_.theme = next_theme();
      look_.notice = "theme " + look_.theme;
      return {Effect::Kind::kUseTheme};
    case Action::kBack:
      return back();
    case Action::kSort:
      look_.mode = Mode::kSort;
      return {};
    case Action::kReverse:
      look_.choice.is_reversed = !look_.choice.is_reversed;
      return {Effect::Kind::kStoreChoice};
    case Action::kTree:
      look_.choice.is_tree = !look_.choice.is_tree;
      return {Effect::Kind::kStoreChoice};
    case Action::kFoldQuiet:
      return fold_quiet();
    case Action::kEarlier:
      return {Effect::Kind::kEarlier};
    case Action::kLater:
      return {Effect::Kind::kLater};
    case Action::kStepBack:
      return {Effect::Kind::kStepBack};
    case Action::kStep:
      return {Effect::Kind::kStep};
    case Action::kNeedBefore:
      return {Effect::Kind::kNeedBefore};
    case Action::kNeedAfter:
      return {Effect::Kind::kNeedAfter};
    case Action::kPlay:
      return {Effect::Kind::kPlay};
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

Effect Controls::act_on_pages(Action action) {
  switch (action) {
    case Action::kList:
      return open_page(Page::kList);
    case Action::kInbox:
      return open_page(Page::kInbox);
    case Action::kBoard:
      return open_page(Page::kBoard);
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
  if (look_.page == Page::kOutput) return Page::kList;
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
    use_filter("");
  }
  return {};
}

std::string Controls::next_theme() const {
  const auto names = theme_names(look_.settings);
  const auto at = std::find(names.begin(), names.end(), look_.theme);
  return at == names.end() || at + 1 == names.end() ? names.front() : at[1];
}

}  // namespace atm::cli
