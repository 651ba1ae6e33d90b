// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <algorithm>

#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("tui.toml gives keys, a theme and its colours", "[dashboard][settings]") {
  const auto settings = parse_settings(R"(
theme = "mine"
glyphs = "ascii"
mouse = false
bell = true
[keys]
jump = "Enter o"
[themes.mine]
background = "#000000"
busy = "#0000ff"
)",
                                       "tui.toml");
  REQUIRE(settings);
  CHECK(settings->theme == "mine");
  CHECK(settings->is_ascii);
  CHECK_FALSE(settings->has_mouse);
  CHECK(settings->has_bell);
  tui::Event event;
  event.character = U'o';
  CHECK(settings->bindings.action_of(event, false) == Action::kJump);
  const tui::Theme theme = theme_named(*settings, "mine", tui::Depth::kTrue);
  CHECK(theme.background == "48;2;0;0;0");
  CHECK(theme.roles[static_cast<std::size_t>(tui::Role::kBusy)] == "38;2;0;0;255");
  CHECK(theme_named(*settings, "mono", tui::Depth::kTrue).roles == tui::theme_of_terminal(false).roles);
  CHECK(parse_settings("", "tui.toml")->theme == "auto");
}

TEST_CASE("an error of tui.toml names the file, the line and what was expected", "[dashboard][settings]") {
  const auto message = [](const char* text) {
    const auto settings = parse_settings(text, "tui.toml");
    return settings ? "" : settings.error().message;
  };
  CHECK(message("\ntheme = \"drak\"")
            .starts_with("tui.toml:2: theme is unknown, expected one of auto, "
                         "mono, dark"));
  CHECK(message("colour = 1").find("the key 'colour' is unknown, expected theme") != std::string::npos);
  CHECK(message("bell = 1").find("bell is no boolean, expected true or false") != std::string::npos);
  CHECK(message("[keys]\njmup = \"x\"").find("tui.toml:2: 'jmup' is no action, expected one such as jump") !=
        std::string::npos);
  CHECK(message("[keys]\nup = \"x\"\ndown = \"x\"").find("'x' has two actions") != std::string::npos);
  CHECK(message("[keys]\nhelp = \"q ^c\"").find("the action quit has no key") != std::string::npos);
  CHECK(message("[themes.x]\nbusy = \"blue\"").find("such as \"#1b1d23\"") != std::string::npos);
  CHECK(message("[themes.x]\nbsuy = \"#000000\"").find("'bsuy' is no role") != std::string::npos);
  CHECK_FALSE(message("theme =").empty());
  CHECK_FALSE(message("keys = 3").empty());
  CHECK_FALSE(message("themes = []").empty());
}

}  // namespace
}  // namespace atm::cli
