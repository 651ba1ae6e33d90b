// SPDX-License-Identifier: MIT
#include "nearest_word.hpp"

#include <algorithm>
#include <numeric>

namespace atm::cli {

namespace {

// The number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> to(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) to[i][0] = i;
  std::iota(to[0].begin(), to[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
      to[i][j] = std::min({to[i - 1][j] + 1, to[i][j - 1] + 1, to[i - 1][j - 1] + changed});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) to[i][j] = std::min(to[i][j], to[i - 2][j - 2] + 1);
    }
  }
  return to[a.size()][b.size()];
}

}  // namespace

std::string nearest_word(std::string_view typed, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 32;
  if (typed.empty() || typed.size() > kLongest) return {};
  std::string best;
  std::size_t least = 3;
  bool is_shared = false;
  for (const std::string& word : words) {
    const bool begins = typed.size() > 1 && std::string_view(word).starts_with(typed);
    const std::size_t far = begins ? 0 : distance(typed, word);
    if (far < least) best = word;
    is_shared = far == least || (is_shared && far > least);
    least = std::min(far, least);
  }
  return is_shared || least >= std::max<std::size_t>(typed.size(), 2) ? std::string() : best;
}

}  // namespace atm::cli
