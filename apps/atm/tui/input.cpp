// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "text.hpp"

namespace atm::cli::tui {

namespace {

constexpr std::size_t kLongestSequence = 4096;
constexpr std::size_t kLongestPaste = 64UL * 1024;
constexpr std::string_view kPasteEnd = "\x1b[201~";

Event key_event(Key key) {
  Event event;
  event.key = key;
  return event;
}

// The decimal numbers of the parameters of a sequence; an absent one is 0.
std::vector<unsigned> numbers_of(std::string_view text) {
  std::vector<unsigned> numbers;
  while (true) {
    const std::size_t end = std::min(text.find(';'), text.size());
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + end, value);
    numbers.push_back(value);
    if (end == text.size()) return numbers;
    text.remove_prefix(end + 1);
  }
}

bool key_of_final(char last, Key& key) {
  static constexpr std::array<std::pair<char, Key>, 7> kKeys{{{'A', Key::kUp},
                                                              {'B', Key::kDown},
                                                              {'C', Key::kRight},
                                                              {'D', Key::kLeft},
                                                              {'F', Key::kEnd},
                                                              {'H', Key::kHome},
                                                              {'Z', Key::kBackTab}}};
  for (const auto& [letter, named] : kKeys) {
    if (letter != last) continue;
    key = named;
    return true;
  }
  return false;
}

bool key_of_number(unsigned number, Key& key) {
  static constexpr std::array<std::pair<unsigned, Key>, 7> kKeys{{{1, Key::kHome},
                                                                  {3, Key::kDelete},
                                                                  {4, Key::kEnd},
                                                                  {5, Key::kPageUp},
                                                                  {6, Key::kPageDown},
                                                                  {7, Key::kHome},
                                                                  {8, Key::kEnd}}};
  for (const auto& [value, named] : kKeys) {
    if (value != number) continue;
    key = named;
    return true;
  }
  return false;
}

bool mouse_event(const std::vector<unsigned>& numbers, char last, Event& event) {
  if (numbers.size() < 3 || last != 'M' || numbers[1] == 0 || numbers[2] == 0) return false;
  event.x = numbers[1] - 1;
  event.y = numbers[2] - 1;
  // Shift, Alt and Control add to the number of the button.
  constexpr unsigned kModifiers = 4 + 8 + 16;
  const unsigned button = numbers[0] & ~kModifiers;
  if (button == 0) event.kind = Event::Kind::kPress;
  if (button == 64) event.kind = Event::Kind::kWheelUp;
  if (button == 65) event.kind = Event::Kind::kWheelDown;
  return event.kind != Event::Kind::kKey;
}

}  // namespace

std::vector<Event> Input::feed(std::string_view bytes) {
  std::vector<Event> out;
  held_ += bytes;
  while (!held_.empty() && take(out)) {
  }
  return out;
}

std::vector<Event> Input::expire() {
  std::vector<Event> out;
  if (!is_waiting()) return out;
  if (held_ == "\x1b") out.push_back(key_event(Key::kEscape));
  held_.clear();
  return out;
}

bool Input::take(std::vector<Event>& out) {
  if (is_paste_) return take_paste(out);
  if (held_[0] == '\x1b') return take_escape(out);
  return take_character_key(out, 0, false);
}

bool Input::take_escape(std::vector<Event>& out) {
  if (held_.size() == 1) return false;
  switch (held_[1]) {
    case '[':
      return take_csi(out);
    case 'O': {
      if (held_.size() == 2) return false;
      Key key{};
      if (key_of_final(held_[2], key)) out.push_back(key_event(key));
      if (held_[2] == 'M') out.push_back(key_event(Key::kEnter));
      held_.erase(0, 3);
      return true;
    }
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
      return take_string();
    case '\x1b':
      out.push_back(key_event(Key::kEscape));
      held_.erase(0, 1);
      return true;
    default:
      return take_character_key(out, 1, true);
  }
}

bool Input::take_csi(std::vector<Event>& out) {
  std::size_t at = 2;
  while (at < held_.size() && held_[at] >= 0x20 && held_[at] <= 0x3F) ++at;
  if (at == held_.size()) {
    if (at > kLongestSequence) held_.clear();
    return false;
  }
  const char last = held_[at];
  const std::string body = held_.substr(2, at - 2);
  // A control character ends a broken sequence and is read itself.
  const bool is_whole = last >= 0x40 && last <= 0x7E;
  held_.erase(0, is_whole ? at + 1 : at);
  if (!is_whole) return !held_.empty();
  Event event;
  if (body.starts_with('<')) {
    if (mouse_event(numbers_of(std::string_view(body).substr(1)), last, event)) out.push_back(event);
    return true;
  }
  if (body.starts_with('?')) {
    const std::vector<unsigned> numbers = numbers_of(std::string_view(body).substr(1));
    const bool is_report = last == 'y' && body.ends_with('$') && numbers.size() == 2 && numbers[0] == 2026;
    event.kind = last == 'c' ? Event::Kind::kAnswered : Event::Kind::kSynchronized;
    if (last == 'c' || (is_report && numbers[1] >= 1 && numbers[1] <= 3)) out.push_back(event);
    return true;
  }
  if (last == '~' && body == "200") {
    is_paste_ = true;
    pasted_.clear();
    return true;
  }
  const bool is_number = last == '~';
  if (is_number ? key_of_number(numbers_of(body)[0], event.key) : key_of_final(last, event.key))
    out.push_back(event);
  return true;
}

// A string ends with BEL or ESC \. It is an answer to a query that this program did not send.
bool Input::take_string() {
  const std::size_t bell = held_.find('\a', 2);
  const std::size_t string_end = held_.find("\x1b\\", 2);
  const std::size_t end = std::min(bell, string_end);
  if (end == std::string::npos) {
    if (held_.size() > kLongestSequence) held_.erase(2, held_.size() - 3);
    return false;
  }
  held_.erase(0, end + (end == bell ? 1 : 2));
  return true;
}

bool Input::take_paste(std::vector<Event>& out) {
  const std::size_t end = held_.find(kPasteEnd);
  // The mark of the end may be split.
  const std::size_t ready =
      end == std::string::npos ? held_.size() - std::min(held_.size(), kPasteEnd.size() - 1) : end;
  pasted_.append(held_, 0, std::min(ready, kLongestPaste - pasted_.size()));
  held_.erase(0, ready);
  if (end == std::string::npos) return false;
  held_.erase(0, kPasteEnd.size());
  is_paste_ = false;
  Event event;
  event.kind = Event::Kind::kPaste;
  event.text = std::move(pasted_);
  out.push_back(std::move(event));
  return true;
}

bool Input::take_character_key(std::vector<Event>& out, std::size_t from, bool alt) {
  Event event;
  event.alt = alt;
  const auto byte = static_cast<unsigned char>(held_[from]);
  std::size_t size = 1;
  if (byte == '\r' || byte == '\n') {
    event.key = Key::kEnter;
  } else if (byte == '\t') {
    event.key = Key::kTab;
  } else if (byte == 0x7F || byte == 0x08) {
    event.key = Key::kBackspace;
  } else if (byte < 0x20) {
    event.control = true;
    event.character = byte == 0 ? U' ' : byte <= 26 ? char32_t{byte} + 0x60 : char32_t{byte} + 0x40;
  } else {
    const std::size_t wanted = byte < 0xC2 || byte > 0xF4 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    if (held_.size() - from < wanted) return false;
    std::string_view rest = std::string_view(held_).substr(from);
    event.character = take_character(rest);
    size = held_.size() - from - rest.size();
  }
  held_.erase(0, from + size);
  out.push_back(event);
  return true;
}

}  // namespace atm::cli::tui
