// SPDX-License-Identifier: MIT
#include "spent_gap.hpp"

#include <array>
#include <atm/json.hpp>
#include <cstdio>

namespace atm::cli {

namespace {

// Dollars with six places, as text: a JSON number may be inexact.
std::string exact_usd(Money amount) {
  const bool is_negative = amount < Money();
  const auto bits = static_cast<std::uint64_t>(amount.microdollars());
  const std::uint64_t micros = is_negative ? 0 - bits : bits;
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s%llu.%06llu", is_negative ? "-" : "",
                                 static_cast<unsigned long long>(micros / 1'000'000),
                                 static_cast<unsigned long long>(micros % 1'000'000));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::optional<SpentGap> spent_gap(const SessionDomain& session, const Spent& spent) {
  if (session.cost_source.empty() && session.cost == Money()) return std::nullopt;
  const Money ours = Money::from_microdollars(static_cast<std::int64_t>(spent.micros));
  SpentGap gap;
  gap.agent = session.cost;
  gap.is_more = session.cost > ours;
  gap.amount = gap.is_more ? session.cost - ours : ours - session.cost;
  if (gap.amount == Money()) return gap;
  if (!gap.is_more) {
    gap.parts.push_back({"process_restarts", "the agent's figure begins again when its process restarts"});
    return gap;
  }
  if (!spent.compactions) {
    gap.parts.push_back({"compactions", "compactions"});
  } else if (*spent.compactions > 0) {
    gap.parts.push_back(
        {"compactions",
         std::to_string(*spent.compactions) + (*spent.compactions == 1 ? " compaction" : " compactions"),
         spent.compactions});
  }
  gap.parts.push_back({"session_titles", "session titles"});
  gap.parts.push_back({"interrupted_responses", "interrupted responses"});
  return gap;
}

std::string with_ledger(const std::string& json, const SessionDomain& session, const Spent& spent) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::member(writer, "list_usd", spent.usd);
  json::key(writer, "responses");
  writer.Uint64(spent.responses);
  json::key(writer, "unpriced_responses");
  writer.Uint64(spent.unpriced_responses);
  if (const auto gap = spent_gap(session, spent)) {
    json::member(writer, "agent_usd", exact_usd(gap->agent));
    json::member(writer, "gap_usd", exact_usd(gap->is_more ? gap->amount : Money() - gap->amount));
    json::key(writer, "gap_parts");
    writer.StartArray();
    for (const GapPart& part : gap->parts) {
      writer.StartObject();
      json::member(writer, "part", part.name);
      if (part.count) {
        json::key(writer, "count");
        writer.Uint64(*part.count);
      }
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.EndObject();
  const std::size_t end = json.rfind('}');
  return json.substr(0, end) + ",\"ledger\":" + std::string(json::text_of(buffer)) + json.substr(end);
}

}  // namespace atm::cli
