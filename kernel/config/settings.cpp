// SPDX-License-Identifier: MIT
#include "kernel/config/settings.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "kernel/config/removed_keys.hpp"
#include "lib/config/schema.hpp"

namespace atm::kernel {
namespace {

constexpr std::string_view kSchema = R"json({
  "type": "object", "additionalProperties": false,
  "properties": {
    "daemon": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "log_level": {"type": "string", "enum": ["debug", "info", "warn", "error"],
          "title": "least severity that is logged; default `info`"},
        "plugin_dirs": {"removed": "link the plugins into ${XDG_DATA_HOME:-~/.local/share}/atm/plugins, or set ATM_PLUGIN_PATH"}
      }
    },
    "limits": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "sessions": {"type": "integer", "minimum": 1, "maximum": 100000,
          "title": "maximum number of sessions; stale ones are evicted first, then new ones are refused; default 100"},
        "mailbox": {"removed": "its value is fixed by the constant kMailbox in kernel/config/defaults.hpp"},
        "subscribers": {"type": "integer", "minimum": 1, "maximum": 65536,
          "title": "maximum number of subscriptions; the plugins `claude_code` and `processes` use one each; default 64"},
        "subscriber_queue": {"type": "integer", "minimum": 16, "maximum": 1048576,
          "title": "activity events kept for one subscriber; more cause a `gap`; default 1024"},
        "observations_per_record": {"removed": "its value is fixed by the constant kObservationsPerRecord in kernel/config/defaults.hpp"},
        "stale_seconds": {"type": "integer", "minimum": 1, "maximum": 31536000,
          "title": "time without evidence after which a session without a verified process becomes stale; default 90"},
        "cleanup_seconds": {"type": "integer", "minimum": 1, "maximum": 86400,
          "title": "time between two clean-ups, which remove ended and stale sessions and return free memory to the system; default 30"},
        "max_age_seconds": {"removed": "its value is fixed by the constant kMaxAgeSeconds in kernel/config/defaults.hpp"},
        "slow_call_ms": {"removed": "its value is fixed by the constant kSlowCallMs in kernel/config/defaults.hpp"},
        "failures_before_pause": {"removed": "its value is fixed by the constant kSlowCallsBeforePause in kernel/config/defaults.hpp"},
        "hung_call_seconds": {"type": "integer", "minimum": 1, "maximum": 86400,
          "title": "a longer call into a plugin ends a daemon that runs without `WatchdogSec=`; default 60"},
        "stop_seconds": {"type": "integer", "minimum": 1, "maximum": 60,
          "title": "maximum time from SIGTERM or SIGINT to the end, also during a start; default 5"}
      }
    },
    "budget": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "day": {"type": "string",
          "title": "dollars that all agents may spend in a day, as text; read by `atm cost` and the plugin `cost`"},
        "project": {"type": "string",
          "title": "dollars for a project in a month, as text; read by `atm cost` and the plugin `cost`"},
        "session": {"type": "string",
          "title": "dollars for a session, as text; read by `atm cost` and the plugin `cost`"}
      }
    },
    "agents": {
      "type": "object",
      "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {"home": {
        "type": "array", "maxItems": 16, "items": {"type": "string", "pattern": "^/", "maxLength": 256},
        "title": "further directories with the session files of the agent ID, each as a value of the variable that names its home; read by the plugin `manifest`"}}}
    },
    "plugins": {
      "type": "object",
      "additionalProperties": {"type": "object", "properties": {"enabled": {"type": "boolean",
        "title": "load the plugin ID; default `false` for `http` and `zmq`, `true` for the others"}}}
    }
  }
})json";

constexpr LimitKey kLimitKeys[] = {
    {"sessions", &KernelLimits::sessions},
    {"mailbox", &KernelLimits::mailbox},
    {"subscribers", &KernelLimits::subscribers},
    {"subscriber_queue", &KernelLimits::subscriber_queue},
    {"observations_per_record", &KernelLimits::observations_per_record},
    {"stale_seconds", &KernelLimits::stale_seconds},
    {"cleanup_seconds", &KernelLimits::cleanup_seconds},
    {"max_age_seconds", &KernelLimits::max_age_seconds},
    {"slow_call_ms", &KernelLimits::slow_call_ms},
    {"failures_before_pause", &KernelLimits::failures_before_pause},
    {"hung_call_seconds", &KernelLimits::hung_call_seconds},
    {"stop_seconds", &KernelLimits::stop_seconds},
};

const Schema& schema() {
  static const Schema compiled = [] {
    std::string error;
    return Schema::parse(kSchema, error).value();
  }();
  return compiled;
}

std::string without_enabled(const json::Value& table) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  for (const auto& member : table.GetObject()) {
    if (json::text_of(member.name) == "enabled") continue;
    json::key(writer, json::text_of(member.name));
    member.value.Accept(writer);
  }
  writer.EndObject();
  return std::string(json::text_of(buffer));
}

void apply(const json::Value& root, Settings& settings) {
  if (const json::Value* daemon = json::get_object(root, "daemon")) {
    if (const auto level = json::get_string(*daemon, "log_level")) settings.log_level = *level;
  }
  if (const json::Value* limits = json::get_object(root, "limits")) {
    for (const LimitKey& key : kLimitKeys) {
      const auto value = json::get_int(*limits, key.name);
      if (value && *value > 0 && *value <= UINT32_MAX)
        settings.limits.*key.member = static_cast<std::uint32_t>(*value);
    }
  }
  if (const json::Value* plugins = json::get_object(root, "plugins")) {
    for (const auto& member : plugins->GetObject()) {
      if (!member.value.IsObject()) continue;
      settings.plugins[std::string(json::text_of(member.name))] = {json::get_bool(member.value, "enabled"),
                                                                   without_enabled(member.value)};
    }
  }
}

}  // namespace

std::span<const LimitKey> limit_keys() {
  return kLimitKeys;
}

PluginSettings Settings::plugin(const std::string& id) const {
  const auto it = plugins.find(id);
  return it == plugins.end() ? PluginSettings{} : it->second;
}

void Settings::override_plugin(const std::string& id, std::string_view key, std::string_view text) {
  PluginSettings& settings = plugins[id];
  json::Reader reader;
  const json::Value* table = reader.parse(settings.config);
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  for (const auto& member : table->GetObject()) {
    if (json::text_of(member.name) == key) continue;
    json::key(writer, json::text_of(member.name));
    member.value.Accept(writer);
  }
  json::member(writer, key, text);
  writer.EndObject();
  settings.config = json::text_of(buffer);
}

Problem warning_at(const TomlFile& file, std::vector<std::string> prefix, const RemovedKey& removed) {
  prefix.insert(prefix.end(), removed.path.begin(), removed.path.end());
  const std::string key = Mismatch{prefix, "", "", ""}.key();
  return {file.place(prefix), key + " is ignored", "no such key: " + removed.instead, "remove it"};
}

LoadedSettings read_settings(std::string_view text, const std::string& path) {
  LoadedSettings loaded;
  auto parsed = parse_toml(text, path);
  if (const auto* problem = std::get_if<Problem>(&parsed)) {
    loaded.settings.file.path = path;
    loaded.problems.push_back(*problem);
    return loaded;
  }
  TomlFile& file = loaded.settings.file = std::get<TomlFile>(std::move(parsed));
  for (const RemovedKey& removed : drop_removed_keys(kSchema, file.json))
    loaded.warnings.push_back(warning_at(file, {}, removed));
  std::vector<Mismatch> mismatches = schema().validate(file.json);
  std::stable_sort(mismatches.begin(), mismatches.end(), [&file](const Mismatch& a, const Mismatch& b) {
    return file.line(a.path) < file.line(b.path);
  });
  for (const Mismatch& mismatch : mismatches) loaded.problems.push_back(problem_at(file, {}, mismatch));
  json::Reader reader;
  if (const json::Value* root = reader.parse(file.json)) apply(*root, loaded.settings);
  return loaded;
}

LoadedSettings load_settings(const std::string& path, bool is_explicit) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (in && !in.bad()) return read_settings(text.str(), path);
  const int error = errno;
  LoadedSettings loaded;
  loaded.settings.file.path = path;
  if (is_explicit || error != ENOENT) {
    loaded.problems.push_back(
        {path, std::strerror(error), "a readable configuration file", "use another one with --config"});
  }
  return loaded;
}

}  // namespace atm::kernel
