// SPDX-License-Identifier: MIT
#include "bindings.hpp"

#include <algorithm>

namespace atm::cli {

namespace {

constexpr std::array<std::string_view, 15> kNames{"",     "Up",      "Down", "Left",      "Right",
                                                  "Home", "End",     "PgUp", "PgDn",      "Enter",
                                                  "Tab",  "BackTab", "Esc",  "Backspace", "Delete"};

bool has_key(std::string_view keys, std::string_view wanted) {
  while (!keys.empty()) {
    const std::size_t end = std::min(keys.find(' '), keys.size());
    if (keys.substr(0, end) == wanted) return true;
    keys.remove_prefix(std::min(end + 1, keys.size()));
  }
  return false;
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

std::optional<Action> action_of(const tui::Event& event) {
  const std::string name = key_name(event);
  if (name.empty()) return std::nullopt;
  for (const Binding& binding : kBindings) {
    if (has_key(binding.keys, name)) return binding.action;
  }
  return std::nullopt;
}

}  // namespace atm::cli
