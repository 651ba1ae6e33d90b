// SPDX-License-Identifier: MIT
// A settings file of an agent as a tree of values: JSON with comments and trailing commas, or TOML.
#pragma once

#include <atm/json.hpp>
#include <string>
#include <string_view>

namespace atm::cli::doctor {

struct SettingsTree {
  bool exists = false;
  std::string problem{};  ///< why it cannot be read
  json::Document root{};  ///< an object, unless there is a problem
};

/// The ending of the path decides: TOML for .toml, else JSON.
[[nodiscard]] SettingsTree read_settings_tree(const std::string& path);

/// The last member of that name; nullptr: none, or `object` is no object.
[[nodiscard]] const json::Value* last_member(const json::Value& object, std::string_view name);
/// The value at nested names, which dots join; nullptr: none.
[[nodiscard]] const json::Value* value_at(const json::Value& root, std::string_view names);

}  // namespace atm::cli::doctor
