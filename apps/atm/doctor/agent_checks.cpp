// SPDX-License-Identifier: MIT
#include "agent_checks.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atm/domain/duration.hpp>
#include <atm/json.hpp>
#include <atm/posix/ownership.hpp>
#include <atm/posix/proc_stat.hpp>
#include <filesystem>
#include <map>
#include <system_error>

#include "lib/agents/manifest_paths.hpp"
#include "settings_tree.hpp"
#include "text_file.hpp"

namespace atm::cli::doctor {

namespace {

constexpr std::size_t kStatLineBytes = 4096;

std::vector<std::string> texts(const json::Value& root, const char* table, const char* key) {
  std::vector<std::string> all;
  const json::Value* object = json::get_object(root, table);
  const json::Value* list = object == nullptr ? nullptr : json::get_array(*object, key);
  if (list == nullptr) return all;
  for (const json::Value& one : list->GetArray()) all.emplace_back(json::text_of(one));
  return all;
}

/// The commands of this user's processes and how many have each.
std::map<std::string, std::size_t> commands(const std::string& proc) {
  std::map<std::string, std::size_t> all;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(proc, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string directory = entry->path().string();
    struct stat about {};
    if (::stat(directory.c_str(), &about) != 0 || !posix::is_own(about)) continue;
    const auto content = read_text_file(directory + "/stat", kStatLineBytes);
    const auto stat = content && *content ? posix::parse_proc_stat(**content) : std::nullopt;
    if (stat) ++all[std::string(stat->comm)];
  }
  return all;
}

std::uint64_t records_of(const DaemonView& daemon, const std::string& agent) {
  std::uint64_t records = 0;
  const json::Value* channels = daemon.stats_at({"ingest", "channels"});
  if (channels == nullptr || !channels->IsObject()) return records;
  for (const auto& channel : channels->GetObject()) {
    const auto count = json::get_int(channel.value, "records").value_or(0);
    if (json::text_of(channel.name).starts_with(agent + '/') && count > 0)
      records += static_cast<std::uint64_t>(count);
  }
  return records;
}

bool is_of(const protocol::Session& session, const std::string& agent) {
  return session.domain.agent == agent && session.domain.status.kind() != StatusKind::kEnded;
}

/// One agent's checks.
class Check final {
 public:
  Check(const UsedAgent& agent, const DaemonView& daemon, const Environment& around, Findings& out)
      : agent_(agent), daemon_(daemon), around_(around), out_(out) {
    static_cast<void>(root_.Parse(agent.manifest.json.data(), agent.manifest.json.size()));
  }

  void run() {
    check_hooks();
    check_programs();
    check_doctor();
    check_version();
    check_events();
  }

 private:
  void add(std::string_view id, Severity severity, std::string_view found, std::string_view remedy = {}) {
    out_.push_back(finding(id, severity, agent_.manifest.name + ": " + std::string(found), remedy));
    out_.back().agent = agent_.manifest.id;
  }

  [[nodiscard]] std::string setup() const { return "atm setup " + agent_.manifest.id; }

  void check_hooks() {
    const AgentConnection& connection = agent_.connection;
    if (!connection.problem.empty()) {
      add("hooks", Severity::kError, connection.problem, "correct the file, then run " + setup());
    } else if (!connection.parts.empty()) {
      const bool needs_consent = !connection.consent.empty();
      add("hooks", needs_consent ? Severity::kWarning : Severity::kOk, connection.parts + " connected",
          connection.consent);
    } else if (agent_.has_setup && agent_.records > 0) {
      add("hooks", Severity::kNote, "not connected by setup, but events arrive");
    } else if (agent_.has_setup) {
      add("hooks", Severity::kWarning, "not connected: its tools and questions are seen late or not at all",
          setup());
    }
  }

  void check_programs() {
    for (const std::string& program : agent_.connection.programs) {
      if (!is_runnable(program))
        add("hook_program", Severity::kError,
            "its hooks call " + program + ", which is not an executable file",
            setup() + " writes the path of the installed program");
    }
  }

  void check_doctor() {
    for (const std::string& path : texts(root_, "doctor", "config")) {
      const std::string file = resolved_path(path);
      const SettingsTree settings = read_settings_tree(file);
      if (!settings.problem.empty())
        add("settings", Severity::kError, file + ": " + settings.problem,
            "correct the file: the agent may ignore all of it");
    }
    const json::Value* doctor = json::get_object(root_, "doctor");
    const json::Value* conflicts = doctor == nullptr ? nullptr : json::get_array(*doctor, "conflicts");
    if (conflicts == nullptr) return;
    for (const json::Value& conflict : conflicts->GetArray()) check_conflict(conflict);
  }

  void check_conflict(const json::Value& conflict) {
    const std::string file = resolved_path(json::get_string(conflict, "file").value_or("~"));
    const std::string key(json::get_string(conflict, "key").value_or(""));
    const SettingsTree settings = read_settings_tree(file);
    if (!settings.problem.empty()) return;  // of `config`
    const json::Value* value = value_at(settings.root, key);
    const json::Value* equals = json::find(conflict, "equals");
    const json::Value* unless = json::find(conflict, "unless");
    const bool is_found = equals != nullptr ? value != nullptr && *value == *equals
                                            : unless != nullptr && (value == nullptr || *value != *unless);
    if (!is_found) return;
    const bool is_warning = json::get_string(conflict, "severity") == "warning";
    add("conflicts", is_warning ? Severity::kWarning : Severity::kNote,
        file + (value == nullptr ? " does not set " : " sets ") + key,
        json::get_string(conflict, "say").value_or(""));
  }

  void check_version() {
    const std::string version = version_of(agent_, daemon_, around_);
    const std::vector<std::string> tried = texts(root_, "agent", "tried");
    if (version.empty() || tried.empty()) return;
    if (std::find(tried.begin(), tried.end(), version) != tried.end())
      return add("versions", Severity::kOk, "version " + version + ", which the manifest was tested with");
    std::string list;
    for (const std::string& one : tried) list.append(list.empty() ? "" : ", ").append(one);
    add("versions", Severity::kNote, "version " + version + "; the manifest was tested with " + list,
        "if something of this agent is missing, a newer ATM may know this version");
  }

  void check_events() {
    if (daemon_.stats() == nullptr) return;
    const std::string since =
        " since atmd started " + SessionDuration{daemon_.count({"uptime_ms"}), 0}.str() + " ago";
    const bool is_running = agent_.processes + agent_.sessions > 0;
    if (is_running && agent_.records == 0 && !agent_.connection.parts.empty()) {
      add("events", Severity::kWarning, "it runs and is connected, but no event arrived" + since,
          "restart the agent if it ran before the setup, then give it a prompt");
      return;
    }
    add("agents", Severity::kOk,
        counted(agent_.sessions, "session") + " shown, " + counted(agent_.records, "record") + since);
  }

  const UsedAgent& agent_;
  const DaemonView& daemon_;
  const Environment& around_;
  Findings& out_;
  json::Document root_;
};

}  // namespace

std::vector<UsedAgent> find_used_agents(const AgentDirectories& directories,
                                        const std::vector<AgentConnection>& connections,
                                        const DaemonView& daemon, const Environment& around) {
  const auto running = commands(around.processes);
  std::map<std::string, UsedAgent> all;
  for (const AgentFile& file : find_agent_files(directories)) {
    if (!file.is_usable()) continue;
    UsedAgent agent;
    agent.manifest = *file.read.manifest;
    json::Reader reader;
    const json::Value* root = reader.parse(agent.manifest.json);
    if (root == nullptr) continue;
    agent.has_setup = json::find(*root, "setup") != nullptr;
    for (const std::string& program : texts(*root, "process", "programs")) {
      // The kernel cuts the name of a command.
      const auto found = running.find(program.substr(0, 15));
      if (found != running.end()) agent.processes += found->second;
    }
    const auto& sessions = daemon.sessions();
    agent.sessions = static_cast<std::size_t>(std::count_if(
        sessions.begin(), sessions.end(), [&](const auto& session) { return is_of(session, file.id); }));
    agent.records = records_of(daemon, file.id);
    // One of the user replaces that of the installation as a whole.
    all.insert_or_assign(file.id, std::move(agent));
  }
  for (const AgentConnection& connection : connections) {
    if (const auto agent = all.find(connection.id); agent != all.end()) agent->second.connection = connection;
  }
  std::vector<UsedAgent> used;
  for (auto& [id, agent] : all) {
    if (agent.is_used()) used.push_back(std::move(agent));
  }
  return used;
}

void check_agent(const UsedAgent& agent, const DaemonView& daemon, const Environment& around, Findings& out) {
  Check(agent, daemon, around, out).run();
}

std::string version_of(const UsedAgent& agent, const DaemonView& daemon, const Environment& around) {
  json::Reader reader;
  const json::Value* root = reader.parse(agent.manifest.json);
  if (root == nullptr) return {};
  for (const std::string& name : texts(*root, "process", "programs")) {
    std::error_code ignored;
    const std::string program = std::filesystem::canonical(around.find_program(name), ignored).string();
    for (const std::string& package : texts(*root, "process", "packages")) {
      const std::size_t at = program.find('/' + package + '/');
      if (at == program.npos) continue;
      const SettingsTree about =
          read_settings_tree(program.substr(0, at + package.size() + 2) + "package.json");
      const json::Value* version = last_member(about.root, "version");
      if (version != nullptr && version->IsString()) return std::string(json::text_of(*version));
    }
  }
  for (const protocol::Session& session : daemon.sessions()) {
    if (is_of(session, agent.manifest.id) && session.domain.agent_version)
      return *session.domain.agent_version;
  }
  return {};
}

}  // namespace atm::cli::doctor
