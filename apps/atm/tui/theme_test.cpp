// SPDX-License-Identifier: MIT
// Computes the contrast of each palette, and how well its states differ for people with a form of colour blindness.
#include "theme.hpp"

#include <algorithm>
#include <cmath>

#include "encoder.hpp"
#include "support/catch.hpp"
#include "support/emulator.hpp"

namespace atm::cli::tui {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

// Machado, Oliveira and Fernandes 2009, severity 1: protanopia, deuteranopia, tritanopia; and unchanged vision.
constexpr std::array<Matrix, 4> kVisions{
    {{{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
     {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}},
     {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}}};
constexpr Matrix kToXyz{{{0.4124564, 0.3575761, 0.1804375},
                         {0.2126729, 0.7151522, 0.0721750},
                         {0.0193339, 0.1191920, 0.9503041}}};
constexpr double kPi = 3.14159265358979323846;

Vector product(const Matrix& matrix, const Vector& vector) {
  Vector out{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) out[i] += matrix[i][j] * vector[j];
  }
  return out;
}

double linear(std::uint8_t value) {
  const double part = value / 255.0;
  return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
}

Vector linear(const Rgb& colour) {
  return {linear(colour.red), linear(colour.green), linear(colour.blue)};
}

// WCAG 2.1.
double contrast(const Rgb& a, const Rgb& b) {
  const double first = product(kToXyz, linear(a))[1] + 0.05;
  const double second = product(kToXyz, linear(b))[1] + 0.05;
  return std::max(first, second) / std::min(first, second);
}

Vector lab_of(const Vector& rgb) {
  const Vector xyz = product(kToXyz, rgb);
  const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
  const double x = f(xyz[0] / 0.95047);
  const double y = f(xyz[1]);
  const double z = f(xyz[2] / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double radians(double degrees) {
  return degrees * kPi / 180;
}

double hue(double a, double b) {
  const double angle = std::atan2(b, a) * 180 / kPi;
  return angle < 0 ? angle + 360 : angle;
}

// CIEDE2000, after Sharma, Wu and Dalal 2005.
double difference(const Vector& first, const Vector& second) {
  constexpr double k25To7 = 6103515625.0;
  const double mean_chroma = (std::hypot(first[1], first[2]) + std::hypot(second[1], second[2])) / 2;
  const auto seventh = [](double chroma) {
    return std::sqrt(std::pow(chroma, 7) / (std::pow(chroma, 7) + k25To7));
  };
  const double g = 1.5 - 0.5 * seventh(mean_chroma);
  const double chroma1 = std::hypot(first[1] * g, first[2]);
  const double chroma2 = std::hypot(second[1] * g, second[2]);
  const double hue1 = hue(first[1] * g, first[2]);
  const double hue2 = hue(second[1] * g, second[2]);
  const double turn = std::abs(hue2 - hue1) <= 180 ? 0 : hue2 > hue1 ? -360 : 360;
  const double hue_step = 2 * std::sqrt(chroma1 * chroma2) * std::sin(radians((hue2 - hue1 + turn) / 2));
  const double lightness = (first[0] + second[0]) / 2;
  const double chroma = (chroma1 + chroma2) / 2;
  double mean_hue = (hue1 + hue2) / 2;
  if (turn != 0) mean_hue += hue1 + hue2 < 360 ? 180 : -180;
  const double t = 1 - 0.17 * std::cos(radians(mean_hue - 30)) + 0.24 * std::cos(radians(2 * mean_hue)) +
                   0.32 * std::cos(radians(3 * mean_hue + 6)) - 0.2 * std::cos(radians(4 * mean_hue - 63));
  const double away = (lightness - 50) * (lightness - 50);
  const double l = (second[0] - first[0]) / (1 + 0.015 * away / std::sqrt(20 + away));
  const double c = (chroma2 - chroma1) / (1 + 0.045 * chroma);
  const double h = hue_step / (1 + 0.015 * chroma * t);
  const double bend = (mean_hue - 275) / 25;
  const double rotation = -std::sin(radians(60 * std::exp(-bend * bend))) * 2 * seventh(chroma);
  return std::sqrt(l * l + c * c + h * h + rotation * c * h);
}

Vector seen(const Rgb& colour, const Matrix& vision) {
  Vector rgb = product(vision, linear(colour));
  for (double& part : rgb) part = std::clamp(part, 0.0, 1.0);
  return lab_of(rgb);
}

TEST_CASE("the difference of two colours is that of the published examples", "[theme]") {
  CHECK(difference({50, 2.6772, -79.7751}, {50, 0, -82.7485}) == Approx(2.0425).margin(1e-4));
  CHECK(difference({50, 2.5, 0}, {73, 25, -18}) == Approx(27.1492).margin(1e-4));
  CHECK(difference({22.7233, 20.0904, -46.6940}, {23.0331, 14.9730, -42.5619}) ==
        Approx(2.0373).margin(1e-4));
}

TEST_CASE(
    "each palette is readable, and its states differ without colour "
    "vision of one kind",
    "[theme]") {
  for (const Palette& palette : built_in_palettes()) {
    for (std::size_t role = 0; role < kRoles; ++role) {
      INFO(palette.name << ", role " << role);
      CHECK(contrast(palette.roles[role], palette.background) >= (palette.name == "high-contrast" ? 7 : 4.5));
    }
    constexpr std::array kStates{Role::kBusy, Role::kAttention, Role::kGood, Role::kBad};
    for (std::size_t vision = 0; vision < kVisions.size(); ++vision) {
      for (std::size_t i = 0; i < kStates.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          INFO(palette.name << ", vision " << vision << ", states " << i << " and " << j);
          const Rgb& a = palette.roles[static_cast<std::size_t>(kStates[i])];
          const Rgb& b = palette.roles[static_cast<std::size_t>(kStates[j])];
          CHECK(difference(seen(a, kVisions[vision]), seen(b, kVisions[vision])) >= 20);
        }
      }
    }
  }
}

TEST_CASE("a palette is shown in as many colours as the terminal has", "[theme]") {
  CHECK(depth_of_terminal("xterm-256color", "truecolor", true) == Depth::kTrue);
  CHECK(depth_of_terminal("tmux-256color", "", true) == Depth::k256);
  CHECK(depth_of_terminal("screen", "", true) == Depth::k16);
  CHECK(depth_of_terminal("xterm-256color", "truecolor", false) == Depth::kNone);
  const Palette& dark = built_in_palettes()[0];
  CHECK(theme_of(dark, Depth::kTrue).background == "48;2;27;29;35");
  CHECK(theme_of(dark, Depth::k256).background == "48;5;234");
  CHECK(theme_of(dark, Depth::k16).roles == theme_of_terminal(true).roles);
  CHECK(theme_of(dark, Depth::kNone).roles == theme_of_terminal(false).roles);
  CHECK(Rgb::parse("#1b1d23") == dark.background);
  for (const char* wrong : {"", "#fff", "1b1d23f", "#1b1d2g", "#1b1d233", "# 1b1d2"})
    CHECK_FALSE(Rgb::parse(wrong));
}

TEST_CASE("a palette gives every cell its background, also the empty ones", "[theme][encoder]") {
  Encoder encoder(theme_of(built_in_palettes()[0], Depth::kTrue));
  Grid before(20, 3);
  before.put(0, 0, "attention", {Role::kAttention, true});
  before.put(0, 1, "long text here", {});
  Grid after(20, 3);
  after.put(0, 1, "x", {Role::kBad});
  after.select(2, 0, 20);
  test::Emulator emulator(20, 3);
  emulator.feed(encoder.frame(nullptr, before, false));
  emulator.feed(encoder.frame(&before, after, false));
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 20; ++x) {
      const VTermColor background = emulator.cell(x, y).bg;
      CHECK((VTERM_COLOR_IS_RGB(&background) && background.rgb.red == 27 && background.rgb.blue == 35));
    }
  }
  CHECK(emulator.cell(5, 2).attrs.reverse == 1);
}

}  // namespace
}  // namespace atm::cli::tui
