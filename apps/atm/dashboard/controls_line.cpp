// SPDX-License-Identifier: MIT
// The lines in which the user types a filter or a command.
#include <algorithm>
#include <utility>

#include "controls.hpp"
#include "line_editor.hpp"

namespace atm::cli {

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

Effect Controls::type_filter(const tui::Event& event) {
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

Effect Controls::use_saved(const std::string& name) {
  const auto at = look_.choice.saved.find(name);
  if (at == look_.choice.saved.end()) {
    look_.notice = "no filter has the name '" + name + "'; :save NAME keeps the current one";
  } else {
    use_filter(at->second);
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

Effect Controls::type_command(const tui::Event& event) {
  look_.candidates.clear();
  if (event.kind == tui::Event::Kind::kKey && event.key == tui::Key::kTab) {
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
      return in_present({Effect::Kind::kJump, argument});
    case Command::Kind::kAcknowledge:
      return in_present({Effect::Kind::kAcknowledge, argument});
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
    case Command::Kind::kAt:
      return {Effect::Kind::kShowTime, argument};
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
