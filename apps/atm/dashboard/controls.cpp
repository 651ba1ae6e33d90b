// SPDX-License-Identifier: MIT
#include "controls.hpp"

#include <algorithm>
#include <iterator>
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
  look_.notice.clear();
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
      if (const auto action = look_.settings.bindings.action_of(event);
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
    case Action::kOpen:
      if (look_.page != Page::kBoard) return open(action == Action::kOpen);
      change_column(action == Action::kOpen ? 1 : -1);
      return {};
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

// While a term is incomplete, the last valid filter applies.
void Controls::use_filter(std::string text) {
  look_.filter_text = std::move(text);
  auto filter = Filter::parse(look_.filter_text);
  if (!filter) {
    look_.notice = filter.error().message;
  } else {
    look_.choice.filter = std::move(*filter);
  }
}

std::string Controls::next_theme() const {
  const auto names = theme_names(look_.settings);
  const auto at = std::find(names.begin(), names.end(), look_.theme);
  return at == names.end() || at + 1 == names.end() ? names.front() : at[1];
}

// To the same place in the next column that has cards.
void Controls::change_column(long by) {
  const Rows& rows = *frame_.rows;
  std::size_t column = 0;
  while (column + 1 < kBoardColumns && look_.cursor.index() >= rows.columns[column + 1]) ++column;
  const std::size_t place = look_.cursor.index() - rows.columns[column];
  for (long next = static_cast<long>(column) + by; next >= 0 && next < static_cast<long>(kBoardColumns);
       next += by) {
    const std::size_t begin = rows.columns[static_cast<std::size_t>(next)];
    const std::size_t count = rows.columns[static_cast<std::size_t>(next) + 1] - begin;
    if (count == 0) continue;
    look_.cursor.select(rows.rows, begin + std::min(place, count - 1));
    return;
  }
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
  const std::size_t order =
      event.character < 0x80 ? kOrderKeys.find(static_cast<char>(event.character)) : kOrderKeys.npos;
  return order == kOrderKeys.npos ? Effect() : sort_by(order);
}

Effect Controls::sort_by(std::size_t order) {
  look_.choice.order = static_cast<Order>(order);
  return {Effect::Kind::kStoreChoice};
}

Effect Controls::type_filter(const Event& event) {
  std::string text = look_.filter_text;
  const Edit edit = edit_line(text, event);
  use_filter(edit == Edit::kIsCancelled ? "" : std::move(text));
  if (edit == Edit::kGoesOn) {
    look_.notice.clear();
  } else {
    look_.mode = Mode::kKeys;
  }
  return {};
}

CommandWords Controls::command_words() const {
  CommandWords words;
  for (const Row& row : frame_.rows->rows) {
    if (row.kind == Row::Kind::kSession) words.sessions.push_back(look_.names.of(row.key));
  }
  words.themes = theme_names(look_.settings);
  words.orders.assign(kOrderWords.begin(), kOrderWords.end());
  for (const auto& [name, filter] : look_.choice.saved) words.saved.push_back(name);
  return words;
}

Effect Controls::type_command(const Event& event) {
  look_.candidates.clear();
  if (event.kind == Event::Kind::kKey && event.key == tui::Key::kTab) {
    Completion completion = complete(look_.command, look_.settings.bindings, command_words());
    look_.command = std::move(completion.text);
    look_.candidates = std::move(completion.candidates);
    return {};
  }
  const Edit edit = edit_line(look_.command, event);
  if (edit == Edit::kGoesOn) return {};
  look_.mode = Mode::kKeys;
  return edit == Edit::kIsDone ? run_command() : Effect();
}

Effect Controls::use_saved(const std::string& name) {
  const auto at = look_.choice.saved.find(name);
  if (at == look_.choice.saved.end()) {
    look_.notice = "no filter has the name '" + name + "'; :save NAME keeps the current one";
  } else {
    use_filter(at->second);
  }
  return {};
}

Effect Controls::run_command() {
  if (look_.command.find_first_not_of(' ') == std::string::npos) return {};
  const auto command = parse_command(look_.command, look_.settings.bindings);
  if (!command) {
    look_.notice = command.error().message;
    return {};
  }
  const std::string& argument = command->argument;
  switch (command->kind) {
    case Command::Kind::kAction:
      if (!is_report(look_.page) || applies_to_reports(command->action)) return act(command->action);
      look_.notice = "this page has no sessions; :list shows them";
      return {};
    case Command::Kind::kJump:
      return {Effect::Kind::kJump, argument};
    case Command::Kind::kAcknowledge:
      return {Effect::Kind::kAcknowledge, argument};
    case Command::Kind::kFilter:
      use_filter(argument);
      return {};
    case Command::Kind::kSave:
      if (look_.choice.filter.is_empty()) {
        look_.notice = "no filter is set; type one after /, then save it";
        return {};
      }
      if (look_.choice.saved.size() == kMostSaved && look_.choice.saved.count(argument) == 0) {
        look_.notice =
            "nine filters are saved, which is the maximum; :forget "
            "NAME removes one";
        return {};
      }
      look_.choice.saved[argument] = look_.filter_text;
      look_.notice = "saved the filter as " + argument;
      return {Effect::Kind::kStoreChoice};
    case Command::Kind::kUse:
      return use_saved(argument);
    case Command::Kind::kForget:
      look_.notice = look_.choice.saved.erase(argument) > 0 ? "removed the filter " + argument
                                                            : "no filter has the name '" + argument + "'";
      return {Effect::Kind::kStoreChoice};
    case Command::Kind::kTheme: {
      const auto names = theme_names(look_.settings);
      if (std::find(names.begin(), names.end(), argument) == names.end()) {
        look_.notice = "'" + argument + "' is no theme, expected one that Tab lists";
        return {};
      }
      look_.theme = argument;
      return {Effect::Kind::kUseTheme};
    }
    case Command::Kind::kSort: {
      const auto at = std::find(kOrderWords.begin(), kOrderWords.end(), argument);
      if (at != kOrderWords.end()) return sort_by(static_cast<std::size_t>(at - kOrderWords.begin()));
      look_.notice = "'" + argument + "' is no order, expected status, age, cost, context or name";
      return {};
    }
    case Command::Kind::kPrint:
      look_.page = Page::kOutput;
      look_.is_help = false;
      look_.report_top = 0;
      look_.report.clear();
      return {Effect::Kind::kPrint, argument};
  }
  return {};
}

}  // namespace atm::cli
