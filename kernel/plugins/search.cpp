// SPDX-License-Identifier: MIT
#include "kernel/plugins/search.hpp"

#include <algorithm>
#include <sstream>

#include "kernel/plugins/trust.hpp"

namespace atm::kernel {
namespace {

namespace fs = std::filesystem;

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || fs::equivalent(a, b, error);
}

void add_manifests(const PluginDirectory& directory, std::vector<Candidate>& to) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory.path, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".json") files.push_back(it->path());
  }
  if (error) {
    to.push_back(
        {directory.path, directory.is_first_party,
         Problem{directory.path.string(), error.message(), "a readable directory", "make it readable"}});
  }
  std::sort(files.begin(), files.end());
  for (fs::path& file : files) {
    std::optional<Problem> problem = distrust_file(file);
    to.push_back({std::move(file), directory.is_first_party, std::move(problem)});
  }
}

}  // namespace

std::vector<PluginDirectory> SearchPath::directories() const {
  std::vector<PluginDirectory> found;
  const auto add = [&](const fs::path& path, bool is_named) {
    if (path.empty()) return;
    const auto same = [&](const PluginDirectory& other) { return is_same(other.path, path); };
    if (std::any_of(found.begin(), found.end(), same)) return;
    found.push_back({path, !built_in.empty() && is_same(path, built_in), is_named});
  };
  for (const std::string& directory : command_line) add(directory, true);
  std::istringstream parts(environment);
  for (std::string part; std::getline(parts, part, ':');) add(part, true);
  add(user, false);
  add(built_in, false);
  return found;
}

std::vector<Candidate> find_candidates(const std::vector<PluginDirectory>& directories) {
  std::vector<Candidate> candidates;
  for (const PluginDirectory& directory : directories) {
    std::error_code error;
    if (!directory.is_named && !fs::exists(directory.path, error)) continue;
    if (auto problem = distrust_directory(directory.path)) {
      if (!fs::exists(directory.path, error))
        problem->remedy = "create it or remove it from the configuration";
      candidates.push_back({directory.path, directory.is_first_party, std::move(problem)});
      continue;
    }
    add_manifests(directory, candidates);
  }
  return candidates;
}

}  // namespace atm::kernel
