// SPDX-License-Identifier: MIT
#include "bindings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nearest_word.hpp"
#include "words.hpp"

namespace atm::cli {

namespace {

constexpr std::array<std::string_view, 15> kNames{"",     "Up",      "Down", "Left",      "Right",
                                                  "Home", "End",     "PgUp", "PgDn",      "Enter",
                                                  "Tab",  "BackTab", "Esc",  "Backspace", "Delete"};

bool has_word(const std::string& text, std::string_view word) {
  const auto words = words_of(text);
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_key(std::string_view key) {
  const auto is_graphic = [](char c) { return c > 0x20 && c < 0x7F; };
  if (key.size() == 1) return is_graphic(key[0]);
  if (key.size() == 2 && key[0] == '^') return key[1] >= 'a' && key[1] <= 'z';
  return key == "Space" || std::find(kNames.begin() + 1, kNames.end(), key) != kNames.end();
}

}  // namespace

bool applies_to_reports(Action action) noexcept {
  switch (action) {
    case Action::kDown:
    case Action::kUp:
    case Action::kHalfDown:
    case Action::kHalfUp:
    case Action::kPageDown:
    case Action::kPageUp:
    case Action::kTop:
    case Action::kBottom:
    case Action::kBack:
      return true;
    default:
      return action >= Action::kList;
  }
}

std::string key_name(const tui::Event& event) {
  if (event.kind != tui::Event::Kind::kKey || event.alt) return {};
  if (event.key != tui::Key::kCharacter) return std::string(kNames[static_cast<std::size_t>(event.key)]);
  if (event.character == U' ' && !event.control) return "Space";
  // Keys of the table are ASCII.
  if (event.character < 0x21 || event.character > 0x7E) return {};
  return (event.control ? "^" : "") + std::string(1, static_cast<char>(event.character));
}

Bindings::Bindings()
    : all_{{Action::kDown, "down", "j Down", "next row", ""},
           {Action::kUp, "up", "k Up", "previous row", ""},
           {Action::kHalfDown, "half-down", "^d", "half a screen down", ""},
           {Action::kHalfUp, "half-up", "^u", "half a screen up", ""},
           {Action::kPageDown, "page-down", "PgDn ^f", "one screen down", ""},
           {Action::kPageUp, "page-up", "PgUp ^b", "one screen up", ""},
           {Action::kTop, "top", "g Home", "first row", ""},
           {Action::kBottom, "bottom", "G End", "last row", ""},
           {Action::kNextNeed, "next-need", "n", "next session that needs you", "next"},
           {Action::kPreviousNeed, "previous-need", "N", "previous session that needs you", ""},
           {Action::kJump, "jump", "Enter", "go to the terminal of the session; on a project: fold", "jump"},
           {Action::kDetails, "details", "Space", "show or hide the details: status, evidence, cost, process",
            "details"},
           {Action::kDetailsDown, "details-down", "J", "scroll the details down", ""},
           {Action::kDetailsUp, "details-up", "K", "scroll the details up", ""},
           {Action::kAcknowledge, "ack", "c", "acknowledge the attention of the session", "ack"},
           {Action::kFilter, "filter", "/",
            "filter: words, needs, state:WORD, agent:WORD, cost>5, ctx>80, "
            "age<1h, /REGEX/, !TERM",
            "filter"},
           {Action::kSavedFilters, "saved", "\\", "saved filters: the next key is the digit of one", ""},
           {Action::kBack, "back", "Esc", "close the details or the help, else clear the filter", ""},
           {Action::kEarlier, "earlier", "<", "a minute earlier; :at TIME shows any time", "earlier"},
           {Action::kLater, "later", ">", "a minute later; :at now returns to the present", "later"},
           {Action::kStepBack, "step-back", ",", "of an earlier time: before the latest change", "",
            When::kPast},
           {Action::kStep, "step", ".", "of an earlier time: after the next change", "step", When::kPast},
           {Action::kNeedBefore, "need-before", "{",
            "of an earlier time: the previous time at which one more session needed you", "", When::kPast},
           {Action::kNeedAfter, "need-after", "}", "of an earlier time: the next such time", "need",
            When::kPast},
           {Action::kPlay, "play", "p", "of an earlier time: show the changes as they happened, or pause",
            "play", When::kPast},
           {Action::kSort, "sort", "S",
            "sort: the next key is s (status), a (age), c (cost), x (context) "
            "or n (name)",
            ""},
           {Action::kReverse, "reverse", "r", "reverse the order", ""},
           {Action::kTree, "tree", "t", "tree by project, or flat list", "tree"},
           {Action::kClose, "close", "h Left",
            "close the tree below the row; on the board: column to the left", ""},
           {Action::kOpen, "open", "l Right", "open it; on the board: column to the right", ""},
           {Action::kFoldQuiet, "fold", "b", "fold or show the quiet sessions: idle, stale, ended", ""},
           {Action::kPin, "pin", "p", "keep the session on top, or release it", "", When::kPresent},
           {Action::kCopyId, "copy-id", "y", "copy the session id to the clipboard of the terminal", ""},
           {Action::kCopyPath, "copy-directory", "Y", "copy the directory", ""},
           {Action::kList, "list", "1", "all sessions", ""},
           {Action::kInbox, "inbox", "2", "inbox: what needs you, the most urgent first", "inbox"},
           {Action::kBoard, "board", "3", "board: a column for each kind of status", "board"},
           {Action::kTimeline, "timeline", "4", "timeline: what ran when, and how long agents waited for you",
            "timeline"},
           {Action::kCost, "cost", "5", "cost and limits", "cost"},
           {Action::kSystem, "system", "6",
            "system: plugins, findings of atm doctor, counters; the same key "
            "again refreshes",
            "system"},
           {Action::kNextPage, "next-page", "Tab", "next page", ""},
           {Action::kPreviousPage, "previous-page", "BackTab", "previous page", ""},
           {Action::kCommand, "command", ":", "type a command; Tab completes it", ""},
           {Action::kTheme, "theme", "T", "next theme", ""},
           {Action::kMouse, "mouse", "m",
            "switch the mouse off or on; off, the terminal selects text as "
            "usual",
            ""},
           {Action::kRepaint, "repaint", "^l", "draw the screen again, and read tui.toml again", ""},
           {Action::kSuspend, "suspend", "^z", "suspend", ""},
           {Action::kHelp, "help", "?", "this help", "help"},
           {Action::kQuit, "quit", "q ^c", "quit", "quit"}} {}

Result<void> Bindings::set(std::string_view action, std::string_view keys) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [action](const Binding& one) { return one.name == action; });
  if (found == all_.end()) {
    std::vector<std::string> known;
    for (const Binding& binding : all_) known.emplace_back(binding.name);
    const std::string near = nearest_word(action, known);
    return Error{
        ErrorCode::kInvalidField,
        "'" + std::string(action) + "' is no action, expected one such as " + (near.empty() ? "jump" : near)};
  }
  std::string joined;
  for (const std::string& key : words_of(keys)) {
    if (!is_key(key))
      return Error{ErrorCode::kInvalidField, "'" + key +
                                                 "' is no key, expected a character, ^x for Control, or "
                                                 "a name such as Down"};
    for (const bool is_past : {false, true}) {
      if (found->applies(is_past) && !chosen_.insert({key, is_past}).second)
        return Error{ErrorCode::kInvalidField, "'" + key + "' has two actions, expected one"};
    }
    joined += (joined.empty() ? "" : " ") + key;
  }
  const auto is_beside = [&found](const Binding& other) {
    return (other.applies(false) && found->applies(false)) || (other.applies(true) && found->applies(true));
  };
  for (Binding& binding : all_) {
    if (!is_beside(binding)) continue;
    std::string kept;
    for (const std::string& key : words_of(binding.keys)) {
      if (has_word(joined, key)) continue;
      kept += (kept.empty() ? "" : " ") + key;
    }
    binding.keys = std::move(kept);
  }
  found->keys = std::move(joined);
  return {};
}

std::optional<Action> Bindings::action_of(const tui::Event& event, bool is_past) const {
  const std::string name = key_name(event);
  if (name.empty()) return std::nullopt;
  for (const Binding& binding : all_) {
    if (binding.applies(is_past) && has_word(binding.keys, name)) return binding.action;
  }
  return std::nullopt;
}

std::optional<Action> Bindings::named(std::string_view name) const {
  for (const Binding& binding : all_) {
    if (binding.name == name) return binding.action;
  }
  return std::nullopt;
}

}  // namespace atm::cli
