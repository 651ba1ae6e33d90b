// SPDX-License-Identifier: MIT
#include "cost/report.hpp"

#include <algorithm>
#include <chrono>
#include <history/time_words.hpp>
#include <utility>

#include "cost/limits.hpp"
#include "terminal.hpp"

namespace atm::cli {

using ledger::Day;

namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Day today_in(const ledger::Zone& zone) {
  return zone.day(now_ns());
}

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

namespace {

// What the vendors reported, and the windows of the responses.
struct Limits {
  Reported reported;
  ledger::Windows windows;
};
Result<Limits> read_limits(Books& books, const CostPaths& paths) {
  Limits limits;
  auto reported = books.update_reported(ask_reported(paths));
  if (!reported) return reported.error();
  limits.reported = std::move(reported).value();
  add_reported(limits.reported.limits, books, limits.windows);
  // A reported window may begin within a quarter of an hour; then the exact times decide.
  const auto done = limits.windows.has_reported()
                        ? books.visit(false,
                                      [&](std::string_view, const ledger::Entry& entry) {
                                        limits.windows.add(entry.origin.program, entry.time);
                                      })
                        : books.visit_slices([&](const ledger::Facets& facets, const ledger::Sum&) {
                            limits.windows.add(facets.origin.program, facets.time);
                          });
  if (!done) return done.error();
  limits.windows.finish();
  return limits;
}

// Fills the groups, or those of the overview, in one pass.
Result<void> sum_up(Books& books, const CostView& view, const ledger::Zone& zone,
                    const ledger::Windows& windows, ledger::Groups& groups, Overview* overview) {
  using ledger::Dimension;
  using ledger::Summer;
  const Day today = view.today;
  const auto until_today = [&](Day day) { return ledger::Range{zone.begin(day), zone.begin(today + 1)}; };
  std::vector<Summer> summers;
  if (overview == nullptr) {
    summers.emplace_back(view.by, view.range, books.names(), zone, &windows);
  } else {
    summers.emplace_back(std::vector{Dimension::kModel}, until_today(today), books.names(), zone);
    summers.emplace_back(std::vector{Dimension::kDay}, until_today(today - kOverviewDays + 1), books.names(),
                         zone);
    summers.emplace_back(std::vector<Dimension>{}, until_today(ledger::month_of(today)), books.names(), zone);
    summers.emplace_back(std::vector<Dimension>{}, ledger::Range{}, books.names(), zone);
  }
  const bool needs_exact_times = windows.has_reported() && std::find(view.by.begin(), view.by.end(),
                                                                     Dimension::kWindow) != view.by.end();
  if (const auto done = books.sum_up(summers, zone, needs_exact_times); !done) return done.error();
  if (overview != nullptr)
    *overview = {summers[0].groups(), summers[1].groups(), summers[2].groups(), summers[3].groups()};
  groups = summers.back().groups();
  return {};
}

}  // namespace

Result<CostReport> cost_report(Books& books, const CostOptions& options, const CostView& view,
                               const ledger::Zone& zone, const CostPaths& paths, const Budgets& budgets) {
  // Without dimensions the overview shows today, and programs get the range that they asked for.
  const bool is_overview =
      options.by.empty() && !options.json && !options.csv && !view.range.begin && !view.range.end;
  CostReport report;
  Overview overview;
  const bool is_by_window =
      std::find(view.by.begin(), view.by.end(), ledger::Dimension::kWindow) != view.by.end();
  Limits limits;
  if (is_overview || options.json || is_by_window) {
    auto read = read_limits(books, paths);
    if (!read) return read.error();
    limits = std::move(read).value();
  }
  if (const auto done =
          sum_up(books, view, zone, limits.windows, report.groups, is_overview ? &overview : nullptr);
      !done)
    return done.error();
  const auto uses = budget_uses(books, budgets, zone, view.today);
  if (!uses) return uses.error();
  const std::int64_t now = unix_seconds();
  const auto current = current_limits(limits.reported.limits, limits.windows, books.names(), now);
  if (options.json) {
    report.text = cost_json(report.groups, view, books, *uses, current, limits.reported.costs);
  } else if (options.csv) {
    report.text = cost_csv(report.groups, view);
  } else if (is_overview) {
    report.text = cost_overview(overview, view, books, output_canvas(), output_is_terminal()) +
                  budget_text(*uses) + limits_text(current, now, output_canvas()) +
                  agent_costs_text(limits.reported.costs);
  } else {
    report.text = cost_table(report.groups, view, books, output_canvas(), output_is_terminal());
  }
  return report;
}

}  // namespace atm::cli
