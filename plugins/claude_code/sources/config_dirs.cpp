// SPDX-License-Identifier: MIT
#include "sources/config_dirs.hpp"

#include <atm/posix/xdg.hpp>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace claude_code {

std::string config_dir(std::string_view path) {
  if (path.empty() || path.front() != '/') return {};
  std::error_code error;
  std::filesystem::path found = std::filesystem::weakly_canonical(path, error);
  if (error) found = std::filesystem::path(path).lexically_normal();
  std::string text = found.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string default_config_dir() {
  if (const char* chosen = std::getenv("CLAUDE_CONFIG_DIR"); chosen != nullptr && *chosen != '\0')
    return config_dir(chosen);
  const std::string home = atm::posix::XdgDirectories::of_this_process().home;
  return home.empty() ? home : config_dir(home + "/.claude");
}

std::vector<RunningClient> running_clients(const atm::Processes& processes, const std::string& default_dir) {
  std::vector<RunningClient> clients;
  for (const atm::Process& process : processes.list({"claude"})) {
    std::string chosen;
    const atm::Status status =
        processes.environment(process.pid, process.start_ticks, "CLAUDE_CONFIG_DIR", chosen);
    const bool is_default = status == atm::Status::kSkip || (status == atm::Status::kOk && chosen.empty());
    clients.push_back({process.pid, process.start_ticks, is_default ? default_dir : config_dir(chosen)});
  }
  return clients;
}

}  // namespace claude_code
