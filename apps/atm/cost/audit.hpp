// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cost/books.hpp"
#include "ledger/summary.hpp"

namespace atm::cli {

/// What is uncertain, unpriced, copied or rejected.
class Audit final {
 public:
  explicit Audit(const ledger::Names& names) : names_(names) {}
  void add(const ledger::Entry& entry);
  /// `repriced`: what the current prices would change.
  [[nodiscard]] std::string text(const Books& books, const ledger::Store::Repricing& repriced,
                                 ledger::Day today) const;

 private:
  const ledger::Names& names_;
  ledger::Sum total_;
  std::map<std::string, ledger::Sum> unpriced_;
  std::uint64_t copied_ = 0;
  std::uint64_t uncertain_ = 0;
  std::uint64_t undated_ = 0;
  std::uint64_t credits_ = 0;
  ledger::Pico copied_amount_ = 0;
};

}  // namespace atm::cli
