// SPDX-License-Identifier: MIT
#include "line_editor.hpp"

#include <atm/domain/utf8.hpp>

#include "text.hpp"

namespace atm::cli {

namespace {

void remove_last(std::string& text) {
  while (!text.empty() && !utf8_is_boundary(text, text.size() - 1)) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

Edit edit_line(std::string& text, const tui::Event& event) {
  constexpr std::size_t kLongest = 200;
  if (event.kind == tui::Event::Kind::kPaste) {
    text += utf8_sanitize(event.text.substr(0, event.text.find_first_of("\r\n")));
  } else if (event.kind != tui::Event::Kind::kKey) {
    return Edit::kGoesOn;
  } else if (event.key == tui::Key::kEnter) {
    return Edit::kIsDone;
  } else if (event.key == tui::Key::kEscape || (event.control && event.character == U'c')) {
    return Edit::kIsCancelled;
  } else if (event.key == tui::Key::kBackspace) {
    remove_last(text);
  } else if (event.control && event.character == U'u') {
    text.clear();
  } else if (event.key == tui::Key::kCharacter && !event.control && !event.alt) {
    append_character(text, event.character);
  }
  text = std::string(utf8_cut(text, kLongest));
  return Edit::kGoesOn;
}

}  // namespace atm::cli
