// SPDX-License-Identifier: MIT
// The ledger of this user, brought up to date from the transcripts.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/prices.hpp"
#include "ledger/record.hpp"
#include "ledger/scan.hpp"
#include "ledger/store.hpp"
#include "ledger/summary.hpp"
#include "lib/agents/agent_catalog.hpp"

namespace atm::cli {

/// Where the files are; from the environment.
struct CostPaths {
  std::vector<std::string> config_directories;  // of Claude Code
  std::string prices;                           // directory of the override files
  std::string ledger;                           // the database
  std::string config{};                         // atm.toml, for the budgets
  std::vector<ledger::UsageSource> sources{};   // of the other agents
};
[[nodiscard]] CostPaths cost_paths();
/// The database alone: cost_paths() reads the manifests.
[[nodiscard]] std::string ledger_path();

/// The rollouts of Codex in this directory.
[[nodiscard]] ledger::UsageSource codex_source(const std::string& codex_home);
/// The files of the agents whose manifests have a table `usage`. A manifest that is broken or needs trust has no
/// files.
[[nodiscard]] std::vector<ledger::UsageSource> manifest_sources(const AgentDirectories& directories);

/// What agents reported and no file of theirs contains.
struct Reported {
  std::vector<ledger::Limit> limits{};
  std::vector<ledger::AgentCost> costs{};
};

/// The ledger of this user, after a read of everything that is new.
class Books final {
 public:
  /// Reads the price files and what is new in the transcripts. Prints progress on standard error if that is a terminal
  /// and the reading takes long. If the database cannot be used, the ledger is in memory and a problem says why.
  /// If the files have more than `most_new_bytes` that the ledger does not have, nothing is read.
  explicit Books(const CostPaths& paths, std::uint64_t most_new_bytes = UINT64_MAX);

  [[nodiscard]] const ledger::PriceTable& prices() const noexcept { return prices_; }
  [[nodiscard]] const ledger::Names& names() const noexcept { return ledger_.names(); }
  [[nodiscard]] const ledger::LineCounts& lines() const noexcept { return lines_; }
  [[nodiscard]] std::size_t files() const noexcept { return files_; }
  /// Nothing was read, because too much is new.
  [[nodiscard]] bool is_behind() const noexcept { return is_behind_; }
  /// Files that cannot be read, override files with errors.
  [[nodiscard]] std::vector<std::string> problems() const;

  /// Reads what is new since the last read. False: neither this nor another process has changed the ledger since then.
  [[nodiscard]] bool refresh(const CostPaths& paths);

  /// The number of a name of an agent.
  [[nodiscard]] ledger::Name name(std::string_view text) { return ledger_.names().add(text); }

  /// Keeps what agents reported, and returns everything that they ever reported.
  [[nodiscard]] Result<Reported> update_reported(const Reported& reported);

  /// Adds a problem of the caller.
  void report(std::string problem) { problems_.push_back(std::move(problem)); }

  /// Adds all responses to the summers, which have this zone. `exact_times`: a summer needs more than the quarter of an
  /// hour of a response.
  [[nodiscard]] Result<void> sum_up(std::vector<ledger::Summer>& summers, const ledger::Zone& zone,
                                    bool exact_times = false);
  /// Calls `visit` for every slice.
  [[nodiscard]] Result<void> visit_slices(const ledger::Store::VisitSlice& visit);
  /// Calls `visit` for every entry.
  [[nodiscard]] Result<void> visit(bool with_places, const ledger::Store::Visit& visit);
  /// False: no entry has this key.
  [[nodiscard]] Result<bool> find(std::string_view key, ledger::Entry& entry);
  [[nodiscard]] Result<ledger::Store::Repricing> reprice(bool dry);

 private:
  void open_store(const std::string& path);
  void load_states();
  void read_transcripts(const CostPaths& paths);
  /// False: the database failed, and the ledger is now in memory.
  bool commit(ledger::FileStates& changed);

  ledger::PriceTable prices_;
  ledger::Ledger ledger_;  // the names, and the entries that are not committed yet
  std::optional<ledger::Store> store_;
  std::optional<ledger::FileStates> states_;
  std::int64_t foreign_changes_ = 0;
  bool is_changed_ = false;  // by the last read
  std::uint64_t most_new_bytes_;
  bool is_behind_ = false;
  bool is_in_memory_ = false;
  ledger::LineCounts lines_{};
  std::size_t files_ = 0;
  std::vector<std::string> problems_;       // of the prices, the database and the caller
  std::vector<std::string> file_problems_;  // of the last read
};

}  // namespace atm::cli
