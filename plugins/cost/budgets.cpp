// SPDX-License-Identifier: MIT
#include "budgets.hpp"

#include <charconv>
#include <ctime>
#include <functional>

namespace cost {

namespace {

using atm::Money;

constexpr std::size_t kMostSessions = 4'096;
constexpr std::int64_t kNanosOfSecond = 1'000'000'000;

Money budget_of(const atm::json::Value& table, std::string_view key) {
  const auto text = atm::json::get_string(table, key).value_or("");
  double usd = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), usd, std::chars_format::fixed);
  if (failed != std::errc() || end != text.data() + text.size() || !(usd > 0)) return {};
  return Money::from_usd(usd);
}

void set_share(const atm::FactSink& sink, std::string_view fact, std::int64_t spent, Money budget) {
  constexpr double kPercent = 100;
  static_cast<void>(
      sink.set(fact, static_cast<double>(spent) * kPercent / static_cast<double>(budget.microdollars())));
}

}  // namespace

Calendar local_calendar(std::int64_t time_ns) {
  const auto seconds = static_cast<std::time_t>(time_ns / kNanosOfSecond);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  constexpr std::int64_t kDaysPerYear = 366;
  constexpr std::int64_t kMonthsPerYear = 12;
  return {std::int64_t{local.tm_year} * kDaysPerYear + local.tm_yday,
          std::int64_t{local.tm_year} * kMonthsPerYear + local.tm_mon};
}

Budgets::Budgets(const atm::json::Value& config) {
  const atm::json::Value* const table = atm::json::get_object(config, "budget");
  if (table == nullptr) return;
  day_ = budget_of(*table, "day");
  project_ = budget_of(*table, "project");
  session_ = budget_of(*table, "session");
}

void Budgets::report(const atm::ObservationView& observation, const atm::SessionSnapshot& session, Money cost,
                     const atm::FactSink& sink) {
  const std::int64_t micros = cost.microdollars();
  if (session_ > Money()) set_share(sink, "cost.budget.session.used_percentage", micros, session_);
  if (day_ == Money() && project_ == Money()) return;

  // Private facts outlive a restart of the daemon.
  const Calendar now = local_calendar(observation.time_ns);
  const Calendar begun = local_calendar(session.started_at_ns);
  const auto last = session.attrs.integer("cost._last_micros");
  const auto spent_in = [&](const std::string& name, std::int64_t number, std::int64_t begun_in) {
    const auto known = session.attrs.integer("cost._" + name);
    auto base = session.attrs.integer("cost._" + name + "_base");
    // A session that began earlier spent an unknown part of its first figure in this period.
    if (!base || known != number) base = last ? *last : begun_in == number ? 0 : micros;
    // The figure begins again when the agent's process restarts.
    if (last && micros < *last) base = *base - *last;
    static_cast<void>(sink.set("cost._" + name, number));
    static_cast<void>(sink.set("cost._" + name + "_base", *base));
    return Period{number, micros - *base};
  };
  Spent spent{
      std::string(observation.attrs.text("project_dir").value_or(session.attrs.text("cwd").value_or(""))),
      spent_in("day", now.day, begun.day), spent_in("month", now.month, begun.month)};
  static_cast<void>(sink.set("cost._last_micros", micros));
  const std::string project = spent.project;
  std::erase_if(sessions_, [&now](const auto& known) { return known.second.month.number < now.month; });
  if (sessions_.size() < kMostSessions) sessions_.insert_or_assign(std::string(session.id), std::move(spent));

  std::int64_t of_day = 0;
  std::int64_t of_project = 0;
  for (const auto& [id, one] : sessions_) {
    if (one.day.number == now.day) of_day += one.day.spent;
    if (one.month.number == now.month && one.project == project) of_project += one.month.spent;
  }
  if (day_ > Money()) set_share(sink, "cost.budget.day.used_percentage", of_day, day_);
  if (project_ > Money()) set_share(sink, "cost.budget.project.used_percentage", of_project, project_);
}

}  // namespace cost
