// SPDX-License-Identifier: MIT
#include "cost/sum_text.hpp"

#include <atm/domain/token_count.hpp>
#include <string_view>

namespace atm::cli {

namespace {

using ledger::Groups;
using ledger::Pico;
using ledger::Sum;

}  // namespace

std::string amount_text(const Sum& sum) {
  if (sum.unpriced_responses == 0) return ledger::shown_dollars(sum.amount);
  return sum.amount == 0 ? "unpriced" : ledger::shown_dollars(sum.amount) + " + unpriced";
}

std::string counted(std::uint64_t count, const std::string& singular) {
  return std::to_string(count) + " " + singular + (count == 1 ? "" : "s");
}

std::string tokens_text(std::uint64_t count) {
  return TokenCount(count).str();
}

std::string unit_text(Pico unit) {
  std::string text = ledger::exact_dollars(unit);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return "$" + text;
}

Sum total_of(const Groups& groups) {
  Sum total;
  for (const auto& [key, sum] : groups) total += sum;
  return total;
}

std::vector<Cell> sum_cells(const Sum& sum, Style style) {
  return {{std::to_string(sum.responses), style}, {tokens_text(sum.tokens[0]), style},
          {tokens_text(sum.tokens[1]), style},    {tokens_text(sum.tokens[2] + sum.tokens[3]), style},
          {tokens_text(sum.tokens[4]), style},    {amount_text(sum), style}};
}

std::string sum_notes(const Sum& total) {
  std::string text;
  const auto note = [&text](const std::string& line) { text += line + "\n"; };
  if (total.unpriced_responses > 0)
    note("not in the total: " + counted(total.unpriced_responses, "unpriced response") + " with " +
         tokens_text(total.unpriced_tokens) + " tokens; see atm cost audit");
  if (total.low > 0)
    note("too low: " + counted(total.low, "interrupted response") + "; the agent does not write the rest");
  if (total.maybe_not_billed > 0)
    note("possibly not billed: " + counted(total.maybe_not_billed, "refused response"));
  if (total.agent_priced > 0)
    note("beside it: the agents' own figure for " + counted(total.agent_priced, "response") + " is " +
         ledger::shown_dollars(total.agent_amount));
  return text;
}

}  // namespace atm::cli
