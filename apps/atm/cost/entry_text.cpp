// SPDX-License-Identifier: MIT
// The responses of a session, and what is known about one.
#include <atm/domain/timestamp.hpp>

#include "cost/cost_text.hpp"
#include "cost/sum_text.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using ledger::Entry;
using ledger::Line;
using ledger::Names;
using ledger::Pico;
using ledger::Sum;
using ledger::Unpriced;

std::string time_text(ledger::Time time) {
  return time == ledger::kUndated ? "undated" : to_rfc3339(Timestamp(std::chrono::nanoseconds(time)));
}

std::string place_text(const Names& names, const ledger::Place& place) {
  return terminal_safe(names.text(place.file)) + ", offset " + std::to_string(place.offset) + ", " +
         std::to_string(place.length) + " bytes";
}

}  // namespace

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
  text += "\n" + sum_notes(sum);
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
         counted(total.responses, "response") + "\n\n" + table.render(canvas) + sum_notes(total);
}

}  // namespace atm::cli
