// SPDX-License-Identifier: MIT
#include "sources/startup_question.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace claude_code {
namespace {

// The commands in the help of Claude Code that start no session.
constexpr std::array<std::string_view, 27> kCommands{
    "agents",         "attach",   "auth",       "auto-mode",
    "bg-pty-host",    "bg-spare", "config",     "daemon",
    "doctor",         "gateway",  "import",     "install",
    "kill",           "logs",     "mcp",        "migrate-installer",
    "plugin",         "plugins",  "purge",      "respawn",
    "remote-control", "rm",       "stop",       "setup-token",
    "update",         "upgrade",  "ultrareview"};
// Options that end at once, print, or let the user choose first.
constexpr std::array<std::string_view, 15> kOptions{"--background",
                                                    "--bg",
                                                    "--bg-pty-host",
                                                    "--bg-spare",
                                                    "--chrome-native-host",
                                                    "--claude-in-chrome-mcp",
                                                    "--cloud",
                                                    "--desktop",
                                                    "--environment",
                                                    "--from-pr",
                                                    "--help",
                                                    "--print",
                                                    "--resume",
                                                    "--teleport",
                                                    "--version"};
constexpr std::string_view kShortOptions = "hprv";

template <std::size_t N>
bool has(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_other_option(std::string_view argument) {
  if (argument.starts_with("--")) return has(kOptions, argument.substr(0, argument.find('=')));
  return argument.size() > 1 && argument.front() == '-' &&
         argument.find_first_of(kShortOptions, 1) != std::string_view::npos;
}

}  // namespace

bool begins_session(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return false;
  // An interpreter may precede a script, so the first words are searched for a command.
  const auto words = std::min<std::size_t>(arguments.size(), 3);
  for (std::size_t i = 1; i < words; ++i) {
    if (has(kCommands, arguments[i])) return false;
  }
  // The name of an auxiliary process contains its purpose: "claude bg-spare".
  const std::string_view name = arguments.front();
  return name.find(' ', name.rfind('/') + 1) == std::string_view::npos &&
         std::none_of(arguments.begin() + 1, arguments.end(), is_other_option);
}

bool StartupQuestions::asks(const RunningClient& client, const atm::Process& process) const {
  if (process.tty.empty() || client.config_dir.empty()) return false;
  std::error_code error;
  const std::filesystem::path entries = std::filesystem::path(client.config_dir) / "sessions";
  const bool writes_entries = std::filesystem::is_directory(entries, error);
  const bool has_entry = std::filesystem::exists(entries / (std::to_string(client.pid) + ".json"), error) ||
                         index_.has({client.pid, client.start_ticks});
  if (!writes_entries || has_entry) return false;
  std::vector<std::string> arguments;
  const atm::Status read = processes_.arguments(client.pid, client.start_ticks, arguments);
  return read == atm::Status::kOk && begins_session(arguments);
}

void StartupQuestions::look(const std::vector<RunningClient>& clients) {
  decltype(asked_) asked;
  for (const RunningClient& client : clients) {
    const auto process = processes_.lookup(client.pid);
    const bool is_it = process && process->start_ticks == client.start_ticks && !process->is_zombie;
    if (!is_it || process->age_ns < kStartNs || !asks(client, *process)) continue;
    const auto known = asked_.find(client.pid);
    const bool is_known = known != asked_.end() && known->second.first == client.start_ticks;
    const std::int64_t since_ns = is_known ? known->second.second : host_.wall_ns();
    asked.emplace(client.pid, std::pair(client.start_ticks, since_ns));
    tell(client, since_ns);
  }
  asked_ = std::move(asked);
  host_.gauge("startup_questions", static_cast<std::int64_t>(asked_.size()));
}

void StartupQuestions::tell(const RunningClient& client, std::int64_t since_ns) const {
  const std::string session = "pending-" + std::to_string(client.pid);
  atm::ObservationHead head{"state.reported", session, "claude_code"};
  head.origin = kOrigin;
  head.time_ns = since_ns;
  atm::AttrList<2> attrs;
  attrs.add("state", std::string_view("waiting"));
  attrs.add("reason", std::string_view("startup"));
  atm::ErrorBuffer error;
  const atm_observation observation = atm::make_observation(head, attrs.view());
  static_cast<void>(host_.observe(observation, ATM_EXPECT_PRESENT, nullptr, nullptr, error));
}

}  // namespace claude_code
