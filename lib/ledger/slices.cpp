// SPDX-License-Identifier: MIT
#include "ledger/slices.hpp"

#include <vector>

#include "ledger/entry_codec.hpp"
#include "ledger/zone.hpp"

namespace atm::ledger {

using sqlite::Statement;

void Slices::add(const Entry& entry, StoredNames& stored) {
  for (std::size_t i = 0; i < entry.lines.size(); ++i) change(entry, i, stored) += line_sums_(entry, i);
}

void Slices::remove(const Entry& entry, StoredNames& stored) {
  for (std::size_t i = 0; i < entry.lines.size(); ++i) change(entry, i, stored) -= line_sums_(entry, i);
}

Sum& Slices::change(const Entry& entry, std::size_t line, StoredNames& stored) {
  Facets facets = facets_of(entry, line);
  if (facets.time != kUndated && facets.time >= kQuartersBegin) facets.time -= facets.time % kQuarter;
  key_.clear();
  encode(
      facets, [&stored](Name name) { return stored.number_of(name); }, key_);
  return changes_[key_];
}

void Slices::store(sqlite::Database& database) const {
  Statement find(database.c(), "SELECT sum FROM slices WHERE facets=?");
  Statement put(database.c(), "INSERT OR REPLACE INTO slices(facets, sum) VALUES(?, ?)");
  Statement drop(database.c(), "DELETE FROM slices WHERE facets=?");
  std::string bytes;
  for (const auto& [facets, change] : changes_) {
    if (change == Sum{}) continue;
    Sum sum;
    find.bind_blob(0, facets);
    if (find.step() && !decode(find.text(0), sum)) throw damaged(database);
    find.reset();
    sum += change;
    if (sum == Sum{}) {
      drop.bind_blob(0, facets).run();
      continue;
    }
    bytes.clear();
    encode(sum, bytes);
    put.bind_blob(0, facets).bind_blob(1, bytes).run();
  }
}

void build_slices(sqlite::Database& database) {
  Names names;
  const std::vector<Name> known = load_names(database, names);
  StoredNames stored(database, names, known);
  Slices slices(names);
  Statement all(database.c(), "SELECT data FROM entries");
  Entry entry;
  while (all.step()) {
    if (!decode(all.text(0), known, false, entry)) throw damaged(database);
    slices.add(entry, stored);
  }
  slices.store(database);
}

}  // namespace atm::ledger
