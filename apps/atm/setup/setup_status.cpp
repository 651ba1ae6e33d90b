// SPDX-License-Identifier: MIT
#include "setup_status.hpp"

#include <algorithm>
#include <atm/json.hpp>

#include "agent.hpp"
#include "autostart.hpp"
#include "claude.hpp"
#include "claude_report.hpp"
#include "environment.hpp"
#include "journal.hpp"
#include "journaled_edit.hpp"
#include "jsonc_tree.hpp"
#include "settings_file.hpp"
#include "table.hpp"
#include "text.hpp"

namespace atm::cli::setup {

namespace {

struct FileState {
  std::string path{};
  bool exists = false;
  std::string problem{};
  std::vector<std::string> events{};
  std::vector<std::string> missing{};
  std::string status_line = "none";
  std::string hook{};  ///< as the journal has it
  std::string backup{};
  bool is_unedited = false;
};

std::string status_line_word(std::string_view text) {
  const std::string object = status_line_of(text);
  if (object.empty()) return "none";
  const auto tree = jsonc::JsonTree::scan(object);
  const auto command = tree ? tree->member(0, "command") : std::nullopt;
  const auto parts = status_line_parts(command ? tree->string(*command).value_or("") : "");
  if (parts.ownership == Ownership::kForeign) return "foreign";
  if (parts.ownership == Ownership::kMixed) return "mixed";
  return parts.former.empty() ? "own" : "wrapped";
}

std::string_view description_of(std::string_view word) {
  if (word == "foreign") return "yours, does not report";
  if (word == "mixed") return "yours, runs atm-hook";
  if (word == "own") return "of ATM";
  return word == "wrapped" ? "yours, through atm-hook" : word;
}

FileState look_at(const std::string& path, const JournalDirectory& directory) {
  FileState state;
  state.path = path;
  const auto file = open_settings(path);
  if (!file) {
    state.problem = file.error().message;
    return state;
  }
  state.exists = file->exists;
  const auto without = disconnect_settings(file->text, std::nullopt);
  if (!without) {
    state.problem = without.error().message;
    return state;
  }
  state.events = without->removed;
  state.events.insert(state.events.end(), without->mixed.begin(), without->mixed.end());
  state.status_line = status_line_word(file->text);
  if (const auto journal = directory.read(file->path)) {
    state.hook = journal->hook;
    state.backup = journal->backup.empty() ? "" : directory.path() + '/' + journal->backup;
    state.is_unedited = journal->is_unedited(file->text);
  }
  return state;
}

std::string as_text(const FileState& state) {
  const std::string path = terminal_safe(state.path);
  if (!state.problem.empty()) return path + "\n  problem      " + terminal_safe(state.problem) + "\n";
  if (state.events.empty() && state.status_line != "own" && state.status_line != "wrapped")
    return path + "\n  not connected; run atm setup claude\n";
  std::string text = path + "\n  events       " + std::to_string(state.events.size()) + " connected\n";
  if (!state.missing.empty()) text += "  missing      " + listed(state.missing) + "; run atm setup claude\n";
  text += "  status line  " + std::string(description_of(state.status_line)) + "\n";
  if (!state.hook.empty()) {
    const bool is_there = doctor::is_runnable(state.hook);
    text += "  calls        " + terminal_safe(state.hook) +
            (is_there ? "\n" : ", which does not exist; run atm setup claude\n");
  }
  if (!state.backup.empty()) text += "  backup       " + terminal_safe(state.backup) + "\n";
  return text + "  removal      " +
         (state.is_unedited ? "restores the file byte for byte\n"
                            : "removes the entries of ATM; the file was edited since\n");
}

void write_texts(json::Writer& writer, std::string_view key, const std::vector<std::string>& values) {
  json::key(writer, key);
  writer.StartArray();
  for (const std::string& value : values) json::string(writer, value);
  writer.EndArray();
}

void write_json(json::Writer& writer, const FileState& state) {
  const auto text = [&writer](std::string_view key, std::string_view value) {
    json::member(writer, key, utf8_sanitize(value));
  };
  writer.StartObject();
  text("file", state.path);
  writer.Key("exists");
  writer.Bool(state.exists);
  if (!state.problem.empty()) text("problem", state.problem);
  write_texts(writer, "events", state.events);
  write_texts(writer, "missing", state.missing);
  text("status_line", state.status_line);
  if (!state.hook.empty()) text("hook", state.hook);
  if (!state.backup.empty()) text("backup", state.backup);
  writer.Key("unedited");
  writer.Bool(state.is_unedited);
  writer.EndObject();
}

struct Seen {
  std::string id{};
  std::string name{};
  std::string program{};                          ///< the path; empty: not in PATH
  Result<std::string> connected = std::string();  ///< its parts
  bool needs_trust = false;
  std::string consent{};  ///< what the user must do in the agent
};

std::vector<Seen> all_agents(const SetupOptions& options) {
  const auto around = doctor::Environment::of_this_process("");
  Seen claude{"claude", "Claude Code", around.find_program("claude")};
  if (const auto path = claude_settings_path(options); !path) {
    claude.connected = path.error();
  } else {
    const FileState state = look_at(*path, JournalDirectory(around.state_directory + "/setup"));
    if (!state.events.empty())
      claude.connected =
          std::to_string(state.events.size()) + (state.events.size() == 1 ? " event" : " events");
    if (!state.problem.empty()) claude.connected = Error{ErrorCode::kInvalidField, state.problem};
  }
  std::vector<Seen> all{std::move(claude)};
  for (const AgentSetup& agent : all_agent_setups(options))
    all.push_back({agent.id, agent.name, around.find_program(agent.program), connected_parts(agent), false,
                   needed_consent(agent)});
  for (const auto& [id, problem] : untrusted_agents(options)) {
    auto agent = std::find_if(all.begin(), all.end(), [&id = id](const Seen& one) { return one.id == id; });
    if (agent == all.end()) agent = all.insert(all.end(), Seen{id});
    agent->needs_trust = true;
    agent->connected = Error{ErrorCode::kInvalidField, problem};
  }
  return all;
}

}  // namespace

std::vector<std::string> connected_names(const SetupOptions& options) {
  std::vector<std::string> names;
  for (const Seen& agent : all_agents(options)) {
    if (agent.connected && !agent.connected->empty()) names.push_back(agent.name);
  }
  return names;
}

std::string setup_overview(const SetupOptions& options) {
  Table table({{.title = "AGENT"}, {.title = "NAME"}, {.title = "PROGRAM"}, {.title = "CONNECTED"}});
  std::string problems;
  std::string next;
  for (const Seen& agent : all_agents(options)) {
    const bool is_here = !agent.program.empty();
    std::string connected = "no";
    if (!agent.connected) {
      connected = agent.needs_trust ? "needs trust" : "unknown, see below";
      if (agent.needs_trust) next += "  atm plugin trust " + agent.id + '\n';
      problems += agent.id + ": " + terminal_safe(agent.connected.error().message) + '\n';
    } else if (!agent.connected->empty()) {
      connected = terminal_safe(*agent.connected);
      if (!agent.consent.empty()) next += "  " + terminal_safe(agent.id + ": " + agent.consent) + '\n';
    } else if (is_here) {
      next += "  atm setup " + agent.id + '\n';
    }
    table.add_row({{terminal_safe(agent.id)},
                   {terminal_safe(agent.name)},
                   {is_here ? terminal_safe(agent.program) : "not in PATH"},
                   {std::move(connected)}});
  }
  const std::string autostart = autostart_now();
  if (autostart == "off") next += "  atm setup --autostart\n";
  return table.render({}) + problems + "\nautostart: " + terminal_safe(autostart) + '\n' +
         (next.empty() ? "" : "\nnext:\n" + next) +
         "\natm setup status shows the files; atm setup --remove AGENT undoes a setup\n";
}

Result<std::string> setup_status(const SetupOptions& options) {
  const auto user = claude_settings_path(options);
  if (!user) return user.error();
  const JournalDirectory directory(doctor::Environment::of_this_process("").state_directory + "/setup");
  const auto real = open_settings(*user);
  std::vector<std::string> paths{real ? real->path : *user};
  for (const Journal& journal : directory.all()) {
    if (journal.file != paths.front()) paths.push_back(journal.file);
  }
  const auto version = ask_client_version(doctor::Environment::of_this_process(""));
  json::Buffer buffer;
  json::Writer writer(buffer);
  std::string text;
  writer.StartObject();
  writer.Key("files");
  writer.StartArray();
  for (const std::string& path : paths) {
    FileState state = look_at(path, directory);
    for (const HookEvent& event : events_for(version)) {
      const bool is_there = std::count(state.events.begin(), state.events.end(), event.name) != 0;
      if (!state.events.empty() && !is_there) state.missing.emplace_back(event.name);
    }
    text += as_text(state);
    write_json(writer, state);
  }
  writer.EndArray();
  const std::string autostart = autostart_now();
  writer.Key("autostart");
  json::string(writer, utf8_sanitize(autostart));
  writer.Key("client");
  json::string(writer, version ? version_text(*version) : "");
  writer.EndObject();
  if (options.json) return std::string(json::text_of(buffer)) + '\n';
  return text + agents_text(options) + "autostart      " + autostart + "\nagent          " +
         (version ? "Claude Code " + version_text(*version) : "not found") + '\n';
}

}  // namespace atm::cli::setup
