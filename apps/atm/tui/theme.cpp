// SPDX-License-Identifier: MIT
#include "theme.hpp"

#include <charconv>
#include <limits>

namespace atm::cli::tui {

namespace {

constexpr Rgb rgb(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 16U & 255U), static_cast<std::uint8_t>(value >> 8U & 255U),
          static_cast<std::uint8_t>(value & 255U)};
}

constexpr std::array<int, 6> kLevels{0, 95, 135, 175, 215, 255};

int distance(const Rgb& a, const Rgb& b) {
  const int red = a.red - b.red;
  const int green = a.green - b.green;
  const int blue = a.blue - b.blue;
  return red * red + green * green + blue * blue;
}

// Of the colours 16 to 255, which are the same in every terminal.
Rgb indexed(int index) {
  if (index >= 232) {
    const auto grey = static_cast<std::uint8_t>(8 + 10 * (index - 232));
    return {grey, grey, grey};
  }
  const auto level = [](int at) { return static_cast<std::uint8_t>(kLevels[static_cast<std::size_t>(at)]); };
  const int cube = index - 16;
  return {level(cube / 36), level(cube / 6 % 6), level(cube % 6)};
}

int nearest_index(const Rgb& colour) {
  int best = 16;
  int best_distance = std::numeric_limits<int>::max();
  for (int index = 16; index < 256; ++index) {
    const int here = distance(colour, indexed(index));
    if (here >= best_distance) continue;
    best = index;
    best_distance = here;
  }
  return best;
}

std::string parameters(std::string_view kind, const Rgb& colour, Depth depth) {
  if (depth == Depth::k256) return std::string(kind) + ";5;" + std::to_string(nearest_index(colour));
  return std::string(kind) + ";2;" + std::to_string(colour.red) + ";" + std::to_string(colour.green) + ";" +
         std::to_string(colour.blue);
}

}  // namespace

std::optional<Rgb> Rgb::parse(std::string_view text) noexcept {
  if (text.size() != 7 || text.front() != '#') return std::nullopt;
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data() + 1, end, value, 16).ptr != end) return std::nullopt;
  return rgb(value);
}

const std::vector<Palette>& built_in_palettes() {
  // Text, dim, busy, attention, good, bad, accent, border.
  static const std::vector<Palette> kPalettes{{"dark",
                                               rgb(0x1b1d23),
                                               {rgb(0xd7dae0), rgb(0x9aa1ad), rgb(0x57b9c2), rgb(0xffff40),
                                                rgb(0xd7fee4), rgb(0xdf9b73), rgb(0xc99ae8), rgb(0x9aa1ad)}},
                                              {"light",
                                               rgb(0xffffff),
                                               {rgb(0x24262b), rgb(0x5f6570), rgb(0x0066cb), rgb(0x8a6800),
                                                rgb(0x1e3e48), rgb(0x67000b), rgb(0x7a2fa0), rgb(0x5f6570)}},
                                              {"high-contrast",
                                               rgb(0x000000),
                                               {rgb(0xffffff), rgb(0xd0d0d0), rgb(0x6098ff), rgb(0xffff00),
                                                rgb(0x7fffd0), rgb(0xf08760), rgb(0xf0a0ff), rgb(0xd0d0d0)}},
                                              {"deuteranopia",
                                               rgb(0x16181d),
                                               {rgb(0xd7dae0), rgb(0x9aa1ad), rgb(0x4aa8ff), rgb(0xffee5f),
                                                rgb(0xe0edf0), rgb(0xbd6f2c), rgb(0xb0b8ff), rgb(0x9aa1ad)}},
                                              {"protanopia",
                                               rgb(0x16181d),
                                               {rgb(0xd7dae0), rgb(0x9aa1ad), rgb(0x5a93ff), rgb(0xffe270),
                                                rgb(0xd0f0ff), rgb(0xc87840), rgb(0xb0b8ff), rgb(0x9aa1ad)}},
                                              {"tritanopia",
                                               rgb(0x16181d),
                                               {rgb(0xd7dae0), rgb(0x9aa1ad), rgb(0x4093c9), rgb(0xffdded),
                                                rgb(0xc8ffae), rgb(0xff5050), rgb(0xe0a0c0), rgb(0x9aa1ad)}}};
  return kPalettes;
}

Depth depth_of_terminal(std::string_view term, std::string_view colorterm, bool has_colour) {
  if (!has_colour) return Depth::kNone;
  if (colorterm == "truecolor" || colorterm == "24bit") return Depth::kTrue;
  return term.find("256color") != term.npos ? Depth::k256 : Depth::k16;
}

const Theme& theme_of_terminal(bool has_colour) noexcept {
  static const Theme kColour{"", {"", "2", "36", "1;33", "32", "31", "35", "2"}};
  static const Theme kMono{"", {"", "2", "", "1", "", "1", "", "2"}};
  return has_colour ? kColour : kMono;
}

Theme theme_of(const Palette& palette, Depth depth) {
  if (depth < Depth::k256) return theme_of_terminal(depth != Depth::kNone);
  Theme theme;
  theme.background = parameters("48", palette.background, depth);
  for (std::size_t i = 0; i < kRoles; ++i) theme.roles[i] = parameters("38", palette.roles[i], depth);
  return theme;
}

}  // namespace atm::cli::tui
