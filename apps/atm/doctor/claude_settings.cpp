// SPDX-License-Identifier: MIT
#include "claude_settings.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <filesystem>
#include <system_error>

#include "settings_tree.hpp"

namespace atm::cli::doctor {

namespace {

std::string_view text(const json::Value& object, std::string_view key) {
  const json::Value* value = last_member(object, key);
  return value != nullptr && value->IsString() ? json::text_of(*value) : std::string_view();
}

bool is_true(const json::Value& root, std::string_view key) {
  const json::Value* value = last_member(root, key);
  return value != nullptr && value->IsTrue();
}

void read_handler(std::string_view event, const json::Value& handler, ClaudeSettings& to) {
  if (text(handler, "url").find("/v1/ingest/claude_code") != std::string_view::npos) to.has_http_hooks = true;
  OurCommand ours = our_part(text(handler, "command"));
  if (!ours.programs.empty()) to.hooks.push_back({std::string(event), std::move(ours)});
}

void read_hooks(const json::Value& hooks, ClaudeSettings& to) {
  if (!hooks.IsObject()) return;
  for (const auto& event : hooks.GetObject()) {
    if (!event.value.IsArray()) continue;
    for (const json::Value& group : event.value.GetArray()) {
      const json::Value* handlers = last_member(group, "hooks");
      if (handlers == nullptr || !handlers->IsArray()) continue;
      for (const json::Value& handler : handlers->GetArray())
        read_handler(json::text_of(event.name), handler, to);
    }
  }
}

void read_root(const json::Value& root, ClaudeSettings& to) {
  to.disables_hooks = is_true(root, "disableAllHooks");
  to.allows_managed_only = is_true(root, "allowManagedHooksOnly");
  if (const json::Value* hooks = last_member(root, "hooks")) read_hooks(*hooks, to);
  if (const json::Value* variables = last_member(root, "env")) to.socket = text(*variables, "ATM_SOCKET");
  if (const json::Value* line = last_member(root, "statusLine"); line != nullptr && line->IsObject()) {
    to.has_status_line = true;
    to.status_line = our_part(text(*line, "command"));
  }
  const json::Value* plugins = last_member(root, "enabledPlugins");
  if (plugins == nullptr || !plugins->IsObject()) return;
  for (const auto& plugin : plugins->GetObject()) {
    const bool is_ours = json::text_of(plugin.name).starts_with("atm@");
    to.has_our_plugin = to.has_our_plugin || (is_ours && plugin.value.IsTrue());
  }
}

}  // namespace

ClaudeSettings read_claude_settings(SettingsLevel level, const std::string& path) {
  ClaudeSettings settings;
  settings.level = level;
  settings.path = path;
  const SettingsTree tree = read_settings_tree(path);
  settings.exists = tree.exists;
  settings.problem = tree.problem;
  if (tree.exists && tree.problem.empty()) read_root(tree.root, settings);
  return settings;
}

std::vector<ClaudeSettings> read_all_claude_settings(const std::string& claude_directory,
                                                     const std::string& directory,
                                                     const std::string& managed_directory) {
  std::vector<ClaudeSettings> all;
  const std::string user = claude_directory + "/settings.json";
  if (!claude_directory.empty()) all.push_back(read_claude_settings(SettingsLevel::kUser, user));
  const std::string project = directory + "/.claude/settings.json";
  // In the home directory both paths name one file.
  if (!directory.empty() && project != user) {
    all.push_back(read_claude_settings(SettingsLevel::kProject, project));
    all.push_back(read_claude_settings(SettingsLevel::kLocal, directory + "/.claude/settings.local.json"));
  }
  all.push_back(read_claude_settings(SettingsLevel::kManaged, managed_directory + "/managed-settings.json"));
  std::error_code ignored;
  std::vector<std::string> more;
  for (const auto& entry :
       std::filesystem::directory_iterator(managed_directory + "/managed-settings.d", ignored)) {
    if (entry.path().extension() == ".json") more.push_back(entry.path().string());
  }
  std::sort(more.begin(), more.end());
  for (const std::string& path : more) all.push_back(read_claude_settings(SettingsLevel::kManaged, path));
  return all;
}

}  // namespace atm::cli::doctor
