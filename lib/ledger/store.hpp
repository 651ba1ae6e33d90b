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

#include "ledger/ledger.hpp"
#include "ledger/scan.hpp"

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

  /// One entry by its key; false if there is none.
  [[nodiscard]] Result<bool> find(Names& names, std::string_view key, Entry& entry);

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
