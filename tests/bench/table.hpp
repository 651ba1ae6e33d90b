// SPDX-License-Identifier: MIT
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace atm::bench {

/// One figure, its comparison, and the limit of docs/architecture.md.
struct Row {
  std::string what;
  std::string measured;
  std::string reference = {};
  std::string ratio = {};
  std::string budget = {};
};

/// Rows in the order they were measured, printed as a Markdown table.
class Table final {
 public:
  void add(Row row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& out) const;

 private:
  std::vector<Row> rows_;
};

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(double value);
[[nodiscard]] std::string fixed(double value, int decimals);

/// The p-quantile (0 to 1) of `samples`, by nearest rank; 0 without samples.
[[nodiscard]] double quantile(std::vector<double> samples, double p);

}  // namespace atm::bench
