// SPDX-License-Identifier: MIT
#include "cost/cost_text.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "cost/sum_text.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using ledger::Day;
using ledger::Dimension;
using ledger::Groups;
using ledger::Pico;
using ledger::Sum;

constexpr std::size_t kBarColumns = 20;
constexpr Day kOldTable = 60;

bool is_time(Dimension dimension) {
  return dimension == Dimension::kDay || dimension == Dimension::kWeek || dimension == Dimension::kMonth;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c == '-' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

std::string bar(Pico amount, Pico greatest) {
  if (greatest == 0 || amount == 0) return {};
  const auto eighths = static_cast<std::size_t>(amount * kBarColumns * 8 / greatest);
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  constexpr std::array<std::string_view, 8> kParts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  text += kParts[eighths % 8];
  return text.empty() ? "▏" : text;
}

// Times ascend; in other dimensions the greatest amount comes first.
std::vector<const Groups::value_type*> in_order(const Groups& groups, const std::vector<Dimension>& by) {
  std::map<std::string, Pico> first;
  for (const auto& [key, sum] : groups) {
    if (!key.empty()) first[key.front()] += sum.amount;
  }
  std::vector<const Groups::value_type*> order;
  for (const auto& group : groups) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
    for (std::size_t i = 0; i < by.size(); ++i) {
      if (a->first[i] == b->first[i]) continue;
      if (is_time(by[i])) return a->first[i] < b->first[i];
      const Pico left = i == 0 ? first[a->first[0]] : a->second.amount;
      const Pico right = i == 0 ? first[b->first[0]] : b->second.amount;
      return left != right ? left > right : a->first[i] < b->first[i];
    }
    return false;
  });
  return order;
}

std::string tables_notes(const Books& books, Day today) {
  std::string text = age_text(books.prices(), today);
  const auto lines = [&books](ledger::LineResult result) {
    return books.lines()[static_cast<std::size_t>(result)];
  };
  const std::uint64_t rejected =
      lines(ledger::LineResult::kMalformed) + lines(ledger::LineResult::kUnreadable);
  if (rejected > 0) text += "not counted: " + counted(rejected, "broken record") + "; see atm cost audit\n";
  if (!books.problems().empty())
    text += counted(books.problems().size(), "problem") + " with files; see atm cost audit\n";
  return text;
}

std::string table_of(const Groups& groups, const std::vector<Dimension>& by, const Canvas& canvas,
                     bool bars) {
  std::vector<Column> columns;
  for (const Dimension dimension : by)
    columns.push_back({upper(ledger::kDimensionNames[static_cast<std::size_t>(dimension)]), Align::kLeft,
                       Shrink::kMiddle, 8});
  columns.push_back({"RESPONSES", Align::kRight, Shrink::kNever, 0, 1});
  columns.push_back({"INPUT", Align::kRight, Shrink::kNever, 0, 2});
  columns.push_back({"OUTPUT", Align::kRight, Shrink::kNever, 0, 2});
  columns.push_back({"CACHE WRITE", Align::kRight, Shrink::kNever, 0, 3});
  columns.push_back({"CACHE READ", Align::kRight, Shrink::kNever, 0, 3});
  columns.push_back({"LIST PRICE", Align::kRight});
  if (bars) columns.push_back({"", Align::kLeft, Shrink::kNever, 0, 4});
  Table table(std::move(columns));
  Pico greatest = 0;
  for (const auto& [key, sum] : groups) greatest = std::max(greatest, sum.amount);
  std::string_view last;
  for (const auto* group : in_order(groups, by)) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < by.size(); ++i) {
      const bool is_repeated = i == 0 && by.size() > 1 && last == group->first[0];
      cells.push_back({is_repeated ? "" : terminal_safe(group->first[i])});
    }
    if (!by.empty()) last = group->first[0];
    for (Cell& cell : sum_cells(group->second, Style::kPlain)) cells.push_back(std::move(cell));
    if (bars) cells.push_back({bar(group->second.amount, greatest), Style::kBlue});
    table.add_row(std::move(cells));
  }
  std::vector<Cell> cells(by.size());
  if (!by.empty()) cells.front() = {"total", Style::kBold};
  for (Cell& cell : sum_cells(total_of(groups), Style::kBold)) cells.push_back(std::move(cell));
  if (bars) cells.push_back({});
  table.add_row(std::move(cells));
  return table.render(canvas);
}

std::string short_card(const ledger::Card& card) {
  std::string text;
  for (std::size_t kind = 0; kind < ledger::kTokenKinds; ++kind) {
    // Per million tokens: a pico-dollar per token is 10^-6 dollars per million.
    std::string price = "-";
    if (card[kind]) price = unit_text(*card[kind] * 1'000'000).substr(1);
    text += (text.empty() ? "" : " / ") + price;
  }
  return text;
}

}  // namespace

std::string sparkline(const std::vector<Pico>& amounts) {
  constexpr std::array<std::string_view, 8> kLevels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const Pico greatest = amounts.empty() ? 0 : *std::max_element(amounts.begin(), amounts.end());
  std::string line;
  for (const Pico amount : amounts)
    line +=
        greatest == 0 || amount == 0 ? " " : kLevels[static_cast<std::size_t>((amount * 8 - 1) / greatest)];
  return line;
}

std::string age_text(const ledger::PriceTable& prices, Day today) {
  if (today - prices.as_of() <= kOldTable) return {};
  return "the price table is of " + ledger::day_text(prices.as_of()) + ", " +
         std::to_string(today - prices.as_of()) + " days old; install a newer atm or add price files\n";
}

std::string cost_table(const Groups& groups, const CostView& view, const Books& books, const Canvas& canvas,
                       bool bars) {
  if (groups.empty()) return "no response of an agent in this range\n" + tables_notes(books, view.today);
  return table_of(groups, view.by, canvas, bars) + sum_notes(total_of(groups)) +
         tables_notes(books, view.today);
}

std::string cost_overview(const Overview& overview, const CostView& view, const Books& books,
                          const Canvas& canvas, bool bars) {
  std::string text = "today, " + ledger::day_text(view.today) + " (" + view.zone + "): ";
  if (overview.today.empty()) {
    text += "no response of an agent\n\n";
  } else {
    const Sum today = total_of(overview.today);
    text += amount_text(today) + " list price\n\n" +
            table_of(overview.today, {Dimension::kModel}, canvas, bars) + sum_notes(today) + "\n";
  }
  std::vector<Pico> amounts;
  for (Day day = view.today - kOverviewDays + 1; day <= view.today; ++day) {
    const auto group = overview.days.find({ledger::day_text(day)});
    amounts.push_back(group == overview.days.end() ? 0 : group->second.amount);
  }
  Table table(
      {{"", Align::kLeft}, {"LIST PRICE", Align::kRight}, {"RESPONSES", Align::kRight}, {"", Align::kLeft}});
  const auto row = [&](const std::string& name, const Groups& groups, const std::string& line) {
    const Sum sum = total_of(groups);
    table.add_row({{name}, {amount_text(sum)}, {std::to_string(sum.responses)}, {line, Style::kBlue}});
  };
  row("last 14 days", overview.days, bars ? sparkline(amounts) : "");
  row("this month", overview.month, "");
  row("all responses", overview.all, "");
  return text + table.render(canvas) + sum_notes(total_of(overview.all)) + tables_notes(books, view.today);
}

std::string prices_text(const ledger::PriceTable& prices, std::string_view model, std::optional<Day> day,
                        const Canvas& canvas) {
  const std::string plain = model.empty() ? "" : ledger::plain_model(model).name;
  Table table({{"MODEL"},
               {"FROM"},
               {"INPUT / OUTPUT / WRITE 5M / WRITE 1H / READ, USD PER MILLION"},
               {"CERTAINTY", Align::kLeft, Shrink::kNever, 0, 1},
               {"SOURCES", Align::kLeft, Shrink::kEnd, 8, 2}});
  bool any = false;
  for (const auto& [name, rows] : prices.models()) {
    if (!plain.empty() && name != plain) continue;
    for (const ledger::PriceRow& row : rows) {
      if (day && prices.find(name, day) != &row) continue;
      any = true;
      std::string sources = row.is_user ? row.file : "";
      for (const std::string& source : row.sources) sources += (sources.empty() ? "" : ", ") + source;
      const auto add = [&, model = terminal_safe(name)](const std::string& what, const ledger::Card& card) {
        table.add_row({{model + what},
                       {ledger::day_text(row.from)},
                       {short_card(card)},
                       {terminal_safe(row.is_user ? "user" : row.certainty)},
                       {terminal_safe(sources)}});
      };
      add("", row.card);
      for (const ledger::Tier& tier : row.tiers)
        add(", prompt above " + std::to_string(tier.above), tier.card);
      if (row.fast) add(", fast", *row.fast);
    }
  }
  return any ? table.render(canvas) : "";
}

}  // namespace atm::cli
