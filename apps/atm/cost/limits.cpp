// SPDX-License-Identifier: MIT
#include "cost/limits.hpp"

#include <algorithm>
#include <atm/client.hpp>
#include <atm/domain/exhaustion.hpp>
#include <atm/protocol/session.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "command.hpp"
#include "cost/sum_text.hpp"
#include "ledger/store.hpp"
#include "lookup.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

constexpr std::chrono::milliseconds kDaemonTime{500};
constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kFiveHours = 5 * 3'600;

std::string span_text(std::int64_t seconds) {
  const auto minutes = seconds / 60;
  if (minutes >= 24 * 60)
    return std::to_string(minutes / (24 * 60)) + "d " + std::to_string(minutes / 60 % 24) + "h";
  return std::to_string(minutes / 60) + "h " + std::to_string(minutes % 60) + "m";
}

std::string percent_text(double percent) {
  return std::to_string(static_cast<int>(std::clamp(percent, 0.0, 999.0))) + "%";
}

}  // namespace

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Reported reported_by(const std::vector<protocol::Session>& sessions, const CostPaths& paths) {
  std::set<std::string, std::less<>> read{"claude_code"};
  for (const ledger::UsageSource& source : paths.sources) read.insert(source.program);
  Reported reported;
  for (const protocol::Session& session : sessions) {
    const SessionDomain& domain = session.domain;
    const auto seen =
        std::chrono::floor<std::chrono::seconds>(domain.last_activity.time_since_epoch()).count();
    for (const LimitWindow& window : kLimitWindows) {
      const std::string fact = "agent.limits." + std::string(window.name);
      const auto* const used = domain.facts.get<double>(fact + ".used_percentage");
      const auto* const resets = domain.facts.get<std::int64_t>(fact + ".resets_at");
      if (used != nullptr && resets != nullptr)
        reported.limits.push_back({domain.agent, std::string(window.name), *resets, *used, seen});
    }
    if (domain.cost_source == "agent" && domain.cost > Money() && read.count(domain.agent) == 0)
      reported.costs.push_back({domain.agent, domain.id.str(), domain.cost.microdollars(), seen});
  }
  return reported;
}

Reported ask_reported(const CostPaths& paths) {
  ClientOptions how = client_options({}, protocol::ClientType::kCli);
  how.timeout = kDaemonTime;
  auto client = Client::connect(how);
  if (!client) return {};
  const auto reply = ask_sessions(*client);
  return reply ? reported_by(std::get<protocol::Sessions>(reply->value).sessions, paths) : Reported{};
}

void add_reported(const std::vector<ledger::Limit>& limits, Books& books, ledger::Windows& windows) {
  for (const ledger::Limit& limit : limits) {
    if (limit.window != "five_hour") continue;
    const std::int64_t end = std::min(limit.resets_at, INT64_MAX / kNanos);
    windows.add_reported(books.name(limit.program), (end - kFiveHours) * kNanos, end * kNanos);
  }
}

std::vector<CurrentLimit> current_limits(const std::vector<ledger::Limit>& limits,
                                         const ledger::Windows& windows, const ledger::Names& names,
                                         std::int64_t now) {
  std::vector<CurrentLimit> current;
  for (const ledger::Limit& limit : limits) {
    const auto* const window =
        std::find_if(std::begin(kLimitWindows), std::end(kLimitWindows),
                     [&limit](const LimitWindow& known) { return known.name == limit.window; });
    if (window == std::end(kLimitWindows)) continue;
    const std::int64_t begin = limit.resets_at - window->length;
    if (now >= limit.resets_at || now < begin) continue;
    CurrentLimit one{limit.program, limit.window,          begin,        limit.resets_at,
                     false,         limit.used_percentage, limit.seen_at};
    if (const auto full = exhaustion(limit.used_percentage, limit.resets_at, window->length, limit.seen_at)) {
      one.full_at = full->at;
      one.full_error = full->error;
    }
    // A vendor may report an end that moves by seconds: the latest report is the valid one.
    if (!current.empty() && current.back().agent == one.agent && current.back().window == one.window) {
      if (current.back().seen_at <= one.seen_at) current.back() = std::move(one);
    } else {
      current.push_back(std::move(one));
    }
  }
  for (const auto& [program, start] : windows.estimated_at(now * kNanos)) {
    const std::int64_t begin = start / kNanos;
    current.push_back({std::string(names.text(program)), "five_hour", begin, begin + kFiveHours});
  }
  std::stable_sort(current.begin(), current.end(),
                   [](const CurrentLimit& a, const CurrentLimit& b) { return a.agent < b.agent; });
  return current;
}

std::string limits_text(const std::vector<CurrentLimit>& limits, std::int64_t now, const Canvas& canvas) {
  if (limits.empty()) return {};
  Table table(
      {{"AGENT"}, {"LIMIT"}, {"USED", Align::kRight}, {"RESETS IN", Align::kRight}, {"FULL IN"}, {"SOURCE"}});
  for (const CurrentLimit& limit : limits) {
    std::string full = "-";
    if (limit.full_at)
      full = (*limit.full_at > now ? span_text(*limit.full_at - now) : "now") + " (+-" +
             span_text(limit.full_error.value_or(0)) + ")";
    table.add_row(
        {{terminal_safe(limit.agent)},
         {terminal_safe(limit.window)},
         {limit.used_percentage ? percent_text(*limit.used_percentage) : "-"},
         {span_text(limit.resets_at - now)},
         {full},
         {limit.seen_at ? "vendor, " + span_text(std::max<std::int64_t>(now - *limit.seen_at, 0)) + " ago"
                        : "estimated"}});
  }
  return "\n" + table.render(canvas);
}

std::string agent_costs_text(const std::vector<ledger::AgentCost>& costs) {
  std::map<std::string, std::pair<std::uint64_t, std::int64_t>> agents;  // sessions, microdollars
  for (const ledger::AgentCost& cost : costs) {
    auto& [sessions, micros] = agents[cost.program];
    ++sessions;
    micros += cost.micros;
  }
  std::string text;
  for (const auto& [agent, sums] : agents)
    text += terminal_safe(agent) + ": " + Money::from_microdollars(sums.second).format() +
            " by its own figures, " + counted(sums.first, "session") + ", in no total\n";
  return text.empty() ? text : "\n" + text;
}

std::vector<ledger::Limit> limits_of(std::optional<double> five_hour_percent,
                                     std::optional<std::uint64_t> five_hour_resets_at,
                                     std::optional<double> seven_day_percent,
                                     std::optional<std::uint64_t> seven_day_resets_at) {
  const std::int64_t now = unix_seconds();
  std::vector<ledger::Limit> limits;
  if (five_hour_percent && five_hour_resets_at)
    limits.push_back({"claude_code", "five_hour", static_cast<std::int64_t>(*five_hour_resets_at),
                      *five_hour_percent, now});
  if (seven_day_percent && seven_day_resets_at)
    limits.push_back({"claude_code", "seven_day", static_cast<std::int64_t>(*seven_day_resets_at),
                      *seven_day_percent, now});
  return limits;
}

void keep_limits(const std::string& path, const std::vector<ledger::Limit>& limits) {
  std::error_code failed;
  if (limits.empty() || !std::filesystem::exists(path, failed)) return;
  // The status line has no place for an error; atm cost reports that of the database.
  if (auto store = ledger::Store::open(path)) static_cast<void>(store->add_limits(limits));
}

}  // namespace atm::cli
