// SPDX-License-Identifier: MIT
#include "cost/books.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atm/posix/xdg.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "ledger/codex.hpp"
#include "ledger/usage_table.hpp"
#include "lib/agents/agent_catalog.hpp"
#include "reading_progress.hpp"

namespace atm::cli {

namespace {

// Bounds the memory of a first read, and what a killed one has to read again.
constexpr std::size_t kEntriesPerCommit = 20'000;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

CostPaths cost_paths() {
  const auto xdg = posix::XdgDirectories::of_this_process();
  CostPaths paths;
  paths.prices = xdg.config + "/atm/prices";
  paths.ledger = xdg.state + "/atm/ledger.db";
  paths.config = xdg.config + "/atm/atm.toml";
  if (const std::string list = variable("CLAUDE_CONFIG_DIR"); !list.empty()) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t comma = std::min(list.find(',', begin), list.size());
      if (comma > begin) paths.config_directories.push_back(list.substr(begin, comma - begin));
      begin = comma + 1;
    }
  } else {
    paths.config_directories.push_back(xdg.home + "/.claude");
    if (is_directory(xdg.config + "/claude")) paths.config_directories.push_back(xdg.config + "/claude");
  }
  const std::string codex_home = variable("CODEX_HOME");
  paths.sources.push_back(codex_source(codex_home.empty() ? xdg.home + "/.codex" : codex_home));
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::string installed = (program.parent_path() / ATM_AGENTS_FROM_BIN).lexically_normal().string();
  const AgentDirectories directories{installed, xdg.config + "/atm/agents",
                                     xdg.state + "/atm/" + std::string(kTrustedManifests)};
  for (ledger::UsageSource& source : manifest_sources(directories))
    paths.sources.push_back(std::move(source));
  return paths;
}

ledger::UsageSource codex_source(const std::string& codex_home) {
  ledger::UsageSource source;
  source.directories = {codex_home + "/sessions", codex_home + "/archived_sessions"};
  source.is_file = [](std::string_view below) {
    return below.substr(below.rfind('/') + 1).starts_with("rollout-");
  };
  source.make_reader = [directories = source.directories] {
    return std::make_unique<ledger::CodexReader>(directories);
  };
  return source;
}

std::vector<ledger::UsageSource> manifest_sources(const AgentDirectories& directories) {
  std::map<std::string, AgentManifest> manifests;
  for (AgentFile& file : find_agent_files(directories)) {
    if (file.is_usable()) manifests.insert_or_assign(file.id, std::move(*file.read.manifest));
  }
  std::vector<ledger::UsageSource> sources;
  for (const auto& [id, manifest] : manifests) {
    const auto table = ledger::UsageTable::of_manifest(id, manifest.json);
    if (!table) continue;
    ledger::UsageSource source;
    source.directories = {resolved_path(table->directory)};
    source.is_file = [files = table->files](std::string_view below) {
      return std::any_of(files.begin(), files.end(), [below](const std::string& pattern) {
        return ledger::match_path(pattern, below).has_value();
      });
    };
    source.make_reader = [table = *table] { return std::make_unique<ledger::ManifestReader>(table); };
    sources.push_back(std::move(source));
  }
  return sources;
}

Books::Books(const CostPaths& paths, std::uint64_t most_new_bytes) : most_new_bytes_(most_new_bytes) {
  ledger::LoadedPrices loaded = ledger::load_prices(paths.prices);
  prices_ = std::move(loaded.table);
  for (const Error& error : loaded.errors) problems_.push_back(error.message);
  open_store(paths.ledger);
  read_transcripts(paths);
}

void Books::open_store(const std::string& path) {
  auto store = ledger::Store::open(path);
  if (!store) {
    problems_.push_back(store.error().message);
    is_in_memory_ = true;
    store = ledger::Store::open("");
  }
  store_ = std::move(store).value();
}

bool Books::commit(ledger::FileStates& changed) {
  if (const auto done = store_->commit(ledger_, changed, prices_); !done) {
    problems_.push_back(done.error().message);
    ledger_.clear_entries();
    changed.clear();
    if (is_in_memory_) return true;
    // The disk may be full: the sums need all entries, so everything is read again.
    is_in_memory_ = true;
    store_ = ledger::Store::open("").value();
    return false;
  }
  changed.clear();
  return true;
}

void Books::read_transcripts(const CostPaths& paths) {
  ledger::FileStates states;
  if (auto known = store_->file_states()) {
    states = std::move(known).value();
  } else {
    problems_.push_back(known.error().message);
    is_in_memory_ = true;
    store_ = ledger::Store::open("").value();
  }
  ledger::FoundFiles found = ledger::find_transcripts(paths.config_directories);
  ledger::find_files(paths.sources, found);
  problems_.insert(problems_.end(), found.problems.begin(), found.problems.end());
  files_ = found.files.size();
  std::uint64_t new_bytes = 0;
  for (const ledger::FoundFile& file : found.files) {
    const auto known = states.find(file.path);
    if (known == states.end() || file.size < known->second.offset) {
      new_bytes += file.size;
    } else {
      new_bytes += file.size - known->second.offset;
    }
  }
  is_behind_ = new_bytes > most_new_bytes_;
  if (is_behind_) return;
  ReadingProgress progress(found.files.size());
  ledger::FileReader reader(ledger_);
  ledger::FileStates changed;
  for (const ledger::FoundFile& file : found.files) {
    progress.next_file();
    ledger::FileState& state = states[file.path];
    if (!ledger::is_changed(file, state)) continue;
    std::string problem;
    if (!reader.read(file, state, problem, [&progress](std::size_t bytes) { progress.add(bytes); }))
      problems_.push_back(problem);
    changed[file.path] = state;
    if (ledger_.entries().size() >= kEntriesPerCommit && !commit(changed)) return read_transcripts(paths);
  }
  if (!changed.empty() && !commit(changed)) return read_transcripts(paths);
  lines_ = {};
  for (const auto& [path, state] : states) {
    const ledger::LineCounts counts = all_counts(state);
    for (std::size_t i = 0; i < counts.size(); ++i) lines_[i] += counts[i];
  }
}

Result<void> Books::visit(bool with_places, const ledger::Store::Visit& visit) {
  return store_->visit(ledger_.names(), with_places, visit);
}

Result<bool> Books::find(std::string_view key, ledger::Entry& entry) {
  return store_->find(ledger_.names(), key, entry);
}

Result<ledger::Store::Repricing> Books::reprice(bool dry) {
  return store_->reprice(prices_, dry);
}

}  // namespace atm::cli
