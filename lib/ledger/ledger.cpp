// SPDX-License-Identifier: MIT
#include "ledger/ledger.hpp"

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <map>
#include <tuple>
#include <utility>

namespace atm::ledger {

namespace {

constexpr Time kNanosPerDay = 86'400'000'000'000;

std::optional<Day> utc_day(Time time) {
  if (time == kUndated) return std::nullopt;
  return static_cast<Day>(time / kNanosPerDay - (time % kNanosPerDay < 0 ? 1 : 0));
}

std::string decimal(Factor factor) {
  // The denominator divides 10^4, so four places are exact.
  const std::uint64_t value = factor.numerator * (10'000 / factor.denominator);
  std::string text = std::to_string(value / 10'000) + "." + std::to_string(10'000 + value % 10'000).substr(1);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::uint64_t sum_of_counts(const Usage& usage) {
  return usage.total_tokens() + usage.web_searches;
}

// The same conditions, model and row give the same quote text, so that few texts are built.
class Pricer final {
 public:
  Pricer(const PriceTable& table, Names& names) : table_(table), names_(names) {}

  void price(Entry& entry) {
    const auto day = utc_day(entry.time);
    for (Line& line : entry.lines) {
      line.quote = 0;
      line.amount = 0;
      const Found& found = find(line.model, day);
      if (found.row == nullptr) {
        line.unpriced = line.model == 0 ? Unpriced::kNoModel : Unpriced::kUnknownModel;
        continue;
      }
      const Quote quote = quote_row(*found.row, found.is_regional, line.usage, entry.conditions);
      line.unpriced = quote.unpriced;
      if (quote.unpriced != Unpriced::kNo) continue;
      line.amount = quote.amount;
      Name& text = texts_[{found.row, found.is_regional, entry.conditions, quote.card.front()}];
      if (text == 0) text = names_.add(quote_text(quote));
      line.quote = text;
    }
    entry.is_priced = true;
  }

 private:
  struct Found {
    const PriceRow* row = nullptr;
    bool is_regional = false;
  };

  const Found& find(Name model, std::optional<Day> day) {
    const auto [at, is_new] = found_.try_emplace({model, day});
    if (is_new) {
      const PlainModel plain = plain_model(names_.text(model));
      at->second = {table_.find(plain.name, day), plain.is_regional};
    }
    return at->second;
  }

  const PriceTable& table_;
  Names& names_;
  std::map<std::pair<Name, std::optional<Day>>, Found> found_;
  std::map<std::tuple<const PriceRow*, bool, Conditions, char>, Name> texts_;
};

std::string optional_digits(const std::optional<Pico>& value) {
  return value ? digits(*value) : "-";
}

}  // namespace

Name Ledger::name(std::string_view text, std::size_t field) {
  if (text.empty()) return 0;
  Name& last = last_names_[field];
  // Names reach JSON and terminals, which need UTF-8.
  if (names_.text(last) != text) last = utf8_valid(text) ? names_.add(text) : names_.add(utf8_sanitize(text));
  return last;
}

void Ledger::add(const Record& record, const Place& place) {
  Entry& entry = added_;
  entry.time = record.time;
  entry.owner = name(record.owner_session, 0);
  entry.session = name(record.session, 1);
  entry.origin = {name(record.program, 2),
                  name(record.project, 3),
                  name(record.worktree, 4),
                  name(record.branch, 5),
                  name(record.subagent, 6),
                  name(record.subagent_type, 7),
                  !record.owner_session.empty() && record.owner_session != record.session,
                  record.is_sidechain};
  const Name model = name(record.model, 8);
  entry.lines.clear();
  entry.lines.push_back({model, record.usage});
  for (const Extra& extra : record.extras)
    entry.lines.push_back({extra.model.empty() ? model : name(extra.model, 8), extra.usage});
  entry.conditions = record.conditions;
  entry.marks = record.marks;
  entry.agent_amount = record.agent_amount;
  entry.tool_server = name(record.tool_server, 9);
  entry.tool_block = record.block;
  entry.places.assign(1, place);
  if (!record.key.empty()) {
    merge(record.key, entry);
  } else {
    merge("at:" + std::string(text(place.file)) + ":" + std::to_string(place.offset), entry);
  }
}

void Ledger::merge(std::string_view key, const Entry& entry) {
  if (const auto at = entries_.find(key); at != entries_.end()) {
    merge_into(at->second, entry);
  } else {
    entries_.emplace(key, entry);
  }
}

void Ledger::merge_into_stored(std::string_view key, const Entry& stored) {
  Entry& entry = entries_.find(key)->second;
  Entry merged = stored;
  merge_into(merged, entry);
  entry = std::move(merged);
}

int Ledger::compare(const Origin& a, const Origin& b) const {
  if (a == b) return 0;
  if (a.is_copy != b.is_copy) return a.is_copy ? 1 : -1;
  if (a.is_sidechain != b.is_sidechain) return a.is_sidechain ? 1 : -1;
  for (Name Origin::*const part : {&Origin::program, &Origin::project, &Origin::worktree, &Origin::branch,
                                   &Origin::subagent, &Origin::subagent_type}) {
    if (const int order = text(a.*part).compare(text(b.*part)); order != 0) return order;
  }
  return 0;
}

bool Ledger::is_better(const Entry& a, const Entry& b) const {
  const Line& left = a.lines.front();
  const Line& right = b.lines.front();
  const std::uint32_t outputs[2] = {left.usage[TokenKind::kOutput], right.usage[TokenKind::kOutput]};
  if (outputs[0] != outputs[1]) return outputs[0] > outputs[1];
  const std::uint64_t sums[2] = {sum_of_counts(left.usage), sum_of_counts(right.usage)};
  if (sums[0] != sums[1]) return sums[0] > sums[1];
  if (a.lines.size() != b.lines.size()) return a.lines.size() > b.lines.size();
  // The rest only makes the order total, so that the result does not depend on the order of reading.
  if (a.conditions != b.conditions) return a.conditions > b.conditions;
  if (a.marks != b.marks) return a.marks > b.marks;
  if (a.agent_amount != b.agent_amount) return a.agent_amount > b.agent_amount;
  for (std::size_t i = 0; i < a.lines.size(); ++i) {
    if (a.lines[i].usage != b.lines[i].usage) return a.lines[i].usage > b.lines[i].usage;
    if (a.lines[i].model != b.lines[i].model) return text(a.lines[i].model) < text(b.lines[i].model);
  }
  return false;
}

void Ledger::merge_into(Entry& to, const Entry& from) {
  // `is_better` reads both entries, so it comes before any change.
  if (is_better(from, to)) {
    to.lines = from.lines;
    to.conditions = from.conditions;
    to.marks = from.marks;
    to.agent_amount = from.agent_amount;
    to.is_priced = from.is_priced && from.time == to.time;
  }
  if (from.time < to.time) {
    to.time = from.time;
    to.session = from.session;
    to.is_owner_uncertain = from.is_owner_uncertain;
    to.origin = from.origin;
    to.is_priced = false;
  } else if (from.time == to.time) {
    to.is_owner_uncertain = to.is_owner_uncertain || from.is_owner_uncertain || from.session != to.session;
    if (text(from.session) < text(to.session)) to.session = from.session;
    if (compare(from.origin, to.origin) < 0) to.origin = from.origin;
  }
  if (from.owner != 0 && (to.owner == 0 || text(from.owner) < text(to.owner))) to.owner = from.owner;
  if (from.tool_server != 0 &&
      (to.tool_server == 0 || from.tool_block < to.tool_block ||
       (from.tool_block == to.tool_block && text(from.tool_server) < text(to.tool_server)))) {
    to.tool_server = from.tool_server;
    to.tool_block = from.tool_block;
  }
  const auto before = [this](const Place& a, const Place& b) {
    if (a.file != b.file) return text(a.file) < text(b.file);
    return std::tie(a.offset, a.length) < std::tie(b.offset, b.length);
  };
  for (const Place& place : from.places) {
    const auto at = std::lower_bound(to.places.begin(), to.places.end(), place, before);
    if (at == to.places.end() || *at != place) to.places.insert(at, place);
  }
}

void Ledger::price(const PriceTable& table, bool again) {
  Pricer pricer(table, names_);
  for (auto& [key, entry] : entries_) {
    if (again || !entry.is_priced) pricer.price(entry);
  }
}

std::vector<const Ledger::Entries::value_type*> Ledger::sorted() const {
  std::vector<const Entries::value_type*> order;
  order.reserve(entries_.size());
  for (const auto& entry : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::tie(a->second.time, a->first) < std::tie(b->second.time, b->first);
  });
  return order;
}

std::string Ledger::dump() const {
  std::vector<std::string> lines;
  for (const auto& [key, entry] : entries_) {
    std::string line = key;
    const auto put = [&line](std::string_view value) { line.append("\t").append(value); };
    put(entry.time == kUndated ? "undated" : std::to_string(entry.time));
    for (const Name name :
         {entry.owner, entry.session, entry.origin.program, entry.origin.project, entry.origin.worktree,
          entry.origin.branch, entry.origin.subagent, entry.origin.subagent_type, entry.tool_server})
      put(text(name));
    for (const unsigned value :
         {unsigned{entry.is_owner_uncertain}, unsigned{entry.origin.is_copy},
          unsigned{entry.origin.is_sidechain}, unsigned{entry.conditions}, unsigned{entry.marks}})
      put(std::to_string(value));
    for (const Line& part : entry.lines) {
      put(text(part.model));
      for (const std::uint32_t count : part.usage.tokens) put(std::to_string(count));
      put(std::to_string(part.usage.web_searches));
      put(part.unpriced == Unpriced::kNo ? digits(part.amount) : std::string(unpriced_text(part.unpriced)));
      put(text(part.quote));
    }
    if (entry.agent_amount) put("agent " + digits(*entry.agent_amount));
    for (const Place& place : entry.places)
      put(std::string(text(place.file)) + ":" + std::to_string(place.offset) + "+" +
          std::to_string(place.length));
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string dump;
  for (const std::string& line : lines) dump.append(line).append("\n");
  return dump;
}

std::string quote_text(const Quote& quote) {
  const PriceRow& row = *quote.row;
  std::string text = row.id() + "\t" + std::string(quote.card) + "\t";
  for (std::size_t i = 0; i < quote.factors.size(); ++i)
    text.append(i == 0 ? "" : ", ")
        .append(quote.factors[i].first)
        .append(" x")
        .append(decimal(quote.factors[i].second));
  for (const auto& unit : quote.unit) text += "\t" + optional_digits(unit);
  text += "\t" + optional_digits(quote.web_search) + "\t" + row.certainty + "\t";
  if (row.is_user) return text + row.file;
  for (std::size_t i = 0; i < row.sources.size(); ++i) text.append(i == 0 ? "" : ", ").append(row.sources[i]);
  return text;
}

std::optional<QuoteParts> parse_quote(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t tab = 0; tab != text.npos; text.remove_prefix(tab == text.npos ? text.size() : tab + 1)) {
    tab = text.find('\t');
    parts.push_back(text.substr(0, tab));
  }
  if (parts.size() != 11) return std::nullopt;
  QuoteParts quote;
  quote.row = parts[0];
  quote.card = parts[1];
  quote.factors = parts[2];
  for (std::size_t kind = 0; kind < kTokenKinds; ++kind) quote.unit[kind] = parse_decimal(parts[3 + kind], 0);
  quote.web_search = parse_decimal(parts[8], 0);
  quote.certainty = parts[9];
  quote.sources = parts[10];
  return quote;
}

Pico amount_of(const QuoteParts& quote, const Usage& usage) {
  Pico amount = quote.web_search.value_or(0) * usage.web_searches;
  for (std::size_t kind = 0; kind < kTokenKinds; ++kind)
    amount += quote.unit[kind].value_or(0) * usage.tokens[kind];
  return amount;
}

}  // namespace atm::ledger
