// SPDX-License-Identifier: MIT
#include "history/export.hpp"

#include <array>
#include <atm/json.hpp>
#include <utility>

namespace atm::cli {
namespace {

/// The attributes that identify a user, a machine or a conversation, with the kind of their pseudonym.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kIdentifying{
    {{"cwd", "/dir"},
     {"transcript_path", "/file"},
     {"host", "host"},
     {"tty", "/tty"},
     {"tmux.socket", "/socket"},
     {"terminal.socket", "/socket"},
     {"boot_id", "boot"},
     {"by", "session"},
     {"parent", "session"},
     {"tool_use_id", "tool"},
     {"wait.id", "wait"},
     {"prompt.id", "prompt"},
     {"subagent.id", "actor"},
     {"subagent.type", "type"},
     {"agent_type", "type"},
     {"tool", "Tool"}}};

/// Tools of the agent itself; any other name may be that of a private server.
constexpr std::array<std::string_view, 14> kKnownTools{
    "Bash",  "Read",     "Write",           "Edit",         "Glob",      "Grep",  "Task",
    "Agent", "WebFetch", "AskUserQuestion", "ExitPlanMode", "WebSearch", "Skill", "TodoWrite"};

}  // namespace

std::string ScenarioWriter::header() {
  return R"({"scenario":"exported from a history","traps":[],"rules":[],"source":"atm history export"})"
         "\n";
}

std::string ScenarioWriter::shown(std::string_view kind, std::string_view text) {
  if (!is_redacted_ || text.empty()) return std::string(text);
  // The number of a pending session is a pid.
  if (kind == "session" && text.starts_with("pending-")) return std::string(text);
  const std::string key = std::string(kind) + '\0' + std::string(text);
  const auto known = pseudonyms_.find(key);
  if (known != pseudonyms_.end()) return known->second;
  std::string name = std::string(kind) + '-' + std::to_string(++counts_[std::string(kind)]);
  return pseudonyms_.emplace(key, std::move(name)).first->second;
}

std::string ScenarioWriter::shown_attribute(std::string_view key, const std::string& text) {
  for (const auto& [name, kind] : kIdentifying) {
    if (name != key) continue;
    for (const std::string_view tool : kKnownTools) {
      if (kind == "Tool" && tool == text) return text;
    }
    return shown(kind, text);
  }
  return text;
}

std::string ScenarioWriter::line(const history::Input& input) {
  if (input.kind != ATM_STORED_OBSERVATION) return {};
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::key(writer, "at");
  writer.Double(static_cast<double>(input.arrived_ns - begin_ns_) / 1e9);
  if (input.time_ns != 0) {
    json::key(writer, "sent");
    writer.Double(static_cast<double>(input.time_ns - begin_ns_) / 1e9);
  }
  json::key(writer, "observation");
  writer.StartObject();
  const auto member = [&writer](std::string_view name, const std::string& text) {
    if (text.empty()) return;
    json::member(writer, name, text);
  };
  member("type", input.type);
  member("session", shown("session", input.session));
  member("agent", input.agent);
  member("actor", shown("actor", input.actor));
  member("origin", input.origin);
  json::key(writer, "attrs");
  writer.StartObject();
  for (const auto& [key, value] : input.attrs) {
    json::key(writer, key);
    if (const auto* flag = std::get_if<bool>(&value)) {
      writer.Bool(*flag);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      writer.Int64(*integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      writer.Double(*real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      json::string(writer, shown_attribute(key, *text));
    } else {
      writer.Null();
    }
  }
  writer.EndObject();
  writer.EndObject();
  writer.EndObject();
  return std::string(json::text_of(buffer)) + '\n';
}

}  // namespace atm::cli
