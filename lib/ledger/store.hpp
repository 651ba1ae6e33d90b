// SPDX-License-Identifier: MIT
// ledger.db: the ledger on disk, and how far each file was read.
//
// Several processes may write at the same time. A commit merges its entries with the stored ones in one transaction
// together with the states of their files, so a process that is killed loses nothing: the next one reads on from the
// last commit, and reading a record twice changes nothing.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/limit.hpp"
#include "ledger/scan.hpp"
#include "ledger/summary.hpp"

namespace atm::ledger {

using FileStates = std::map<std::string, FileState>;

class Store final {
 public:
  /// Opens or creates the file and the directory above it. An empty path is a ledger in memory.
  [[nodiscard]] static Result<Store> open(const std::string& path);
  Store(Store&& other) noexcept;
  Store& operator=(Store&& other) noexcept;
  ~Store();

  /// The states of all files that were ever read.
  [[nodiscard]] Result<FileStates> file_states();

  /// Merges `ledger` into the store, prices what is new or changed, stores `states`, and removes the entries from
  /// `ledger`. A stored entry keeps its price unless its counts or its time changed.
  [[nodiscard]] Result<void> commit(Ledger& ledger, const FileStates& states, const PriceTable& prices);

  /// Calls `visit` for every entry in the order of the keys. The names are of `names`; entry and key are valid during
  /// the call. Without `with_places` the entries have no places, which is faster.
  using Visit = std::function<void(std::string_view key, const Entry& entry)>;
  [[nodiscard]] Result<void> visit(Names& names, bool with_places, const Visit& visit);

  /// Calls `visit` for the sums of all lines that have the same facets and a time in the same quarter of an hour: the
  /// time of the facets is the begin of the quarter, and before 2020 the time itself. The sums of the slices are those of
  /// the entries, and there are many fewer.
  using VisitSlice = std::function<void(const Facets& facets, const Sum& sum)>;
  [[nodiscard]] Result<void> visit_slices(Names& names, const VisitSlice& visit);

  /// One entry by its key; false if there is none.
  [[nodiscard]] Result<bool> find(Names& names, std::string_view key, Entry& entry);

  /// Keeps the latest report about each window. Reports that are not valid are left out. Writes only what is new.
  [[nodiscard]] Result<void> add_limits(const std::vector<Limit>& limits);
  /// The latest report about each window, in the order of program, window and end.
  [[nodiscard]] Result<std::vector<Limit>> limits();

  /// Keeps the greatest cost of each session. Writes only what is new.
  [[nodiscard]] Result<void> add_agent_costs(const std::vector<AgentCost>& costs);
  /// In the order of program and session.
  [[nodiscard]] Result<std::vector<AgentCost>> agent_costs();

  /// A number that changes when another process has changed the ledger.
  [[nodiscard]] std::int64_t foreign_changes();

  struct Repricing {
    std::uint64_t entries = 0;  ///< whose amount or row changed
    Pico before = 0;            ///< sums of all entries
    Pico after = 0;
  };
  /// Prices every entry with `prices`. Unless `dry`, stores the result and an event with both sums.
  [[nodiscard]] Result<Repricing> reprice(const PriceTable& prices, bool dry);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace atm::ledger
