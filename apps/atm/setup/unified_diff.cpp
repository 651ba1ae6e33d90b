// SPDX-License-Identifier: MIT
#include "unified_diff.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace atm::cli::setup {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 3;
// Larger differing parts are shown as replaced whole.
constexpr std::size_t kMostCells = 4'000'000;

struct Step {
  char sign;  // ' ', '-', '+'
  std::string_view line;
};

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// Uses the longest common subsequence.
void compare(const Lines& a, const Lines& b, std::vector<Step>& steps) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> common;
  if (a.size() * b.size() <= kMostCells) {
    common.resize((a.size() + 1) * width);
    for (std::size_t i = a.size(); i-- > 0;) {
      for (std::size_t j = b.size(); j-- > 0;) {
        common[i * width + j] = a[i] == b[j]
                                    ? common[(i + 1) * width + j + 1] + 1
                                    : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
      }
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (!common.empty() && i < a.size() && j < b.size()) {
    if (a[i] == b[j]) {
      steps.push_back({' ', a[i]});
      ++i, ++j;
    } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
      steps.push_back({'-', a[i++]});
    } else {
      steps.push_back({'+', b[j++]});
    }
  }
  while (i < a.size()) steps.push_back({'-', a[i++]});
  while (j < b.size()) steps.push_back({'+', b[j++]});
}

std::vector<Step> steps_between(Lines a, Lines b) {
  std::size_t head = 0;
  while (head < std::min(a.size(), b.size()) && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < std::min(a.size(), b.size()) - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  std::vector<Step> steps;
  for (std::size_t i = 0; i < head; ++i) steps.push_back({' ', a[i]});
  const auto middle = [head, tail](const Lines& all) {
    return Lines(all.begin() + static_cast<std::ptrdiff_t>(head),
                 all.end() - static_cast<std::ptrdiff_t>(tail));
  };
  compare(middle(a), middle(b), steps);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) steps.push_back({' ', a[i]});
  return steps;
}

std::string range(std::size_t first, std::size_t count) {
  return std::to_string(count == 0 ? first : first + 1) + (count == 1 ? "" : ',' + std::to_string(count));
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, const std::string& name) {
  if (before == after) return {};
  const std::vector<Step> steps = steps_between(lines_of(before), lines_of(after));
  std::string out = "--- " + name + "\n+++ " + name + "\n";
  std::size_t at = 0;
  std::size_t old_line = 0;
  std::size_t new_line = 0;
  const auto is_change = [](const Step& step) { return step.sign != ' '; };
  while (true) {
    const auto begin = steps.begin() + static_cast<std::ptrdiff_t>(at);
    const auto first = static_cast<std::size_t>(std::find_if(begin, steps.end(), is_change) - steps.begin());
    if (first == steps.size()) return out;
    std::size_t last = first;  // of the hunk: changes at most two contexts apart form one
    for (std::size_t i = first; i < steps.size() && i <= last + 2 * kContext; ++i) {
      if (is_change(steps[i])) last = i;
    }
    const std::size_t from = std::max(at, first - std::min(first, kContext));
    const std::size_t to = std::min(steps.size(), last + kContext + 1);
    old_line += from - at;
    new_line += from - at;
    std::size_t old_count = 0;
    std::size_t new_count = 0;
    std::string body;
    for (std::size_t i = from; i < to; ++i) {
      old_count += steps[i].sign != '+' ? 1 : 0;
      new_count += steps[i].sign != '-' ? 1 : 0;
      body.append(1, steps[i].sign).append(steps[i].line);
      if (steps[i].line.back() != '\n') body += "\n\\ No newline at end of file\n";
    }
    out += "@@ -" + range(old_line, old_count) + " +" + range(new_line, new_count) + " @@\n" + body;
    old_line += old_count;
    new_line += new_count;
    at = to;
  }
}

}  // namespace atm::cli::setup
