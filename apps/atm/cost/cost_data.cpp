// SPDX-License-Identifier: MIT
// The output for programs: JSON and CSV.
#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <optional>
#include <utility>

#include "cost/cost_text.hpp"
#include "cost/sum_text.hpp"

namespace atm::cli {

namespace {

using ledger::Dimension;
using ledger::Groups;
using ledger::Sum;

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
  json::member(writer, "usd", ledger::exact_dollars(sum.amount));
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
  if (sum.agent_priced == 0) return;
  json::key(writer, "agent_priced_responses");
  writer.Uint64(sum.agent_priced);
  json::member(writer, "agent_usd", ledger::exact_dollars(sum.agent_amount));
}

void put_limit(json::Writer& writer, const CurrentLimit& limit) {
  writer.StartObject();
  json::member(writer, "agent", limit.agent);
  json::member(writer, "window", limit.window);
  json::member(writer, "source", limit.is_estimated ? "estimated" : "vendor");
  const std::array<std::pair<std::string_view, std::optional<std::int64_t>>, 5> times{
      {{"begins_at", limit.begins_at},
       {"resets_at", limit.resets_at},
       {"seen_at", limit.seen_at},
       {"full_at", limit.full_at},
       {"full_error_s", limit.full_error}}};
  for (const auto& [name, time] : times) {
    if (!time) continue;
    json::key(writer, name);
    writer.Int64(*time);
  }
  if (limit.used_percentage) {
    json::key(writer, "used_percentage");
    writer.Double(*limit.used_percentage);
  }
  writer.EndObject();
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

}  // namespace

std::string cost_json(const Groups& groups, const CostView& view, const Books& books,
                      const std::vector<BudgetUse>& budgets, const std::vector<CurrentLimit>& limits,
                      const std::vector<ledger::AgentCost>& agent_costs) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::member(writer, "schema", "atm.cost/1");
  json::member(writer, "price", "list");
  json::member(writer, "zone", view.zone);
  if (!view.since.empty()) json::member(writer, "since", view.since);
  if (!view.until.empty()) json::member(writer, "until", view.until);
  json::member(writer, "prices_as_of", ledger::day_text(books.prices().as_of()));
  json::key(writer, "by");
  writer.StartArray();
  for (const Dimension dimension : view.by) json::string(writer, member_name(dimension));
  writer.EndArray();
  json::key(writer, "groups");
  writer.StartArray();
  for (const auto& [key, sum] : groups) {
    writer.StartObject();
    for (std::size_t i = 0; i < view.by.size(); ++i) json::member(writer, member_name(view.by[i]), key[i]);
    put_sum(writer, sum);
    writer.EndObject();
  }
  writer.EndArray();
  json::key(writer, "total");
  writer.StartObject();
  put_sum(writer, total_of(groups));
  writer.EndObject();
  if (!budgets.empty()) {
    json::key(writer, "budgets");
    writer.StartArray();
    for (const BudgetUse& use : budgets) {
      writer.StartObject();
      json::member(writer, "budget", use.budget);
      json::member(writer, "name", use.name);
      json::member(writer, "usd", ledger::exact_dollars(use.spent.amount));
      json::key(writer, "unpriced_responses");
      writer.Uint64(use.spent.unpriced_responses);
      json::member(writer, "limit_usd", ledger::exact_dollars(use.limit));
      json::key(writer, "used_percentage");
      writer.Uint(use.percent());
      writer.EndObject();
    }
    writer.EndArray();
  }
  if (!limits.empty()) {
    json::key(writer, "limits");
    writer.StartArray();
    for (const CurrentLimit& limit : limits) put_limit(writer, limit);
    writer.EndArray();
  }
  if (!agent_costs.empty()) {
    json::key(writer, "agent_figures");
    writer.StartArray();
    for (const ledger::AgentCost& cost : agent_costs) {
      writer.StartObject();
      json::member(writer, "agent", cost.program);
      json::member(writer, "session", cost.session);
      json::member(writer, "agent_usd",
                   ledger::exact_dollars(static_cast<ledger::Pico>(cost.micros) * 1'000'000));
      writer.EndObject();
    }
    writer.EndArray();
  }
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

}  // namespace atm::cli
