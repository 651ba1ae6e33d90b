// SPDX-License-Identifier: MIT
#include "cost/cost.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <tuple>

#include "command.hpp"
#include "cost/audit.hpp"
#include "cost/books.hpp"
#include "cost/cost_text.hpp"
#include "cost/live.hpp"
#include "cost/report.hpp"
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
  if (options.live && output_is_terminal()) return run_live(options, *zone, paths, budgets, books);
  const auto answer = cost_report(books, options, *view, *zone, paths, budgets);
  if (!answer) return fail(answer.error());
  const ExitCode code = options.json  ? print_json(answer->text)
                        : options.csv ? print(terminal_safe_lines(answer->text))
                                      : print(answer->text);
  ledger::Sum total;
  for (const auto& [key, sum] : answer->groups) total += sum;
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
