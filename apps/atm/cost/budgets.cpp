// SPDX-License-Identifier: MIT
#include "cost/budgets.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <tuple>
#include <variant>

#include "cost/sum_text.hpp"
#include "ledger/summary.hpp"
#include "lib/config/toml.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using ledger::Dimension;
using ledger::Pico;

constexpr unsigned kShownPercent = 80;

void read_budget(const json::Value& table, const char* key, const TomlFile& file, Pico& budget,
                 std::vector<std::string>& problems) {
  const json::Value* const value = json::find(table, key);
  if (value == nullptr) return;
  const auto amount =
      value->IsString() ? ledger::parse_decimal(json::text_of(*value), 12) : std::optional<Pico>();
  if (amount && *amount > 0) {
    budget = *amount;
    return;
  }
  const std::string found = value->IsString() ? '"' + std::string(json::text_of(*value)) + '"' : "no text";
  problems.push_back(file.place({"budget", key}) + ": budget." + key + " is " + found +
                     ", expected dollars above 0 as text; write it as in " + key + " = \"20\"");
}

}  // namespace

Budgets read_budgets(const std::string& file) {
  Budgets budgets;
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || in.bad()) {
    if (errno != ENOENT && errno != ENOTDIR) budgets.problems.push_back(file + ": " + std::strerror(errno));
    return budgets;
  }
  const auto parsed = parse_toml(text.str(), file);
  if (const auto* problem = std::get_if<Problem>(&parsed)) {
    budgets.problems.push_back(problem->message());
    return budgets;
  }
  const TomlFile& toml = std::get<TomlFile>(parsed);
  json::Reader reader;
  const json::Value* const root = reader.parse(toml.json);
  const json::Value* const table = root == nullptr ? nullptr : json::get_object(*root, "budget");
  if (table == nullptr) return budgets;
  read_budget(*table, "day", toml, budgets.day, budgets.problems);
  read_budget(*table, "project", toml, budgets.project, budgets.problems);
  read_budget(*table, "session", toml, budgets.session, budgets.problems);
  return budgets;
}

unsigned BudgetUse::percent() const noexcept {
  constexpr Pico kMost = 1'000'000;
  return static_cast<unsigned>(std::min(spent.amount * 100 / limit, kMost));
}

Result<std::vector<BudgetUse>> budget_uses(Books& books, const Budgets& budgets, const ledger::Zone& zone,
                                           ledger::Day today) {
  using ledger::Summer;
  std::vector<BudgetUse> uses;
  if (!budgets.is_set()) return uses;
  const ledger::Range of_today{zone.begin(today), zone.begin(today + 1)};
  const ledger::Range of_month{zone.begin(ledger::month_of(today)), zone.begin(today + 1)};
  std::vector<Summer> summers;
  summers.emplace_back(std::vector{Dimension::kDay}, of_today, books.names(), zone);
  summers.emplace_back(std::vector{Dimension::kProject}, of_month, books.names(), zone);
  summers.emplace_back(std::vector{Dimension::kSession}, of_today, books.names(), zone);
  summers.emplace_back(std::vector{Dimension::kSession}, ledger::Range{}, books.names(), zone);
  if (const auto done = books.sum_up(summers, zone); !done) return done.error();
  const auto& [day, projects, active, sessions] = std::tie(summers[0], summers[1], summers[2], summers[3]);
  if (budgets.day != 0) {
    const ledger::Groups groups = day.groups();
    uses.push_back({"day", ledger::day_text(today), total_of(groups), budgets.day});
  }
  if (budgets.project != 0) {
    for (const auto& [key, sum] : projects.groups())
      uses.push_back({"project", key.front(), sum, budgets.project});
  }
  if (budgets.session != 0) {
    const ledger::Groups all = sessions.groups();
    for (const auto& [key, sum] : active.groups())
      uses.push_back({"session", key.front(), all.at(key), budgets.session});
  }
  std::stable_sort(uses.begin(), uses.end(),
                   [](const BudgetUse& a, const BudgetUse& b) { return a.percent() > b.percent(); });
  return uses;
}

std::string budget_text(const std::vector<BudgetUse>& uses) {
  std::string text;
  for (const BudgetUse& use : uses) {
    if (use.budget != "day" && use.percent() < kShownPercent) continue;
    text += "budget of " + use.budget + " " + terminal_safe(use.name) + ": " + amount_text(use.spent) +
            " of " + ledger::shown_dollars(use.limit) + ", " + std::to_string(use.percent()) + "%" +
            (use.spent.amount > use.limit ? ", exceeded" : "") + "\n";
  }
  return text;
}

}  // namespace atm::cli
