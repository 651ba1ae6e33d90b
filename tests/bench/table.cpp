// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace atm::bench {

void Table::print(std::ostream& out) const {
  out << "| what | measured | compared with | ratio | budget |\n|---|---|---|---|---|\n";
  for (const Row& row : rows_) {
    out << "| " << row.what << " | " << row.measured << " | " << row.reference << " | " << row.ratio << " | "
        << row.budget << " |\n";
  }
  out.flush();
}

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string grouped(double value) {
  std::string digits = fixed(std::round(value), 0);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

double quantile(std::vector<double> samples, double p) {
  if (samples.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(samples.size())));
  const std::size_t index = std::clamp<std::size_t>(rank, 1, samples.size()) - 1;
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(index), samples.end());
  return samples[index];
}

}  // namespace atm::bench
