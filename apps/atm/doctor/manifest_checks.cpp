// SPDX-License-Identifier: MIT
#include "manifest_checks.hpp"

#include "environment.hpp"

namespace atm::cli::doctor {

AgentDirectories agent_directories(const std::string& installed) {
  const auto around = Environment::of_this_process("");
  return {installed.empty() ? around.program_directory + "/" ATM_AGENTS_FROM_BIN : installed,
          around.config_directory + "/agents", around.state_directory + '/' + std::string(kTrustedManifests)};
}

std::vector<AgentFile> own_manifests(const AgentDirectories& directories) {
  std::vector<AgentFile> own;
  for (AgentFile& file : find_agent_files(directories)) {
    if (file.is_user) own.push_back(std::move(file));
  }
  return own;
}

void check_manifests(const AgentDirectories& directories, Findings& out) {
  const auto add = [&out](const char* state, const Problem& problem) {
    out.push_back(finding("manifest", Severity::kWarning,
                          state + problem.file + ": " + problem.found + ", expected " + problem.wanted,
                          problem.remedy));
  };
  if (const auto problem = TrustedFiles::read(directories.trusted).problem()) add("", *problem);
  for (const AgentFile& file : own_manifests(directories)) {
    if (file.is_usable()) continue;
    add(file.read.manifest ? "needs trust: " : "", file.read.problems.back());
  }
}

}  // namespace atm::cli::doctor
