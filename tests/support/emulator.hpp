// SPDX-License-Identifier: MIT
#pragma once

#include <vterm.h>

#include <string>
#include <string_view>

namespace atm::test {

/// A terminal emulator (libvterm) in this process.
class Emulator final {
 public:
  Emulator(int width, int height) : width_(width), height_(height), terminal_(vterm_new(height, width)) {
    vterm_set_utf8(terminal_, 1);
    screen_ = vterm_obtain_screen(terminal_);
    vterm_screen_enable_altscreen(screen_, 1);
    vterm_screen_reset(screen_, 1);
  }
  ~Emulator() { vterm_free(terminal_); }
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  void feed(std::string_view bytes) { vterm_input_write(terminal_, bytes.data(), bytes.size()); }
  void resize(int width, int height) {
    width_ = width;
    height_ = height;
    vterm_set_size(terminal_, height, width);
  }

  [[nodiscard]] VTermScreenCell cell(int x, int y) const {
    VTermScreenCell cell{};
    vterm_screen_get_cell(screen_, {y, x}, &cell);
    return cell;
  }
  /// The characters of a cell as UTF-8; a space for an empty one; nothing for the second half of a wide character.
  [[nodiscard]] std::string text_at(int x, int y) const {
    const VTermScreenCell at = cell(x, y);
    if (at.chars[0] == static_cast<uint32_t>(-1)) return {};
    if (at.chars[0] == 0) return " ";
    std::string text;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && at.chars[i] != 0; ++i) append(text, at.chars[i]);
    return text;
  }
  /// All rows without trailing spaces.
  [[nodiscard]] std::string text() const {
    std::string out;
    for (int y = 0; y < height_; ++y) {
      std::string row;
      for (int x = 0; x < width_; ++x) row += text_at(x, y);
      row.erase(row.find_last_not_of(' ') + 1);
      out += row + "\n";
    }
    return out;
  }

 private:
  static void append(std::string& to, uint32_t c) {
    const auto byte = [&to](uint32_t value) { to += static_cast<char>(value); };
    if (c < 0x80) return byte(c);
    if (c < 0x800) {
      byte(0xC0U | c >> 6U);
    } else if (c < 0x10000) {
      byte(0xE0U | c >> 12U);
      byte(0x80U | (c >> 6U & 0x3FU));
    } else {
      byte(0xF0U | c >> 18U);
      byte(0x80U | (c >> 12U & 0x3FU));
      byte(0x80U | (c >> 6U & 0x3FU));
    }
    byte(0x80U | (c & 0x3FU));
  }

  int width_;
  int height_;
  VTerm* terminal_;
  VTermScreen* screen_ = nullptr;
};

}  // namespace atm::test
