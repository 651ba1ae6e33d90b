// SPDX-License-Identifier: MIT
// Turns the bytes of a terminal into events. A sequence may arrive in parts; an unknown one is dropped whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::tui {

enum class Key : std::uint8_t {
  kCharacter,
  kUp,
  kDown,
  kLeft,
  kRight,
  kHome,
  kEnd,
  kPageUp,
  kPageDown,
  kEnter,
  kTab,
  kBackTab,
  kEscape,
  kBackspace,
  kDelete,
};

struct Event {
  enum class Kind : std::uint8_t {
    kKey,
    kPress,  // of the first mouse button
    kWheelUp,
    kWheelDown,
    kPaste,
    kSynchronized,  // the terminal supports mode 2026
    kAnswered,      // the terminal has answered all queries
  };
  Kind kind = Kind::kKey;
  Key key = Key::kCharacter;
  char32_t character = 0;  // of kCharacter; with `control` a lower-case letter
  bool control = false;
  bool alt = false;
  std::size_t x = 0;  // of the mouse, from 0
  std::size_t y = 0;
  std::string text{};  // of a paste
};

class Input final {
 public:
  /// The events that are complete after these bytes.
  [[nodiscard]] std::vector<Event> feed(std::string_view bytes);
  /// Returns true if the bytes so far may be the Escape key or the beginning of a sequence: call expire() when no byte
  /// has followed for a short time.
  [[nodiscard]] bool is_waiting() const noexcept { return !held_.empty() && !is_paste_; }
  /// Decides that the sequence does not continue.
  [[nodiscard]] std::vector<Event> expire();

 private:
  // Takes one event, a dropped sequence or a part of a paste from the beginning of `held_`; false: more bytes are needed.
  bool take(std::vector<Event>& out);
  bool take_escape(std::vector<Event>& out);
  bool take_csi(std::vector<Event>& out);
  bool take_string();
  bool take_paste(std::vector<Event>& out);
  bool take_character_key(std::vector<Event>& out, std::size_t from, bool alt);

  std::string held_;
  std::string pasted_;
  bool is_paste_ = false;
};

}  // namespace atm::cli::tui
