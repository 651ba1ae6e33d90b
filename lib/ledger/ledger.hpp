// SPDX-License-Identifier: MIT
// The ledger: one entry for each response, whatever the number of its records and copies.
//
// Merging records is commutative, associative and idempotent: each part of an entry is the greatest or the least of
// the records' values in a total order. The order in which files, lines and processes deliver records therefore does
// not change the ledger, and reading a file twice adds nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/names.hpp"
#include "ledger/prices.hpp"
#include "ledger/record.hpp"

namespace atm::ledger {

/// Where a record was read.
struct Place {
  Name file = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// Tokens of one model within an entry, and their price.
struct Line {
  Name model = 0;
  Usage usage{};
  Unpriced unpriced = Unpriced::kUnknownModel;
  Name quote = 0;  ///< text of the price row and unit prices (quote_text); 0 if unpriced
  Pico amount = 0;
};

/// Where the work of a response happened.
struct Origin {
  Name program = 0;
  Name project = 0;
  Name worktree = 0;
  Name branch = 0;
  Name subagent = 0;
  Name subagent_type = 0;
  bool is_copy = false;  ///< the record says that another session made the request
  bool is_sidechain = false;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Entry {
  Time time = kUndated;             ///< the smallest time of all records
  Name owner = 0;                   ///< the session that a record names as the one that made the request
  Name session = 0;                 ///< the smallest session of the records with the smallest time
  bool is_owner_uncertain = false;  ///< several sessions have a record with the smallest time
  Origin origin{};
  std::vector<Line>
      lines{};  ///< of the record with the largest output; the first has the response's own counts
  Conditions conditions = 0;
  Marks marks = 0;
  std::optional<Pico> agent_amount{};  ///< the agent's own dollars
  Name tool_server = 0;
  std::uint64_t tool_block = 0;
  std::vector<Place> places{};  ///< of all records, sorted
  bool is_priced = false;

  /// The session that owns the response; 0 if unknown.
  [[nodiscard]] Name owner_session() const noexcept { return owner != 0 ? owner : session; }
  [[nodiscard]] bool has_uncertain_owner() const noexcept { return owner == 0 && is_owner_uncertain; }
};

class Ledger final {
 public:
  /// Finds a std::string by a std::string_view.
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>()(key); }
  };
  using Entries = std::unordered_map<std::string, Entry, KeyHash, std::equal_to<>>;

  /// Adds a record that was read at `place`.
  void add(const Record& record, const Place& place);

  /// Merges an entry whose names are of this ledger.
  void merge(std::string_view key, const Entry& entry);

  /// Replaces the entry of this key by `stored` with the entry's records merged into it: `stored` keeps its price unless
  /// they change its counts or its time.
  void merge_into_stored(std::string_view key, const Entry& stored);

  /// Prices every entry that is not priced; `again` prices all.
  void price(const PriceTable& table, bool again = false);

  [[nodiscard]] Names& names() noexcept { return names_; }
  [[nodiscard]] const Names& names() const noexcept { return names_; }
  [[nodiscard]] const Entries& entries() const noexcept { return entries_; }
  [[nodiscard]] std::string_view text(Name name) const { return names_.text(name); }

  /// Removes the entries and keeps the names.
  void clear_entries() { entries_.clear(); }

  /// The keys of all entries in the order of time, then key.
  [[nodiscard]] std::vector<const Entries::value_type*> sorted() const;

  /// The whole ledger as text, one line for each entry in the order of the keys: equal ledgers give equal texts.
  [[nodiscard]] std::string dump() const;

 private:
  void merge_into(Entry& to, const Entry& from);
  [[nodiscard]] Name name(std::string_view text, std::size_t field);
  [[nodiscard]] bool is_better(const Entry& a, const Entry& b) const;
  [[nodiscard]] int compare(const Origin& a, const Origin& b) const;

  Names names_;
  Entries entries_;
  Entry added_;                        // of add(); keeps its memory
  std::array<Name, 10> last_names_{};  // of each field: most records repeat those of the record before
};

/// The price of a line in full: row, card, factors, unit prices and sources, separated by tabs. Everything that is
/// needed to compute the amount again.
[[nodiscard]] std::string quote_text(const Quote& quote);

/// The parts of such a text.
struct QuoteParts {
  std::string row;
  std::string card;
  std::string factors;  // empty: none
  Card unit{};
  std::optional<Pico> web_search{};
  std::string certainty;
  std::string sources;
};
[[nodiscard]] std::optional<QuoteParts> parse_quote(std::string_view text);

/// The amount of `usage` at the unit prices of `quote`.
[[nodiscard]] Pico amount_of(const QuoteParts& quote, const Usage& usage);

}  // namespace atm::ledger
