// SPDX-License-Identifier: MIT
#include "settings_tree.hpp"

#include <algorithm>
#include <cstddef>
#include <variant>

#include "lib/config/toml.hpp"
#include "text_file.hpp"

namespace atm::cli::doctor {

namespace {

constexpr std::size_t kMostTreeBytes = 16 * 1024 * 1024;

std::string line_of(std::string_view text, std::size_t at) {
  return std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

void read_json(std::string_view text, SettingsTree& to) {
  // Iterative, because the depth of a file is unbounded.
  constexpr unsigned kTolerant =
      rapidjson::kParseIterativeFlag | rapidjson::kParseCommentsFlag | rapidjson::kParseTrailingCommasFlag;
  to.root.Parse<kTolerant>(text.data(), text.size());
  if (to.root.HasParseError()) {
    to.problem = "invalid JSON in line " + line_of(text, std::min(to.root.GetErrorOffset(), text.size()));
  } else if (!to.root.IsObject()) {
    to.problem = "not a JSON object";
  }
}

void read_toml(std::string_view text, const std::string& path, SettingsTree& to) {
  const auto parsed = parse_toml(text, path);
  const TomlFile* const toml = std::get_if<TomlFile>(&parsed);
  if (toml == nullptr) {
    // The parser's text may quote the file.
    const std::string& place = std::get<Problem>(parsed).file;
    to.problem =
        "invalid TOML" + (place.size() > path.size() ? " in line " + place.substr(path.size() + 1) : "");
  } else {
    to.root.Parse<rapidjson::kParseIterativeFlag>(toml->json.data(), toml->json.size());
  }
}

}  // namespace

SettingsTree read_settings_tree(const std::string& path) {
  SettingsTree tree;
  tree.root.SetObject();
  const auto content = read_text_file(path, kMostTreeBytes);
  tree.exists = !content || content->has_value();
  if (!content) {
    tree.problem = content.error().message;
  } else if (*content) {
    path.ends_with(".toml") ? read_toml(**content, path, tree) : read_json(**content, tree);
  }
  return tree;
}

const json::Value* last_member(const json::Value& object, std::string_view name) {
  const json::Value* found = nullptr;
  if (!object.IsObject()) return found;
  for (const auto& member : object.GetObject()) {
    if (json::text_of(member.name) == name) found = &member.value;
  }
  return found;
}

const json::Value* value_at(const json::Value& root, std::string_view names) {
  const json::Value* at = &root;
  while (at != nullptr && !names.empty()) {
    const std::size_t dot = std::min(names.find('.'), names.size());
    at = last_member(*at, names.substr(0, dot));
    names.remove_prefix(std::min(names.size(), dot + 1));
  }
  return at;
}

}  // namespace atm::cli::doctor
