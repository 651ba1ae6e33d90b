// SPDX-License-Identifier: MIT
#include "cost/cost.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <history/time_words.hpp>
#include <map>
#include <optional>
#include <tuple>

#include "command.hpp"
#include "cost/audit.hpp"
#include "cost/books.hpp"
#include "cost/cost_text.hpp"
#include "lookup.hpp"
#include "session_names.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using ledger::Day;

ExitCode refuse(const Error& error) {
  std::fprintf(stderr, "atm: %s\n", terminal_safe(error.message).c_str());
  return kUsage;
}

ExitCode fail(const Error& error) {
  std::fprintf(stderr, "atm: %s\n", terminal_safe(error.message).c_str());
  return kFailed;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Day today_in(const ledger::Zone& zone) {
  return zone.day(now_ns());
}

// The day that contains a time.
Result<Day> day_of(const std::string& option, const std::string& text, const ledger::Zone& zone) {
  const auto time = history::parse_time(text, now_ns());
  if (!time) return Error::invalid_field(option, text, history::kTimeForms);
  return zone.day(*time);
}

Result<CostView> view_of(const CostOptions& options, const ledger::Zone& zone) {
  CostView view;
  view.zone = zone.name();
  view.today = today_in(zone);
  for (const std::string& name : options.by) {
    const auto dimension = ledger::dimension(name);
    if (!dimension) {
      std::string names;
      for (const std::string_view known : ledger::kDimensionNames)
        names.append(names.empty() ? "" : ", ").append(known);
      return Error::invalid_field("--by", name, "one or two of " + names);
    }
    if (std::find(view.by.begin(), view.by.end(), *dimension) != view.by.end())
      return Error::invalid_field("--by", name, "two different dimensions");
    view.by.push_back(*dimension);
  }
  if (view.by.size() > 2) return Error::invalid_field("--by", options.by[2], "at most two dimensions");
  if (!options.since.empty()) {
    const auto day = day_of("--since", options.since, zone);
    if (!day) return day.error();
    view.range.begin = zone.begin(*day);
    view.since = ledger::day_text(*day);
  }
  if (!options.until.empty()) {
    const auto day = day_of("--until", options.until, zone);
    if (!day) return day.error();
    view.range.end = zone.begin(*day + 1);
    view.until = ledger::day_text(*day);
  }
  if (view.range.begin && view.range.end && *view.range.begin >= *view.range.end)
    return Error::invalid_field("--until", options.until, "a day that is not before that of --since");
  return view;
}

// Fills the groups, or those of the overview, in one pass.
Result<void> sum_up(Books& books, const CostView& view, const ledger::Zone& zone, ledger::Groups& groups,
                    Overview* overview) {
  using ledger::Dimension;
  using ledger::Summer;
  const Day today = view.today;
  const auto until_today = [&](Day day) { return ledger::Range{zone.begin(day), zone.begin(today + 1)}; };
  std::vector<Summer> summers;
  ledger::Windows windows;
  if (std::find(view.by.begin(), view.by.end(), Dimension::kWindow) != view.by.end()) {
    const auto done =
        books.visit(false, [&](std::string_view, const ledger::Entry& entry) { windows.add(entry); });
    if (!done) return done.error();
    windows.finish();
  }
  if (overview == nullptr) {
    summers.emplace_back(view.by, view.range, books.names(), zone, &windows);
  } else {
    summers.emplace_back(std::vector{Dimension::kModel}, until_today(today), books.names(), zone);
    summers.emplace_back(std::vector{Dimension::kDay}, until_today(today - kOverviewDays + 1), books.names(),
                         zone);
    summers.emplace_back(std::vector<Dimension>{}, until_today(ledger::month_of(today)), books.names(), zone);
    summers.emplace_back(std::vector<Dimension>{}, ledger::Range{}, books.names(), zone);
  }
  const auto done = books.visit(false, [&](std::string_view, const ledger::Entry& entry) {
    for (Summer& summer : summers) summer.add(entry);
  });
  if (!done) return done.error();
  if (overview != nullptr)
    *overview = {summers[0].groups(), summers[1].groups(), summers[2].groups(), summers[3].groups()};
  groups = summers.back().groups();
  return {};
}

}  // namespace

ExitCode run_cost(const CostOptions& options) {
  const auto zone = ledger::Zone::open(options.zone);
  if (!zone) return refuse(zone.error());
  const auto view = view_of(options, *zone);
  if (!view) return refuse(view.error());
  std::optional<ledger::Pico> limit;
  if (!options.fail_over.empty()) {
    limit = ledger::parse_decimal(options.fail_over, 12);
    if (!limit)
      return refuse(
          Error::invalid_field("--fail-over", options.fail_over, "an amount in dollars such as 20 or 7.50"));
  }

  const CostPaths paths = cost_paths();
  Books books(paths);
  const Budgets budgets = read_budgets(paths.config);
  for (const std::string& problem : budgets.problems) books.report(problem);
  // Without dimensions the overview shows today, and programs get the range that they asked for.
  const bool is_overview =
      options.by.empty() && !options.json && !options.csv && !view->range.begin && !view->range.end;
  ledger::Groups groups;
  Overview overview;
  if (const auto done = sum_up(books, *view, *zone, groups, is_overview ? &overview : nullptr); !done)
    return fail(done.error());
  const auto uses = budget_uses(books, budgets, *zone, view->today);
  if (!uses) return fail(uses.error());
  ExitCode code = kOk;
  if (options.json) {
    code = print_json(cost_json(groups, *view, books, *uses));
  } else if (options.csv) {
    code = print(terminal_safe_lines(cost_csv(groups, *view)));
  } else if (is_overview) {
    code = print(cost_overview(overview, *view, books, output_canvas(), output_is_terminal()) +
                 budget_text(*uses));
  } else {
    code = print(cost_table(groups, *view, books, output_canvas(), output_is_terminal()));
  }
  ledger::Sum total;
  for (const auto& [key, sum] : groups) total += sum;
  if (code != kOk || !limit || total.amount <= *limit) return code;
  std::fprintf(stderr, "atm: the list price is %s, above the limit of --fail-over %s\n",
               ledger::shown_dollars(total.amount).c_str(), options.fail_over.c_str());
  return kOverLimit;
}

std::vector<std::string> cost_dimensions() {
  return {ledger::kDimensionNames.begin(), ledger::kDimensionNames.end()};
}

ExitCode run_cost_explain(const std::string& id) {
  Books books(cost_paths());
  ledger::Entry entry;
  const auto found = books.find(id, entry);
  if (!found) return fail(found.error());
  if (*found) return print(entry_text(books.names(), id, entry));

  std::map<std::string, KeyedEntries, std::less<>> sessions;
  const auto done = books.visit(true, [&](std::string_view key, const ledger::Entry& visited) {
    const std::string_view session = books.names().text(visited.owner_session());
    if (!session.empty() && is_named(session, id)) sessions[std::string(session)].emplace_back(key, visited);
  });
  if (!done) return fail(done.error());
  if (sessions.empty()) {
    return fail({ErrorCode::kSessionNotFound, "no response has the id '" + id +
                                                  "', and no session has an id that begins or ends with it; "
                                                  "see atm cost --by session"});
  }
  std::vector<std::string_view> ids;
  ids.reserve(sessions.size());
  for (const auto& [session, entries] : sessions) ids.push_back(session);
  const auto named = find_id(ids, id, "atm cost --by session");
  if (!named) return fail(named.error());
  auto session = sessions.extract(std::string(ids[*named]));
  KeyedEntries& entries = session.mapped();
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.time, a.first) < std::tie(b.second.time, b.first);
  });
  return print(session_entries(books.names(), session.key(), entries, output_canvas()));
}

ExitCode run_cost_audit() {
  Books books(cost_paths());
  Audit audit(books.names());
  const auto done =
      books.visit(true, [&audit](std::string_view, const ledger::Entry& entry) { audit.add(entry); });
  if (!done) return fail(done.error());
  const auto repriced = books.reprice(true);
  if (!repriced) return fail(repriced.error());
  return print(audit.text(books, *repriced, today_in(ledger::Zone::open("").value())));
}

ExitCode run_cost_reprice(bool dry_run) {
  Books books(cost_paths());
  for (const std::string& problem : books.problems())
    std::fprintf(stderr, "atm: %s\n", terminal_safe(problem).c_str());
  const auto result = books.reprice(dry_run);
  if (!result) return fail(result.error());
  return print(std::to_string(result->entries) + (result->entries == 1 ? " response " : " responses ") +
               (dry_run ? "would change: $" : "changed: $") + ledger::exact_dollars(result->before) +
               " -> $" + ledger::exact_dollars(result->after) + " list price\n");
}

ExitCode run_prices(const PricesOptions& options) {
  const auto zone = ledger::Zone::open("").value();
  const Day today = today_in(zone);
  std::optional<Day> day;
  if (!options.at.empty()) {
    const auto parsed = day_of("--at", options.at, zone);
    if (!parsed) return refuse(parsed.error());
    day = *parsed;
  }
  const ledger::LoadedPrices loaded = ledger::load_prices(cost_paths().prices);
  for (const Error& error : loaded.errors)
    std::fprintf(stderr, "atm: %s\n", terminal_safe(error.message).c_str());
  const std::string text = prices_text(loaded.table, options.model, day, output_canvas());
  if (text.empty())
    return fail({ErrorCode::kInvalidField, "no price of model '" + options.model +
                                               "'; see atm prices, or add a file to " + cost_paths().prices});
  return print(text + age_text(loaded.table, today));
}

ExitCode run_prices_check() {
  const ledger::LoadedPrices loaded = ledger::load_prices(cost_paths().prices);
  std::size_t rows = 0;
  std::size_t users = 0;
  for (const auto& [model, list] : loaded.table.models()) {
    rows += list.size();
    users += static_cast<std::size_t>(
        std::count_if(list.begin(), list.end(), [](const auto& row) { return row.is_user; }));
  }
  std::string text;
  for (const Error& error : loaded.errors) text += terminal_safe(error.message) + "\n";
  text += std::to_string(rows) + " price rows of " + std::to_string(loaded.table.models().size()) +
          " models, " + std::to_string(users) + " of them yours (" + terminal_safe(cost_paths().prices) +
          ")\n";
  text += age_text(loaded.table, today_in(ledger::Zone::open("").value()));
  const ExitCode code = print(text);
  return loaded.errors.empty() ? code : kFailed;
}

}  // namespace atm::cli
