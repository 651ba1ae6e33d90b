// SPDX-License-Identifier: MIT
#include "cost/audit.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "cost/cost_text.hpp"
#include "cost/sum_text.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using ledger::Day;
using ledger::Entry;
using ledger::Line;
using ledger::Sum;
using ledger::Unpriced;

}  // namespace

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
  item(repriced.entries, counted(repriced.entries, "response") + " at other prices than the current ones: " +
                             ledger::shown_dollars(repriced.before) + " would become " +
                             ledger::shown_dollars(repriced.after) + "; see atm cost reprice");
  title = "not counted\n";
  constexpr std::array<std::string_view, ledger::kLineResults> kReasons{
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

}  // namespace atm::cli
