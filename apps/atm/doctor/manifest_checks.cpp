// SPDX-License-Identifier: MIT
#include "manifest_checks.hpp"

#include <atm/json.hpp>

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

std::string capability_of(const AgentDirectories& directories, std::string_view agent,
                          const char* capability) {
  std::string word;
  for (const AgentFile& file : find_agent_files(directories)) {
    if (file.id != agent || !file.is_usable()) continue;
    json::Reader reader;
    const json::Value* root = reader.parse(file.read.manifest->json);
    const json::Value* about = root == nullptr ? nullptr : json::get_object(*root, "agent");
    const json::Value* words = about == nullptr ? nullptr : json::get_object(*about, "capabilities");
    word = words == nullptr ? "" : std::string(json::get_string(*words, capability).value_or(""));
  }
  return word;
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
