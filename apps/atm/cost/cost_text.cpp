// SPDX-License-Identifier: MIT
#include "cost/cost_text.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/domain/token_count.hpp>
#include <atm/json.hpp>
#include <set>

#include "text.hpp"

namespace atm::cli {

namespace {

using ledger::Day;
using ledger::Dimension;
using ledger::Entry;
using ledger::Groups;
using ledger::Line;
using ledger::Names;
using ledger::Pico;
using ledger::Sum;
using ledger::TokenKind;
using ledger::Unpriced;

constexpr std::size_t kBarColumns = 20;
constexpr Day kOldTable = 60;

std::string tokens_text(std::uint64_t count) {
  return TokenCount(count).str();
}

bool is_time(Dimension dimension) {
  return dimension == Dimension::kDay || dimension == Dimension::kWeek || dimension == Dimension::kMonth;
}

// `1 response`, `2 responses`
std::string counted(std::uint64_t count, const std::string& singular) {
  return std::to_string(count) + " " + singular + (count == 1 ? "" : "s");
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

Sum total_of(const Groups& groups) {
  Sum total;
  for (const auto& [key, sum] : groups) total += sum;
  return total;
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

std::vector<Cell> sum_cells(const Sum& sum, Style style) {
  return {{std::to_string(sum.responses), style}, {tokens_text(sum.tokens[0]), style},
          {tokens_text(sum.tokens[1]), style},    {tokens_text(sum.tokens[2] + sum.tokens[3]), style},
          {tokens_text(sum.tokens[4]), style},    {amount_text(sum), style}};
}

// What a total leaves out or does not know.
std::string notes(const Sum& total) {
  std::string text;
  const auto note = [&text](const std::string& line) { text += line + "\n"; };
  if (total.unpriced_responses > 0)
    note("not in the total: " + counted(total.unpriced_responses, "unpriced response") + " with " +
         tokens_text(total.unpriced_tokens) + " tokens; see atm cost audit");
  if (total.low > 0)
    note("too low: " + counted(total.low, "interrupted response") + "; the agent does not write the rest");
  if (total.maybe_not_billed > 0)
    note("possibly not billed: " + counted(total.maybe_not_billed, "refused response"));
  return text;
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

std::string time_text(ledger::Time time) {
  return time == ledger::kUndated ? "undated" : to_rfc3339(Timestamp(std::chrono::nanoseconds(time)));
}

std::string place_text(const Names& names, const ledger::Place& place) {
  return terminal_safe(names.text(place.file)) + ", offset " + std::to_string(place.offset) + ", " +
         std::to_string(place.length) + " bytes";
}

// `0.000003`: a price of one token in dollars, without trailing zeros.
std::string unit_text(Pico unit) {
  std::string text = ledger::exact_dollars(unit);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return "$" + text;
}

void put_sum(json::Writer& writer, const Sum& sum) {
  json::key(writer, "responses");
  writer.Uint64(sum.responses);
  json::key(writer, "tokens");
  writer.StartObject();
  for (std::size_t kind = 0; kind < ledger::kTokenKinds; ++kind) {
    json::key(writer, ledger::kTokenNames[kind]);
    writer.Uint64(sum.tokens[kind]);
  }
  writer.EndObject();
  json::key(writer, "web_searches");
  writer.Uint64(sum.web_searches);
  json::key(writer, "usd");
  json::string(writer, ledger::exact_dollars(sum.amount));
  const std::array<std::pair<std::string_view, std::uint64_t>, 6> counts{
      {{"unpriced_responses", sum.unpriced_responses},
       {"unpriced_tokens", sum.unpriced_tokens},
       {"low_responses", sum.low},
       {"possibly_not_billed_responses", sum.maybe_not_billed},
       {"priority_responses", sum.priority},
       {"announced_price_responses", sum.announced}}};
  for (const auto& [name, count] : counts) {
    json::key(writer, name);
    writer.Uint64(count);
  }
}

std::string member_name(Dimension dimension) {
  std::string name(ledger::kDimensionNames[static_cast<std::size_t>(dimension)]);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

constexpr std::array<std::string_view, ledger::kLineResults> kResultNames{
    "other", "responses", "synthetic", "malformed_records", "unreadable_lines", "torn_lines"};

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

std::string amount_text(const Sum& sum) {
  if (sum.unpriced_responses == 0) return ledger::shown_dollars(sum.amount);
  return sum.amount == 0 ? "unpriced" : ledger::shown_dollars(sum.amount) + " + unpriced";
}

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
  return table_of(groups, view.by, canvas, bars) + notes(total_of(groups)) + tables_notes(books, view.today);
}

std::string cost_overview(const Overview& overview, const CostView& view, const Books& books,
                          const Canvas& canvas, bool bars) {
  std::string text = "today, " + ledger::day_text(view.today) + " (" + view.zone + "): ";
  if (overview.today.empty()) {
    text += "no response of an agent\n\n";
  } else {
    const Sum today = total_of(overview.today);
    text += amount_text(today) + " list price\n\n" +
            table_of(overview.today, {Dimension::kModel}, canvas, bars) + notes(today) + "\n";
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
  return text + table.render(canvas) + notes(total_of(overview.all)) + tables_notes(books, view.today);
}

std::string cost_json(const Groups& groups, const CostView& view, const Books& books) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  const auto text = [&writer](std::string_view key, std::string_view value) {
    json::key(writer, key);
    json::string(writer, value);
  };
  writer.StartObject();
  text("schema", "atm.cost/1");
  text("price", "list");
  text("zone", view.zone);
  if (!view.since.empty()) text("since", view.since);
  if (!view.until.empty()) text("until", view.until);
  text("prices_as_of", ledger::day_text(books.prices().as_of()));
  json::key(writer, "by");
  writer.StartArray();
  for (const Dimension dimension : view.by) json::string(writer, member_name(dimension));
  writer.EndArray();
  json::key(writer, "groups");
  writer.StartArray();
  for (const auto& [key, sum] : groups) {
    writer.StartObject();
    for (std::size_t i = 0; i < view.by.size(); ++i) text(member_name(view.by[i]), key[i]);
    put_sum(writer, sum);
    writer.EndObject();
  }
  writer.EndArray();
  json::key(writer, "total");
  writer.StartObject();
  put_sum(writer, total_of(groups));
  writer.EndObject();
  json::key(writer, "rejected");
  writer.StartObject();
  for (std::size_t i = static_cast<std::size_t>(ledger::LineResult::kSynthetic); i < kResultNames.size();
       ++i) {
    json::key(writer, kResultNames[i]);
    writer.Uint64(books.lines()[i]);
  }
  writer.EndObject();
  json::key(writer, "problems");
  writer.StartArray();
  for (const std::string& problem : books.problems()) json::string(writer, problem);
  writer.EndArray();
  writer.EndObject();
  return std::string(json::text_of(buffer)) + "\n";
}

std::string cost_csv(const Groups& groups, const CostView& view) {
  std::string text;
  for (const Dimension dimension : view.by) text += member_name(dimension) + ",";
  text += "responses";
  for (const std::string_view name : ledger::kTokenNames) text.append(",").append(name);
  text += ",web_searches,usd,unpriced_responses,unpriced_tokens\n";
  for (const auto& [key, sum] : groups) {
    for (const std::string& part : key) text += csv_field(part) + ",";
    text += std::to_string(sum.responses);
    for (const std::uint64_t count : sum.tokens) text += "," + std::to_string(count);
    text += "," + std::to_string(sum.web_searches) + "," + ledger::exact_dollars(sum.amount) + "," +
            std::to_string(sum.unpriced_responses) + "," + std::to_string(sum.unpriced_tokens) + "\n";
  }
  return text;
}

std::string entry_text(const Names& names, std::string_view key, const Entry& entry) {
  const auto named = [&names](ledger::Name name) { return terminal_safe(names.text(name)); };
  std::string text = "response  " + terminal_safe(key) + "\n";
  text += "time      " + time_text(entry.time) + "\n";
  text += "session   " + (entry.owner_session() == 0 ? "(unknown)" : named(entry.owner_session())) +
          (entry.has_uncertain_owner() ? "  uncertain: copies in several sessions have the same time" : "") +
          "\n";
  text += "project   " + named(entry.origin.project) + "\n";
  Sum sum;
  for (std::size_t i = 0; i < entry.lines.size(); ++i) {
    const Line& line = entry.lines[i];
    sum += sum_of(names, entry, i);
    text += "\n" + named(line.model) + (i == 0 ? "" : "  (billed beside the response)") + "\n";
    const auto quote = ledger::parse_quote(names.text(line.quote));
    const auto row = [&](std::string_view name, std::uint64_t count, const std::optional<Pico>& unit) {
      if (count == 0) return;
      text += "  " + pad_right(std::string(name), 15) + pad_left(std::to_string(count), 12);
      if (quote && unit) text += " x " + unit_text(*unit) + " = $" + ledger::exact_dollars(*unit * count);
      text += "\n";
    };
    for (std::size_t kind = 0; kind < ledger::kTokenKinds; ++kind)
      row(ledger::kTokenNames[kind], line.usage.tokens[kind], quote ? quote->unit[kind] : std::nullopt);
    row("web_searches", line.usage.web_searches, quote ? quote->web_search : std::nullopt);
    if (line.unpriced != Unpriced::kNo) {
      text += "  unpriced: " + std::string(unpriced_text(line.unpriced)) + "\n";
    } else if (quote) {
      text += "  amount         $" + ledger::exact_dollars(line.amount) + " list price\n";
      text += "  price row      " + terminal_safe(quote->row) + ", " + quote->card + " prices" +
              (quote->factors.empty() ? "" : ", " + quote->factors) + "\n";
      text += "  source         " + terminal_safe(quote->certainty + ": " + quote->sources) + "\n";
    }
  }
  text += "\ntotal     " + amount_text(sum) + " list price";
  if (sum.unpriced_responses == 0) text += " ($" + ledger::exact_dollars(sum.amount) + ")";
  text += "\n" + notes(sum);
  if ((entry.conditions & ledger::kPriority) != 0)
    text += "priority service: the list price may not be what you pay\n";
  if ((entry.marks & ledger::kFallbackCredit) != 0)
    text += "the vendor may give a credit for a retry; it is not applied\n";
  text += "read from\n";
  for (const ledger::Place& place : entry.places) text += "  " + place_text(names, place) + "\n";
  return text;
}

std::string session_entries(const Names& names, std::string_view session, const KeyedEntries& entries,
                            const Canvas& canvas) {
  Table table({{"TIME"},
               {"RESPONSE"},
               {"MODEL", Align::kLeft, Shrink::kMiddle, 8, 1},
               {"INPUT", Align::kRight, Shrink::kNever, 0, 2},
               {"OUTPUT", Align::kRight, Shrink::kNever, 0, 2},
               {"CACHE WRITE", Align::kRight, Shrink::kNever, 0, 2},
               {"CACHE READ", Align::kRight, Shrink::kNever, 0, 2},
               {"LIST PRICE", Align::kRight},
               {"READ FROM", Align::kLeft, Shrink::kMiddle, 16, 3}});
  Sum total;
  for (const auto& [key, entry] : entries) {
    Sum sum;
    for (std::size_t i = 0; i < entry.lines.size(); ++i) sum += sum_of(names, entry, i);
    total += sum;
    std::vector<Cell> cells{{time_text(entry.time)},
                            {terminal_safe(key)},
                            {terminal_safe(names.text(entry.lines.front().model))}};
    const std::vector<Cell> counts = sum_cells(sum, Style::kPlain);
    cells.insert(cells.end(), counts.begin() + 1, counts.end());
    const ledger::Place& place = entry.places.front();
    cells.push_back({terminal_safe(names.text(place.file)) + ":" + std::to_string(place.offset)});
    table.add_row(std::move(cells));
  }
  return "session " + terminal_safe(session) + ": " + amount_text(total) + " list price, " +
         counted(total.responses, "response") + "\n\n" + table.render(canvas) + notes(total);
}

void Audit::add(const Entry& entry) {
  std::set<ledger::Name> files;
  for (const ledger::Place& place : entry.places) files.insert(place.file);
  uncertain_ += entry.has_uncertain_owner() ? 1 : 0;
  undated_ += entry.time == ledger::kUndated ? 1 : 0;
  credits_ += (entry.marks & ledger::kFallbackCredit) != 0 ? 1 : 0;
  copied_ += files.size() > 1 ? 1 : 0;
  for (std::size_t i = 0; i < entry.lines.size(); ++i) {
    const Line& line = entry.lines[i];
    const Sum sum = sum_of(names_, entry, i);
    total_ += sum;
    copied_amount_ += sum.amount * (files.size() - 1);
    if (line.unpriced != Unpriced::kNo)
      unpriced_[terminal_safe(names_.text(line.model)) + ": " + std::string(unpriced_text(line.unpriced))] +=
          sum;
  }
}

std::string Audit::text(const Books& books, const ledger::Store::Repricing& repriced, Day today) const {
  std::string text = counted(total_.responses, "response") + " in " + counted(books.files(), "file") + ", " +
                     amount_text(total_) + " list price ($" + ledger::exact_dollars(total_.amount) + ")\n";
  // A title appears only above items.
  std::string title;
  const auto item = [&](std::uint64_t count, const std::string& line) {
    if (count == 0) return;
    text += title + "  " + line + "\n";
    title.clear();
  };
  title = "counted once\n";
  item(copied_, counted(copied_, "response") + " with copies in several files: " +
                    ledger::shown_dollars(copied_amount_) + " are not counted again");
  item(uncertain_, counted(uncertain_, "response") + " with an uncertain session: copies have the same time");
  title = "unpriced\n";
  for (const auto& [reason, sum] : unpriced_)
    item(1, reason + ", " + counted(sum.unpriced_responses, "response") + ", " +
                tokens_text(sum.unpriced_tokens) +
                " tokens; if you know the price, add a price file and run atm cost reprice");
  title = "uncertain\n";
  item(total_.low, counted(total_.low, "interrupted response") + ": the real amount is higher");
  item(total_.maybe_not_billed,
       counted(total_.maybe_not_billed, "refused response") + ": possibly not billed");
  item(total_.priority, counted(total_.priority, "response") + " with priority service: paid by commitment");
  item(total_.announced, counted(total_.announced, "response") + " at an announced price");
  item(credits_, counted(credits_, "response") + " with a possible credit, which is not applied");
  item(undated_, counted(undated_, "response") + " without a time: in the total, in no day");
  item(repriced.entries, counted(repriced.entries, "response") + " at other prices than the present ones: " +
                             ledger::shown_dollars(repriced.before) + " would become " +
                             ledger::shown_dollars(repriced.after) + "; see atm cost reprice");
  title = "not counted\n";
  const std::array<std::string_view, ledger::kLineResults> kReasons{
      "",
      "",
      "the agent's own text, no response of a model",
      "a count is no whole number from 0 to 10^9, or the model is missing",
      "the line is no JSON",
      "the last line is not complete yet"};
  for (std::size_t i = 2; i < kReasons.size(); ++i) {
    std::string name(kResultNames[i]);
    std::replace(name.begin(), name.end(), '_', ' ');
    item(books.lines()[i],
         name + ": " + std::to_string(books.lines()[i]) + " (" + std::string(kReasons[i]) + ")");
  }
  title = "problems\n";
  for (const std::string& problem : books.problems()) item(1, terminal_safe(problem));
  return text +
         "in no transcript: summaries of compactions, session titles, and responses that broke off early\n" +
         age_text(books.prices(), today);
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
