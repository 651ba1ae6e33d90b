// SPDX-License-Identifier: MIT
#include "lib/agents/agent_catalog.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atm/json.hpp>
#include <set>

namespace atm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxAgents = 256;
// Lies beside the agents and contains what several of them share.
constexpr std::string_view kDialects = "dialects";

// The entries of a directory that may have an agent.toml, in order.
std::vector<std::string> ids_in(const fs::path& directory) {
  std::error_code error;
  std::vector<std::string> ids;
  if (directory.empty()) return ids;
  for (fs::directory_iterator it(directory, error), end; !error && it != end && ids.size() < kMaxAgents;
       it.increment(error)) {
    std::string id = it->path().filename().string();
    if (id != kDialects) ids.push_back(std::move(id));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Why the user must trust the manifest; empty: no need. Some tables make atmd or atm open or write the files that they
// name, and one takes records from another agent.
std::string_view needs_trust_as(const AgentManifest& manifest) {
  json::Reader reader;
  const json::Value* root = reader.parse(manifest.json);
  for (const char* const table : {"follow", "setup", "usage", "doctor"}) {
    if (root == nullptr || json::find(*root, table) != nullptr) return "a manifest that names files";
  }
  return json::find(*root, "borrowed") != nullptr ? "a manifest that takes hooks of another agent" : "";
}

Problem problem_of_trust(const AgentFile& file, std::string_view why) {
  return {file.file, file.trust == Trust::kChanged ? "changed since you trusted it" : std::string(why),
          "your trust in its content", "read it, then run atm plugin trust " + file.id};
}

void add_stamp(const fs::path& file, std::string& to) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return;
  to += file.string();
  for (const auto number :
       {static_cast<std::int64_t>(about.st_ino), static_cast<std::int64_t>(about.st_size),
        static_cast<std::int64_t>(about.st_mtim.tv_sec), static_cast<std::int64_t>(about.st_mtim.tv_nsec),
        static_cast<std::int64_t>(about.st_ctim.tv_sec), static_cast<std::int64_t>(about.st_ctim.tv_nsec)})
    to += ' ' + std::to_string(number);
  to += '\n';
}

/// Changes whenever a manifest or a dialect changes.
std::string stamps_of(const AgentDirectories& directories) {
  std::string stamps;
  for (const fs::path& directory : {directories.installed, directories.user}) {
    for (const std::string& id : ids_in(directory)) add_stamp(directory / id / "agent.toml", stamps);
  }
  std::error_code error;
  for (fs::directory_iterator it(directories.installed / kDialects, error), end; !error && it != end;
       it.increment(error))
    add_stamp(it->path(), stamps);
  if (!directories.trusted.empty()) add_stamp(directories.trusted, stamps);
  return stamps;
}

using IsWanted = std::function<bool(std::string_view)>;

/// `trusted` is nullptr for the directory of the installation, whose manifests need no trust.
void add_files(const fs::path& directory, const TrustedFiles* trusted, const fs::path& dialects,
               const IsWanted& is_wanted, std::vector<AgentFile>& to) {
  for (const std::string& id : ids_in(directory)) {
    AgentFile file{id, (directory / id / "agent.toml").string(), trusted != nullptr};
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(file.file, ignored))) continue;
    std::string text;
    if (auto problem = read_own_file(file.file, AgentManifest::kMaxBytes, text)) {
      file.read.problems.push_back(std::move(*problem));
    } else if (!is_wanted || is_wanted(text)) {
      file.read = read_agent_manifest(text, file.file, id, dialects, trusted == nullptr);
      // A stranger's manifest, copied here, must not lead a program to files.
      if (trusted != nullptr) file.sha256 = sha256_text(text);
      const std::string_view why =
          trusted != nullptr && file.read.manifest ? needs_trust_as(*file.read.manifest) : std::string_view();
      if (!why.empty()) {
        file.trust = trusted->of(file.file, file.sha256);
        if (!file.is_usable()) file.read.problems.push_back(problem_of_trust(file, why));
      }
    }
    to.push_back(std::move(file));
  }
}

}  // namespace

std::vector<AgentFile> find_agent_files(const AgentDirectories& directories, const IsWanted& is_wanted) {
  std::vector<AgentFile> files;
  const auto schemas = agent_schemas();
  const fs::path dialects = directories.installed / kDialects;
  const TrustedFiles trusted = TrustedFiles::read(directories.trusted);
  add_files(directories.installed, nullptr, dialects, is_wanted, files);
  add_files(directories.user, &trusted, dialects, is_wanted, files);
  return files;
}

std::uint64_t AgentCatalog::refresh() {
  const std::lock_guard lock(mutex_);
  std::string stamps = stamps_of(directories_);
  if (revision_ != 0 && stamps == stamps_) return revision_;
  stamps_ = std::move(stamps);
  const std::vector<AgentFile> files = find_agent_files(directories_);
  std::map<std::string, AgentManifest> next;
  std::set<std::string> broken;
  std::vector<Problem> problems;
  if (auto problem = TrustedFiles::read(directories_.trusted).problem()) problems.push_back(*problem);
  for (const AgentFile& file : files) {
    problems.insert(problems.end(), file.read.problems.begin(), file.read.problems.end());
    if (file.is_usable()) {
      next.insert_or_assign(file.id, *file.read.manifest);
      broken.erase(file.id);
    } else if (!file.read.manifest) {
      broken.insert(file.id);
    }
  }
  for (const std::string& id : broken) {
    if (const auto last = in_use_.find(id); last != in_use_.end()) next.insert_or_assign(id, last->second);
  }
  const bool is_new = next != in_use_;
  if (revision_ == 0 || is_new || problems != problems_) ++revision_;
  in_use_ = std::move(next);
  problems_ = std::move(problems);
  if (is_new && on_change_) on_change_(in_order());
  return revision_;
}

std::vector<AgentManifest> AgentCatalog::manifests() const {
  const std::lock_guard lock(mutex_);
  return in_order();
}

std::vector<AgentManifest> AgentCatalog::in_order() const {
  std::vector<AgentManifest> all;
  for (const auto& [id, manifest] : in_use_) all.push_back(manifest);
  return all;
}

std::vector<Problem> AgentCatalog::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

}  // namespace atm
