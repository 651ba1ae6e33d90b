// SPDX-License-Identifier: MIT
#include "claude.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <atm/transport/secret_file.hpp>
#include <filesystem>
#include <variant>

#include "claude_report.hpp"
#include "environment.hpp"
#include "installed_programs.hpp"
#include "journaled_edit.hpp"
#include "lib/config/toml.hpp"
#include "settings_file.hpp"
#include "text.hpp"
#include "text_file.hpp"
#include "unified_diff.hpp"

namespace atm::cli::setup {

namespace {

namespace fs = std::filesystem;
using doctor::Environment;

constexpr std::string_view kNoToken = "the-token-of-the-file-http-token";

constexpr std::string_view kName = "Claude Code";

Result<void> check_managed(const std::string& path) {
  const auto managed = read_text_file(path, kMostSettingsBytes);
  if (!managed) return Error{ErrorCode::kIo, path + ": " + managed.error().message + "; nothing was changed"};
  for (const char* const member : {"disableAllHooks", "allowManagedHooksOnly"}) {
    if (!*managed || !is_true(**managed, member)) continue;
    return Error{
        ErrorCode::kInvalidField,
        path + " sets " + member +
            ", so your hooks do not run; nothing was changed: ask the administrator to add the hooks of ATM"};
  }
  return {};
}

Result<void> check_allowed(const SetupOptions& options, const SettingsFile& file) {
  if (auto allowed = check_managed(options.managed); !allowed) return allowed;
  std::error_code ignored;
  const fs::path more = fs::path(options.managed).replace_filename("managed-settings.d");
  for (const auto& entry : fs::directory_iterator(more, ignored)) {
    if (entry.path().extension() != ".json") continue;
    if (auto allowed = check_managed(entry.path().string()); !allowed) return allowed;
  }
  if (is_true(file.text, "disableAllHooks"))
    return Error{ErrorCode::kInvalidField,
                 file.path +
                     " sets disableAllHooks, so no hook and no status line runs; nothing "
                     "was changed: remove it and try again"};
  return {};
}

// The file contains the token then.
Result<std::string> http_token(const SetupOptions& options, const SettingsFile& file,
                               const std::optional<ClientVersion>& version) {
  if (!options.http) return std::string();
  if (!takes_http_hooks(version))
    return Error{
        ErrorCode::kUnsupported,
        (version ? "Claude Code " + version_text(*version)
                 : std::string("an unknown version of Claude Code")) +
            " is not known to support HTTP hooks, expected 2.1.197 or newer from claude --version; omit "
            "--http"};
  if ((file.mode & 077U) != 0)
    return Error{ErrorCode::kInvalidField,
                 file.path +
                     " is readable by other users and would contain the token; run chmod 600 "
                     "on it and try again"};
  const std::string path = secret_path("http-token");
  if (path.empty())
    return Error{ErrorCode::kInvalidField, "cannot store the token: HOME is not set; set HOME"};
  if (!options.dry_run || fs::exists(path)) return read_or_make_secret(path);
  return std::string(kNoToken);
}

// The URL at which atmd with the user's configuration serves HTTP hooks.
Result<std::string> hook_url() {
  constexpr std::int64_t kDefaultPort = 7641;
  const std::string path = Environment::of_this_process("").config_directory + "/atm.toml";
  const auto text = read_text_file(path, kMostSettingsBytes);
  if (!text) return Error{text.error().code, path + ": " + text.error().message};
  std::int64_t port = kDefaultPort;
  if (*text) {
    const auto file = parse_toml(**text, path);
    if (const auto* problem = std::get_if<Problem>(&file))
      return Error{ErrorCode::kInvalidField, problem->message()};
    json::Reader reader;
    const json::Value* at = reader.parse(std::get<TomlFile>(file).json);
    for (const std::string_view table : {"plugins", "http"})
      if (at != nullptr) at = json::get_object(*at, table);
    if (at != nullptr && json::find(*at, "port") != nullptr) port = json::get_int(*at, "port").value_or(0);
    if (port < 1 || port > 65535)
      return Error{ErrorCode::kInvalidField,
                   std::get<TomlFile>(file).place({"plugins", "http", "port"}) +
                       ": plugins.http.port is no fixed port, expected a number from 1 to 65535, because the "
                       "hooks contain it; set one"};
  }
  return "http://127.0.0.1:" + std::to_string(port) + std::string(kHookPath);
}

// A project's statusLine overrides the one that applies without it.
std::string inherited_status_line(const SetupOptions& options, const std::string& file) {
  if (options.project.empty()) return {};
  const Environment around = Environment::of_this_process("");
  for (const std::string& place : {fs::path(file).replace_filename("settings.json").string(),
                                   around.claude_directory + "/settings.json"}) {
    const auto text = read_text_file(place, kMostSettingsBytes);
    if (!text || !*text) continue;
    if (std::string found = status_line_of(**text); !found.empty()) return found;
  }
  return {};
}

std::string without_token(std::string text, const std::string& token) {
  for (std::size_t at = 0; !token.empty() && (at = text.find(token, at)) != text.npos;)
    text.replace(at, token.size(), "TOKEN");
  return text;
}

Result<std::string> connect_once(const SetupOptions& options, const JournalDirectory& directory,
                                 Wanted wanted, const std::optional<ClientVersion>& version) {
  const auto named = claude_settings_path(options);
  if (!named) return named.error();
  const auto file = open_settings(*named);
  if (!file) return Error{file.error().code, file.error().message + "; nothing was changed"};
  if (auto allowed = check_allowed(options, *file); !allowed) return allowed.error();
  auto token = http_token(options, *file, version);
  if (!token) return token.error();
  wanted.http_token = *token;
  if (options.http) {
    auto url = hook_url();
    if (!url) return Error{url.error().code, url.error().message + "; nothing was changed"};
    wanted.hook_url = *url;
  }
  wanted.inherited_status_line = inherited_status_line(options, *named);
  const auto history = history_of(directory, *file, removal_of_hooks(kClaudeAgent), kName);
  if (!history) return history.error();
  const auto edited = connect_settings(file->text, wanted, history->made);
  if (!edited) return malformed(file->path, edited.error(), kName);
  if (edited->text == file->text) return "nothing to change in " + terminal_safe(file->path) + "\n";
  ClaudeReport report{options, file->path};
  report.version = version;
  report.events = wanted.events.size();
  report.has_plugin = enables_our_plugin(file->text);
  if (options.dry_run)
    return without_token(unified_diff(file->text, edited->text, terminal_safe(file->path)), *token) +
           connected_text(report, *edited);
  auto backup = write_connected(directory, *file, *edited, *history, wanted.programs);
  if (!backup) return backup;
  report.backup = *backup;
  return connected_text(report, *edited);
}

Result<std::string> disconnect_once(const SetupOptions& options, const JournalDirectory& directory) {
  const auto named = claude_settings_path(options);
  if (!named) return named.error();
  const auto file = open_settings(*named);
  if (!file) return Error{file.error().code, file.error().message + "; nothing was changed"};
  const auto undone =
      disconnect_file(directory, *file, removal_of_hooks(kClaudeAgent), kName, options.dry_run);
  if (!undone) return undone.error();
  if (!undone->is_changed) return "no entries of ATM in " + terminal_safe(file->path) + "\n";
  ClaudeReport report{options, file->path};
  report.is_deleted = undone->is_deleted;
  report.is_restored = undone->is_restored;
  report.backup = undone->backup;
  return undone->difference + disconnected_text(report, undone->edited);
}

}  // namespace

Result<std::string> claude_settings_path(const SetupOptions& options) {
  if (!options.project.empty()) {
    std::error_code error;
    const fs::path directory = fs::canonical(options.project, error);
    if (error || !fs::is_directory(directory, error))
      return Error{ErrorCode::kInvalidField,
                   options.project +
                       " is not a directory, expected that of a project; nothing was "
                       "changed"};
    return (directory / ".claude/settings.local.json").string();
  }
  const std::string directory = Environment::of_this_process("").claude_directory;
  if (directory.empty())
    return Error{ErrorCode::kInvalidField,
                 "cannot find the settings of Claude Code: HOME is not set; set HOME or CLAUDE_CONFIG_DIR"};
  return directory + "/settings.json";
}

Result<std::string> connect_claude(const SetupOptions& options) {
  const auto programs = installed_programs(options.hook);
  if (!programs) return programs.error();
  const auto version = ask_client_version(doctor::Environment::of_this_process(""));
  Wanted wanted;
  wanted.programs = *programs;
  wanted.events = events_for(version);
  wanted.is_client_known = version.has_value();
  wanted.with_status_line = !options.no_status_line;
  JournalDirectory directory = journal_directory("claude");
  if (!options.dry_run) {
    if (auto held = directory.hold(); !held) return held.error();
  }
  return until_unchanged([&] { return connect_once(options, directory, wanted, version); });
}

Result<std::string> disconnect_claude(const SetupOptions& options) {
  JournalDirectory directory = journal_directory("claude");
  if (!options.dry_run) {
    if (auto held = directory.hold(); !held) return held.error();
  }
  return until_unchanged([&] { return disconnect_once(options, directory); });
}

}  // namespace atm::cli::setup
