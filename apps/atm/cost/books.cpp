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
#include "lib/agents/manifest_paths.hpp"
#include "reading_progress.hpp"

namespace atm::cli {

namespace {

// Bounds the memory of a first read, and what a killed one has to read again.
constexpr std::size_t kEntriesPerCommit = 20'000;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// Whether a manifest may have a table `usage` whose directory exists. Most agents are not on a machine, and the check of
// a manifest takes longer than the rest of a run with nothing new. A form that this function does not know may have it.
bool may_have_files(std::string_view text) {
  constexpr std::string_view kTitle = "[usage]";
  constexpr std::string_view kDirectory = "directory = \"";
  bool is_mentioned = false;
  bool is_in_table = false;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    is_in_table = line.starts_with('[') ? line == kTitle : is_in_table;
    const std::size_t word = line.find("usage");
    is_mentioned =
        is_mentioned || (word != line.npos && line != kTitle && line.find_first_not_of(" \t[\"'") == word);
    if (!is_in_table || !line.starts_with(kDirectory) || !line.ends_with('"')) continue;
    const std::string_view name = line.substr(kDirectory.size(), line.size() - kDirectory.size() - 1);
    return name.find_first_of("\\\"") != name.npos || is_directory(resolved_path(std::string(name)));
  }
  return is_mentioned || is_in_table;
}

}  // namespace

std::string ledger_path() {
  return posix::XdgDirectories::of_this_process().state + "/atm/ledger.db";
}

CostPaths cost_paths() {
  const auto xdg = posix::XdgDirectories::of_this_process();
  CostPaths paths;
  paths.prices = xdg.config + "/atm/prices";
  paths.ledger = ledger_path();
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
  source.program = "codex";
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
  for (AgentFile& file : find_agent_files(directories, may_have_files)) {
    if (file.is_usable()) {
      manifests.insert_or_assign(file.id, std::move(*file.read.manifest));
    } else if (!file.read.manifest && file.read.problems.empty()) {
      manifests.erase(file.id);
    }
  }
  std::vector<ledger::UsageSource> sources;
  for (const auto& [id, manifest] : manifests) {
    const auto table = ledger::UsageTable::of_manifest(id, manifest.json);
    if (!table) continue;
    ledger::UsageSource source;
    source.program = id;
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
  foreign_changes_ = store_->foreign_changes();
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
    states_.reset();
    if (is_in_memory_) return true;
    // The disk may be full: the sums need all entries, so everything is read again.
    is_in_memory_ = true;
    store_ = ledger::Store::open("").value();
    return false;
  }
  changed.clear();
  return true;
}

void Books::load_states() {
  if (states_) return;
  auto known = store_->file_states();
  if (!known) {
    problems_.push_back(known.error().message);
    is_in_memory_ = true;
    store_ = ledger::Store::open("").value();
    known = ledger::FileStates();
  }
  states_ = std::move(known).value();
}

void Books::read_transcripts(const CostPaths& paths) {
  load_states();
  ledger::FoundFiles found = ledger::find_transcripts(paths.config_directories);
  ledger::find_files(paths.sources, found);
  file_problems_ = std::move(found.problems);
  files_ = found.files.size();
  std::uint64_t new_bytes = 0;
  for (const ledger::FoundFile& file : found.files) {
    const auto known = states_->find(file.path);
    if (known == states_->end() || file.size < known->second.offset) {
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
    ledger::FileState& state = (*states_)[file.path];
    if (!ledger::is_changed(file, state)) continue;
    is_changed_ = true;
    std::string problem;
    if (!reader.read(file, state, problem, [&progress](std::size_t bytes) { progress.add(bytes); }))
      file_problems_.push_back(problem);
    changed[file.path] = state;
    if (ledger_.entries().size() >= kEntriesPerCommit && !commit(changed)) return read_transcripts(paths);
  }
  if (!changed.empty() && !commit(changed)) return read_transcripts(paths);
  load_states();
  lines_ = {};
  for (const auto& [path, state] : *states_) {
    const ledger::LineCounts counts = all_counts(state);
    for (std::size_t i = 0; i < counts.size(); ++i) lines_[i] += counts[i];
  }
}

bool Books::refresh(const CostPaths& paths) {
  is_changed_ = false;
  read_transcripts(paths);
  const std::int64_t before = std::exchange(foreign_changes_, store_->foreign_changes());
  return is_changed_ || foreign_changes_ != before;
}

std::vector<std::string> Books::problems() const {
  std::vector<std::string> all = problems_;
  all.insert(all.end(), file_problems_.begin(), file_problems_.end());
  return all;
}

Result<Reported> Books::update_reported(const Reported& reported) {
  for (const auto& done : {store_->add_limits(reported.limits), store_->add_agent_costs(reported.costs)}) {
    if (!done) problems_.push_back(done.error().message);
  }
  auto limits = store_->limits();
  if (!limits) return limits.error();
  auto costs = store_->agent_costs();
  if (!costs) return costs.error();
  return Reported{std::move(limits).value(), std::move(costs).value()};
}

Result<void> Books::sum_up(std::vector<ledger::Summer>& summers, const ledger::Zone& zone, bool exact_times) {
  if (!exact_times) {
    auto done = visit_slices([&](const ledger::Facets& facets, const ledger::Sum& sum) {
      for (ledger::Summer& summer : summers) summer.add(facets, sum);
    });
    if (!done || zone.has_full_quarters()) return done;
    // A slice may be in two days of this zone; the entries have the exact times.
    for (ledger::Summer& summer : summers) summer.clear();
  }
  return visit(false, [&](std::string_view, const ledger::Entry& entry) {
    for (ledger::Summer& summer : summers) summer.add(entry);
  });
}

Result<void> Books::visit_slices(const ledger::Store::VisitSlice& visit) {
  return store_->visit_slices(ledger_.names(), visit);
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
