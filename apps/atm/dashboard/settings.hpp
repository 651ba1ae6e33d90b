// SPDX-License-Identifier: MIT
// The settings of the dashboard: $XDG_CONFIG_HOME/atm/tui.toml.
#pragma once

#include <atm/domain/error.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bindings.hpp"
#include "tui/theme.hpp"

namespace atm::cli {

struct Settings {
  std::string theme = "auto";  ///< auto, mono, or the name of a palette
  bool is_ascii = false;
  bool has_mouse = true;
  bool has_bell = false;  ///< ring when a session begins to need the user
  Bindings bindings{};
  std::vector<tui::Palette> palettes = tui::built_in_palettes();
};

/// The names that a theme may have.
[[nodiscard]] std::vector<std::string> theme_names(const Settings& settings);
[[nodiscard]] tui::Theme theme_named(const Settings& settings, std::string_view name, tui::Depth depth);

/// Reads the text of a file. kInvalidField: the message states the file, the line and what was expected.
[[nodiscard]] Result<Settings> parse_settings(std::string_view text, const std::string& path);
/// The settings of the user; the defaults if there is no file.
[[nodiscard]] Result<Settings> read_settings();

}  // namespace atm::cli
