// SPDX-License-Identifier: MIT
#include "ledger/summary.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <limits>

namespace atm::ledger {

namespace {

constexpr std::uint64_t kNoDay = std::uint64_t{1} << 40;
constexpr std::uint64_t kSideQuestion = std::uint64_t{1} << 63;

bool has_announced_price(const Names& names, Name quote) {
  return names.text(quote).find("\tannounced\t") != std::string_view::npos;
}

Sum sum_of(const Entry& entry, std::size_t index, bool is_announced) {
  const Line& line = entry.lines[index];
  Sum sum;
  if (index == 0) {
    sum.responses = 1;
    sum.low = (entry.marks & kLow) != 0 ? 1 : 0;
    sum.maybe_not_billed = (entry.marks & kMaybeNotBilled) != 0 ? 1 : 0;
    sum.agent_priced = entry.agent_amount ? 1 : 0;
    sum.agent_amount = entry.agent_amount.value_or(0);
    sum.priority = (entry.conditions & kPriority) != 0 ? 1 : 0;
  }
  for (std::size_t kind = 0; kind < kTokenKinds; ++kind) sum.tokens[kind] = line.usage.tokens[kind];
  sum.web_searches = line.usage.web_searches;
  sum.amount = line.amount;
  sum.announced = is_announced ? 1 : 0;
  if (line.unpriced != Unpriced::kNo) {
    sum.unpriced_responses = 1;
    sum.unpriced_tokens = line.usage.total_tokens();
  }
  return sum;
}

}  // namespace

Sum& Sum::operator-=(const Sum& other) {
  responses -= other.responses;
  for (std::size_t kind = 0; kind < kTokenKinds; ++kind) tokens[kind] -= other.tokens[kind];
  web_searches -= other.web_searches;
  amount -= other.amount;
  unpriced_responses -= other.unpriced_responses;
  unpriced_tokens -= other.unpriced_tokens;
  low -= other.low;
  maybe_not_billed -= other.maybe_not_billed;
  priority -= other.priority;
  announced -= other.announced;
  agent_priced -= other.agent_priced;
  agent_amount -= other.agent_amount;
  return *this;
}

Facets facets_of(const Entry& entry, std::size_t line) {
  Facets facets{entry.time, entry.owner_session(), entry.origin, entry.lines[line].model, entry.tool_server};
  facets.origin.is_copy = false;
  return facets;
}

Sum LineSums::operator()(const Entry& entry, std::size_t line) {
  const Name quote = entry.lines[line].quote;
  if (quote >= announced_.size()) announced_.resize(names_.size());
  char& known = announced_[quote];
  if (known == 0) known = has_announced_price(names_, quote) ? 2 : 1;
  return sum_of(entry, line, known == 2);
}

Sum& Sum::operator+=(const Sum& other) {
  responses += other.responses;
  for (std::size_t kind = 0; kind < kTokenKinds; ++kind) tokens[kind] += other.tokens[kind];
  web_searches += other.web_searches;
  amount += other.amount;
  unpriced_responses += other.unpriced_responses;
  unpriced_tokens += other.unpriced_tokens;
  low += other.low;
  maybe_not_billed += other.maybe_not_billed;
  priority += other.priority;
  announced += other.announced;
  agent_priced += other.agent_priced;
  agent_amount += other.agent_amount;
  return *this;
}

namespace {

constexpr Time kMinute = 60'000'000'000;
constexpr Time kHour = 60 * kMinute;
constexpr std::uint64_t kWindow = 5 * kHour;

// Unsigned, because the difference of two times may not fit.
std::uint64_t time_between(Time start, Time end) {
  return static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(start);
}

// In local time, which is that of the zone.
std::string window_text(Time start, bool is_estimated) {
  const auto seconds = static_cast<std::time_t>(start / 1'000'000'000);
  std::tm local{};
  std::array<char, 32> text{};
  if (localtime_r(&seconds, &local) == nullptr) return "(undated)";
  return std::string(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local)) +
         (is_estimated ? " (estimated)" : " (vendor)");
}

}  // namespace

void Windows::add_reported(Name program, Time start, Time end) {
  if (start < end) reported_[program][start] = end;
}

std::optional<Time> Windows::reported_at(Name program, Time time) const {
  const auto windows = reported_.find(program);
  if (windows == reported_.end()) return std::nullopt;
  const auto next = windows->second.upper_bound(time);
  if (next == windows->second.begin()) return std::nullopt;
  const auto& [start, end] = *std::prev(next);
  return time < end ? std::optional(start) : std::nullopt;
}

void Windows::add(Name program, Time time) {
  if (time != kUndated && !reported_at(program, time)) times_[program].push_back(time);
}

void Windows::finish() {
  for (auto& [program, times] : times_) {
    std::sort(times.begin(), times.end());
    std::vector<Time> starts;
    for (const Time time : times) {
      if (!starts.empty() && time_between(starts.back(), time) < kWindow) continue;
      const Time into_hour = (time % kHour + kHour) % kHour;
      starts.push_back(time < std::numeric_limits<Time>::min() + into_hour ? time : time - into_hour);
    }
    times = std::move(starts);
  }
}

Windows::Window Windows::at(Name program, Time time) const {
  if (const auto start = reported_at(program, time)) return {*start, false};
  const std::vector<Time>& starts = times_.at(program);
  return {*std::prev(std::upper_bound(starts.begin(), starts.end(), time)), true};
}

std::map<Name, Time> Windows::estimated_at(Time now) const {
  std::map<Name, Time> current;
  for (const auto& [program, starts] : times_) {
    if (reported_at(program, now)) continue;
    const auto next = std::upper_bound(starts.begin(), starts.end(), now);
    if (next != starts.begin() && time_between(*std::prev(next), now) < kWindow)
      current[program] = *std::prev(next);
  }
  return current;
}

std::optional<Dimension> dimension(std::string_view name) noexcept {
  const auto at = std::find(kDimensionNames.begin(), kDimensionNames.end(), name);
  if (at == kDimensionNames.end()) return std::nullopt;
  return static_cast<Dimension>(at - kDimensionNames.begin());
}

std::uint64_t Summer::value_of(const Facets& facets, Dimension dimension) const {
  switch (dimension) {
    case Dimension::kDay:
    case Dimension::kWeek:
    case Dimension::kMonth: {
      if (facets.time == kUndated) return kNoDay;
      const Day day = zone_.day(facets.time);
      const Day first = dimension == Dimension::kDay    ? day
                        : dimension == Dimension::kWeek ? week_of(day)
                                                        : month_of(day);
      return static_cast<std::uint32_t>(first);
    }
    case Dimension::kSession:
      return facets.session;
    case Dimension::kProject:
      return facets.origin.project;
    case Dimension::kWorktree:
      return facets.origin.worktree;
    case Dimension::kBranch:
      return facets.origin.branch;
    case Dimension::kModel:
      return facets.model;
    case Dimension::kAgent:
      return facets.origin.program;
    case Dimension::kSubagent:
      if (facets.origin.subagent == 0) return facets.origin.is_sidechain ? kSideQuestion : 0;
      return (std::uint64_t{facets.origin.subagent_type} << 32) | facets.origin.subagent;
    case Dimension::kToolServer:
      return facets.tool_server;
    case Dimension::kWindow:
      if (facets.time == kUndated || windows_ == nullptr) return kNoDay;
      {
        const Windows::Window window = windows_->at(facets.origin.program, facets.time);
        return static_cast<std::uint64_t>(window.start / kMinute) << 1U | std::uint64_t{window.is_estimated};
      }
  }
  return 0;
}

std::string Summer::text_of(std::uint64_t value, Dimension dimension) const {
  const auto named = [&](std::string_view without) {
    return std::string(value == 0 ? without : names_.text(static_cast<Name>(value)));
  };
  const auto day = static_cast<Day>(static_cast<std::uint32_t>(value));
  switch (dimension) {
    case Dimension::kDay:
    case Dimension::kWeek:
      return value == kNoDay ? "(undated)" : day_text(day);
    case Dimension::kMonth:
      return value == kNoDay ? "(undated)" : day_text(day).substr(0, 7);
    case Dimension::kWorktree:
    case Dimension::kToolServer:
      return named("(none)");
    case Dimension::kSubagent: {
      if (value == kSideQuestion) return "(side question)";
      if (value == 0) return "(main)";
      const std::string_view type = names_.text(static_cast<Name>(value >> 32));
      const std::string_view id = names_.text(static_cast<Name>(value & 0xFFFFFFFFU));
      return type.empty() ? std::string(id) : std::string(type) + " " + std::string(id);
    }
    case Dimension::kWindow: {
      if (value == kNoDay) return "(undated)";
      return window_text((static_cast<Time>(value) >> 1) * kMinute, (value & 1U) != 0);
    }
    default:
      return named("(unknown)");
  }
}

void Summer::add(const Facets& facets, const Sum& sum) {
  if (!range_.contains(facets.time)) return;
  Key key{};
  for (std::size_t d = 0; d < by_.size(); ++d) key[d] = value_of(facets, by_[d]);
  sums_[key] += sum;
}

void Summer::add(const Entry& entry) {
  if (!range_.contains(entry.time)) return;
  for (std::size_t i = 0; i < entry.lines.size(); ++i) add(facets_of(entry, i), line_sums_(entry, i));
}

Groups Summer::groups() const {
  Groups groups;
  for (const auto& [key, sum] : sums_) {
    std::vector<std::string> texts;
    for (std::size_t d = 0; d < by_.size(); ++d) texts.push_back(text_of(key[d], by_[d]));
    // Different values can have the same text: a session may be called "(unknown)".
    groups[std::move(texts)] += sum;
  }
  return groups;
}

Sum sum_of(const Names& names, const Entry& entry, std::size_t line) {
  return sum_of(entry, line, has_announced_price(names, entry.lines[line].quote));
}

Groups sums(const Ledger& ledger, const std::vector<Dimension>& by, const Range& range, const Zone& zone) {
  Summer summer(by, range, ledger.names(), zone);
  for (const auto& [key, entry] : ledger.entries()) summer.add(entry);
  return summer.groups();
}

}  // namespace atm::ledger
