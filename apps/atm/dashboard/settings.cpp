// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <atm/posix/xdg.hpp>
#include <utility>
#include <variant>

#include "lib/config/toml.hpp"
#include "text_file.hpp"

namespace atm::cli {

namespace {

constexpr std::array<std::string_view, tui::kRoles> kRoleNames{"text", "dim", "busy",   "attention",
                                                               "good", "bad", "accent", "border"};

class SettingsReader final {
 public:
  explicit SettingsReader(const TomlFile& file) : file_(file) {}

  Result<Settings> read() {
    json::Reader reader;
    const json::Value* const root = reader.parse(file_.json);
    if (root == nullptr || !root->IsObject()) return wrong({}, "a file without tables", "a table");
    Settings out;
    // A theme may be defined below its use.
    if (const json::Value* themes = json::find(*root, "themes")) {
      if (auto read = read_themes(*themes, out); !read) return read.error();
    }
    for (const auto& member : root->GetObject()) {
      const std::string key(json::text_of(member.name));
      if (key == "themes") continue;
      if (auto read = read_key(key, member.value, out); !read) return read.error();
    }
    return out;
  }

 private:
  using Path = std::vector<std::string>;

  [[nodiscard]] Error wrong(const Path& path, const std::string& found, const std::string& wanted) const {
    return {ErrorCode::kInvalidField, file_.place(path) + ": " + found + ", expected " + wanted};
  }

  Result<void> read_key(const std::string& key, const json::Value& value, Settings& out) {
    if (key == "keys") return read_keys(value, out);
    if (key == "theme") {
      const auto names = theme_names(out);
      if (value.IsString() && std::count(names.begin(), names.end(), json::text_of(value)) > 0) {
        out.theme = json::text_of(value);
        return {};
      }
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
      return wrong({key}, "theme is unknown", "one of " + list);
    }
    if (key == "glyphs") {
      const std::string_view text = value.IsString() ? json::text_of(value) : "";
      if (text != "auto" && text != "ascii") return wrong({key}, "glyphs is unknown", "auto or ascii");
      out.is_ascii = text == "ascii";
      return {};
    }
    if (key != "mouse" && key != "bell")
      return wrong({key}, "the key '" + key + "' is unknown",
                   "theme, glyphs, mouse, bell, [keys] or [themes.NAME]");
    if (!value.IsBool()) return wrong({key}, key + " is no boolean", "true or false");
    (key == "mouse" ? out.has_mouse : out.has_bell) = value.GetBool();
    return {};
  }

  Result<void> read_keys(const json::Value& keys, Settings& out) {
    if (!keys.IsObject()) return wrong({"keys"}, "keys is no table", "[keys]");
    for (const auto& member : keys.GetObject()) {
      const std::string action(json::text_of(member.name));
      if (!member.value.IsString())
        return wrong({"keys", action}, "the keys of '" + action + "' are no text", "text such as \"j Down\"");
      auto set = out.bindings.set(action, json::text_of(member.value));
      if (!set) return Error{set.error().code, file_.place({"keys", action}) + ": " + set.error().message};
    }
    if (std::any_of(out.bindings.all().begin(), out.bindings.all().end(), [](const Binding& binding) {
          return binding.action == Action::kQuit && binding.keys.empty();
        }))
      return wrong({"keys"}, "the action quit has no key", "a key, or quit left out");
    return {};
  }

  // A role that is left out has the colour of the palette dark.
  Result<void> read_themes(const json::Value& themes, Settings& out) {
    if (!themes.IsObject()) return wrong({"themes"}, "themes is no table", "[themes.NAME]");
    for (const auto& theme : themes.GetObject()) {
      tui::Palette palette = tui::built_in_palettes().front();
      palette.name = json::text_of(theme.name);
      if (!theme.value.IsObject())
        return wrong({"themes", palette.name}, "a theme is no table", "[themes.NAME]");
      for (const auto& member : theme.value.GetObject()) {
        const std::string role(json::text_of(member.name));
        const auto place = std::find(kRoleNames.begin(), kRoleNames.end(), role);
        const Path path{"themes", palette.name, role};
        if (place == kRoleNames.end() && role != "background")
          return wrong(path, "'" + role + "' is no role",
                       "background, text, dim, busy, attention, good, bad, "
                       "accent or border");
        const auto colour =
            member.value.IsString() ? tui::Rgb::parse(json::text_of(member.value)) : std::nullopt;
        if (!colour)
          return wrong(path, "the colour of '" + role + "' is invalid", "text such as \"#1b1d23\"");
        (role == "background" ? palette.background
                              : palette.roles[static_cast<std::size_t>(place - kRoleNames.begin())]) =
            *colour;
      }
      const auto same = std::find_if(out.palettes.begin(), out.palettes.end(),
                                     [&](const tui::Palette& one) { return one.name == palette.name; });
      if (same == out.palettes.end()) {
        out.palettes.push_back(std::move(palette));
      } else {
        *same = std::move(palette);
      }
    }
    return {};
  }

  const TomlFile& file_;
};

}  // namespace

std::vector<std::string> theme_names(const Settings& settings) {
  std::vector<std::string> names{"auto", "mono"};
  for (const tui::Palette& palette : settings.palettes) names.push_back(palette.name);
  return names;
}

tui::Theme theme_named(const Settings& settings, std::string_view name, tui::Depth depth) {
  if (name == "mono") depth = tui::Depth::kNone;
  for (const tui::Palette& palette : settings.palettes) {
    if (palette.name == name) return tui::theme_of(palette, depth);
  }
  return tui::theme_of_terminal(depth != tui::Depth::kNone);
}

Result<Settings> parse_settings(std::string_view text, const std::string& path) {
  const auto file = parse_toml(text, path);
  if (const auto* problem = std::get_if<Problem>(&file))
    return Error{ErrorCode::kInvalidField, problem->message()};
  return SettingsReader(std::get<TomlFile>(file)).read();
}

Result<Settings> read_settings() {
  constexpr std::size_t kMostBytes = 64UL * 1024;
  const std::string directory = posix::XdgDirectories::of_this_process().config;
  if (directory.empty()) return Settings();
  const std::string path = directory + "/atm/tui.toml";
  const auto text = read_text_file(path, kMostBytes);
  if (!text) return Error{text.error().code, path + ": " + text.error().message};
  return *text ? parse_settings(**text, path) : Settings();
}

}  // namespace atm::cli
