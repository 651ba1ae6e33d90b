// SPDX-License-Identifier: MIT
#include "ledger/prices.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "ledger/built_in_prices.hpp"

namespace atm::ledger {

namespace {

constexpr std::string_view kSchema = "atm.prices/1";
constexpr std::uintmax_t kMaxFile = 4U << 20;
constexpr Pico kMaxPrice = 1'000'000'000'000;
constexpr unsigned kPlaces = 6;  // USD per million tokens to pico-dollars per token

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Texts of rows become parts of lines that tabs separate.
std::string one_line(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return clean;
}

// Reads one table; the first problem ends it.
class TableReader final {
 public:
  TableReader(std::string_view file, bool is_user) : file_(file), is_user_(is_user) {}

  struct Output {
    std::vector<PriceRow> rows;
    std::map<std::string, std::string, std::less<>> sources;
    Day as_of = 0;
  };

  Result<Output> read(std::string_view text) {
    json::Reader reader;
    const json::Value* const root = reader.parse(text);
    if (root == nullptr) return Error::parse_error(file_, reader.error());
    if (!read_root(*root)) return Error{ErrorCode::kInvalidField, problem_};
    return std::move(out_);
  }

 private:
  bool fail(std::string_view what) {
    problem_ = std::string(file_) + ": " + (place_.empty() ? "" : place_ + ": ") + std::string(what);
    return false;
  }

  bool read_root(const json::Value& root) {
    if (json::get_string(root, "schema") != kSchema)
      return fail("member schema is missing or unknown, expected \"atm.prices/1\"");
    if (const auto day = json::get_string(root, "as_of")) {
      const auto parsed = parse_day(*day);
      if (!parsed) return fail("as_of is '" + std::string(*day) + "', expected a day such as 2026-11-28");
      out_.as_of = *parsed;
    }
    if (const json::Value* sources = json::get_object(root, "sources"); sources != nullptr) {
      for (const auto& member : sources->GetObject()) {
        if (!member.value.IsString()) return fail("a source is no text; write its address as text");
        out_.sources.emplace(json::text_of(member.name), json::text_of(member.value));
      }
    }
    const json::Value* const rows = json::get_array(root, "rows");
    if (rows == nullptr) return fail("member rows is missing, expected an array of price rows");
    const json::Value* const providers = json::get_object(root, "providers");
    std::size_t number = 0;
    for (const json::Value& row : rows->GetArray()) {
      place_ = "row " + std::to_string(++number);
      if (!read_row(row, providers)) return false;
    }
    return true;
  }

  bool read_row(const json::Value& value, const json::Value* providers) {
    PriceRow row;
    row.is_user = is_user_;
    if (is_user_) row.file = one_line(file_);
    const auto model = json::get_string(value, "model");
    if (!model || model->empty() || model->size() > 256) return fail("model is missing; name the model");
    row.model = one_line(*model);
    place_ += " (" + row.model + ")";
    const auto day = json::get_string(value, "from");
    const auto from = day ? parse_day(*day) : std::nullopt;
    if (!from) return fail("from is missing or no day; state the first UTC day, such as 2026-10-07");
    row.from = *from;
    row.provider = json::get_string(value, "provider").value_or(is_user_ ? "user" : "");
    row.certainty = one_line(json::get_string(value, "certainty").value_or(is_user_ ? "user" : ""));
    row.note = one_line(json::get_string(value, "note").value_or(""));
    if (const json::Value* sources = json::get_array(value, "sources"); sources != nullptr) {
      for (const json::Value& source : sources->GetArray()) {
        if (source.IsString()) row.sources.push_back(one_line(json::text_of(source)));
      }
    }
    const json::Value* const card = json::get_object(value, "usd_per_million");
    if (card == nullptr) return fail("usd_per_million is missing, expected an object of prices");
    if (!read_card(*card, row.card)) return false;
    if (const json::Value* fast = json::get_object(value, "fast"); fast != nullptr) {
      if (!read_card(*fast, row.fast.emplace())) return false;
    }
    return read_tiers(value, row) && read_factors(value, providers, row) && check_products(row) &&
           keep(std::move(row));
  }

  bool read_card(const json::Value& value, Card& card) {
    for (const auto& member : value.GetObject()) {
      const std::string_view name = json::text_of(member.name);
      if (member.value.IsNull()) continue;
      // `cache_write` is the price of vendors that have one lifetime.
      const auto kind = name == "cache_write"
                            ? std::find(kTokenNames.begin(), kTokenNames.end(), "cache_write_5m")
                            : std::find(kTokenNames.begin(), kTokenNames.end(), name);
      if (kind == kTokenNames.end())
        return fail("unknown price '" + std::string(name) +
                    "', expected input, output, cache_write_5m, "
                    "cache_write_1h, cache_write or cache_read");
      const auto price =
          member.value.IsString() ? parse_decimal(json::text_of(member.value), kPlaces) : std::nullopt;
      if (!price || *price > kMaxPrice)
        return fail("price " + std::string(name) +
                    " is no decimal text up to 1000000 with at most 6 places; write it as \"0.25\"");
      card[static_cast<std::size_t>(kind - kTokenNames.begin())] = *price;
    }
    return true;
  }

  bool read_tiers(const json::Value& value, PriceRow& row) {
    const json::Value* const tiers = json::get_array(value, "tiers");
    if (tiers == nullptr) return true;
    for (const json::Value& tier : tiers->GetArray()) {
      const auto above = json::get_int(tier, "above_prompt_tokens");
      const json::Value* const card = json::get_object(tier, "usd_per_million");
      if (!above || *above < 0 || card == nullptr)
        return fail("a tier needs above_prompt_tokens (a number of tokens) and usd_per_million");
      Tier& added = row.tiers.emplace_back();
      added.above = static_cast<std::uint64_t>(*above);
      if (!read_card(*card, added.card)) return false;
    }
    std::stable_sort(row.tiers.begin(), row.tiers.end(),
                     [](const Tier& a, const Tier& b) { return a.above < b.above; });
    return true;
  }

  bool read_factor(const json::Value& value, std::string_view name, std::optional<Factor>& factor) {
    const json::Value* const member = json::find(value, name);
    if (member == nullptr) return true;
    factor = member->IsString() ? parse_factor(json::text_of(*member)) : std::nullopt;
    return factor ||
           fail(std::string(name) + " is no decimal text above 0 and up to 100; write it as \"1.1\"");
  }

  bool read_factors(const json::Value& value, const json::Value* providers, PriceRow& row) {
    if (!read_factor(value, "us_factor", row.us_only) || !read_factor(value, "regional_factor", row.regional))
      return false;
    const json::Value* provider = providers == nullptr ? nullptr : json::get_object(*providers, row.provider);
    for (const json::Value* from : {provider, &value}) {
      if (from == nullptr) continue;
      if (!read_factor(*from, "batch_factor", row.batch)) return false;
      if (const json::Value* search = json::find(*from, "web_search_usd"); search != nullptr) {
        row.web_search = search->IsString() ? parse_decimal(json::text_of(*search), 12) : std::nullopt;
        if (!row.web_search) return fail("web_search_usd is no decimal text; write it as \"0.01\"");
      }
    }
    return true;
  }

  // COST-P4: every product of a price and the factors that may apply together is a whole number.
  bool check_products(const PriceRow& row) {
    std::vector<const Card*> cards{&row.card};
    if (row.fast) cards.push_back(&*row.fast);
    for (const Tier& tier : row.tiers) cards.push_back(&tier.card);
    for (const Card* card : cards) {
      for (const auto& price : *card) {
        for (unsigned chosen = 0; price && chosen < 8; ++chosen) {
          Factor all;
          if ((chosen & 1U) != 0 && row.us_only)
            all = {all.numerator * row.us_only->numerator, all.denominator * row.us_only->denominator};
          if ((chosen & 2U) != 0 && row.regional)
            all = {all.numerator * row.regional->numerator, all.denominator * row.regional->denominator};
          if ((chosen & 4U) != 0 && row.batch)
            all = {all.numerator * row.batch->numerator, all.denominator * row.batch->denominator};
          if (!times(*price, all))
            return fail(
                "a price times its factors is no whole pico-dollar per token; use fewer decimal places");
        }
      }
    }
    return true;
  }

  bool keep(PriceRow row) {
    out_.rows.push_back(std::move(row));
    return true;
  }

  std::string file_;
  bool is_user_;
  std::string place_;
  std::string problem_;
  Output out_;
};

}  // namespace

std::optional<Day> parse_day(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(at, count)) value = c < '0' || c > '9' ? -10'000 : value * 10 + (c - '0');
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

std::string day_text(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto two = [](unsigned value) { return std::string(value < 10 ? "0" : "") + std::to_string(value); };
  std::string year = std::to_string(static_cast<int>(date.year()));
  year.insert(0, 4 - std::min<std::size_t>(4, year.size()), '0');
  return year + "-" + two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

std::string PriceRow::id() const {
  return (is_user ? "user:" : "") + model + "@" + day_text(from);
}

std::string_view unpriced_text(Unpriced reason) noexcept {
  switch (reason) {
    case Unpriced::kNo:
      return "";
    case Unpriced::kUnknownModel:
      return "unknown model";
    case Unpriced::kNoFastPrice:
      return "no price for fast mode";
    case Unpriced::kNoPriceOfKind:
      return "no price for a kind of tokens";
    case Unpriced::kNoModel:
      return "no model";
  }
  return "";
}

PlainModel plain_model(std::string_view id) {
  PlainModel plain;
  const auto strip_suffix = [&id](std::size_t length) { id.remove_suffix(length); };
  if (id.size() >= 4 && id.ends_with(']') && id[id.size() - 4] == '[' && id[id.size() - 3] == '1' &&
      (id[id.size() - 2] | 0x20) == 'm')
    strip_suffix(4);
  if (id.starts_with("arn:")) {
    const std::size_t slash = id.rfind('/');
    if (slash != id.npos) id.remove_prefix(slash + 1);
  }
  bool dots = false;
  constexpr std::string_view kVendor = "anthropic.";
  if (id.starts_with(kVendor)) {
    id.remove_prefix(kVendor.size());
  } else if (id.starts_with("anthropic/")) {
    id.remove_prefix(kVendor.size());
    dots = true;
  } else if (const std::size_t point = id.find('.');
             point != id.npos && id.substr(point + 1).starts_with(kVendor)) {
    constexpr std::array<std::string_view, 6> kRegions{"us", "eu", "apac", "jp", "au", "us-gov"};
    const std::string_view region = id.substr(0, point);
    plain.is_regional = std::find(kRegions.begin(), kRegions.end(), region) != kRegions.end();
    if (plain.is_regional || region == "global") id.remove_prefix(point + 1 + kVendor.size());
  }
  std::string text(id);
  for (std::size_t i = 1; dots && i + 1 < text.size(); ++i) {
    if (text[i] == '.' && std::isdigit(static_cast<unsigned char>(text[i - 1])) != 0 &&
        std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0)
      text[i] = '-';
  }
  id = text;
  if (const std::size_t at = id.rfind('@'); at != id.npos) {
    const std::string_view version = id.substr(at + 1);
    if (version == "default" || version == "latest" || (version.size() == 8 && is_digits(version)))
      id = id.substr(0, at);
  }
  if (const std::size_t v = id.rfind("-v"); v != id.npos) {
    const std::string_view version = id.substr(v + 2);
    const std::size_t colon = version.find(':');
    if (is_digits(version.substr(0, colon)) &&
        (colon == version.npos || is_digits(version.substr(colon + 1))))
      id = id.substr(0, v);
  }
  if (id.size() > 9 && id[id.size() - 9] == '-' && id.substr(id.size() - 8, 2) == "20" &&
      is_digits(id.substr(id.size() - 8)))
    strip_suffix(9);
  plain.name = id;
  return plain;
}

Result<PriceTable> PriceTable::parse(std::string_view text, std::string_view file, bool is_user) {
  auto read = TableReader(file, is_user).read(text);
  if (!read) return read.error();
  PriceTable table;
  table.sources_ = std::move(read->sources);
  table.as_of_ = read->as_of;
  for (PriceRow& row : read->rows) {
    auto& rows = table.models_[row.model];
    const auto same =
        std::find_if(rows.begin(), rows.end(), [&](const PriceRow& other) { return other.from == row.from; });
    if (same != rows.end())
      return Error{ErrorCode::kInvalidField,
                   std::string(file) + ": two rows " + row.id() + "; remove one of them"};
    rows.push_back(std::move(row));
  }
  for (auto& [model, rows] : table.models_)
    std::sort(rows.begin(), rows.end(), [](const PriceRow& a, const PriceRow& b) { return a.from < b.from; });
  return table;
}

const PriceTable& PriceTable::built_in() {
  static const PriceTable table = parse(built_in_prices(), "prices.json", false).value();
  return table;
}

void PriceTable::add_overrides(const PriceTable& other) {
  for (const auto& [model, added] : other.models_) {
    auto& rows = models_[model];
    for (PriceRow row : added) {
      // A user's row that states no such condition follows the vendor's general ones.
      if (!rows.empty() && !rows.front().is_user) {
        if (!row.batch) row.batch = rows.front().batch;
        if (!row.web_search) row.web_search = rows.front().web_search;
      }
      const auto same = std::find_if(rows.begin(), rows.end(),
                                     [&](const PriceRow& r) { return r.is_user && r.from == row.from; });
      if (same != rows.end()) {
        *same = std::move(row);  // the file of the later name
      } else {
        rows.push_back(std::move(row));
      }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const PriceRow& a, const PriceRow& b) {
      return a.is_user != b.is_user ? b.is_user : a.from < b.from;
    });
  }
}

const PriceRow* PriceTable::find(std::string_view model, std::optional<Day> day) const {
  const auto rows = models_.find(model);
  if (rows == models_.end()) return nullptr;
  const PriceRow* table = nullptr;
  const PriceRow* user = nullptr;
  const PriceRow* first_user = nullptr;
  for (const PriceRow& row : rows->second) {
    const bool applies = day ? row.from <= *day : !row.is_announced();
    if (row.is_user) {
      if (first_user == nullptr) first_user = &row;
      if (applies) user = &row;
    } else if (table == nullptr || applies) {
      table = &row;  // before the first row the first one counts
    }
  }
  if (user != nullptr) return user;
  return table != nullptr ? table : first_user;
}

Quote quote_row(const PriceRow& row, bool is_regional, const Usage& usage, Conditions conditions) {
  Quote quote;
  quote.row = &row;
  quote.card = "standard";
  const Card* card = &row.card;
  if ((conditions & kFast) != 0) {
    if (!row.fast) {
      quote.unpriced = Unpriced::kNoFastPrice;
      return quote;
    }
    card = &*row.fast;
    quote.card = "fast";
  } else {
    const std::uint64_t prompt = usage.total_tokens() - usage[TokenKind::kOutput];
    for (const Tier& tier : row.tiers) {
      if (prompt <= tier.above) break;
      card = &tier.card;
      quote.card = "long prompt";
    }
  }
  if ((conditions & kUsOnly) != 0 && row.us_only) quote.factors.emplace_back("US inference", *row.us_only);
  if (is_regional && row.regional) quote.factors.emplace_back("regional endpoint", *row.regional);
  if ((conditions & kBatch) != 0 && row.batch) quote.factors.emplace_back("batch", *row.batch);
  Factor all;
  for (const auto& [name, factor] : quote.factors)
    all = {all.numerator * factor.numerator, all.denominator * factor.denominator};
  Pico amount = 0;
  for (std::size_t kind = 0; kind < kTokenKinds; ++kind) {
    if ((*card)[kind]) quote.unit[kind] = times(*(*card)[kind], all);
    if (usage.tokens[kind] == 0) continue;
    if (!quote.unit[kind]) {
      quote.unpriced = Unpriced::kNoPriceOfKind;
      return quote;
    }
    amount += *quote.unit[kind] * usage.tokens[kind];
  }
  quote.web_search = row.web_search;
  if (usage.web_searches > 0) {
    if (!row.web_search) {
      quote.unpriced = Unpriced::kNoPriceOfKind;
      return quote;
    }
    amount += *row.web_search * usage.web_searches;
  }
  quote.unpriced = Unpriced::kNo;
  quote.amount = amount;
  return quote;
}

Quote PriceTable::quote(std::string_view model, const Usage& usage, Conditions conditions,
                        std::optional<Day> day) const {
  const PlainModel plain = plain_model(model);
  const PriceRow* const row = find(plain.name, day);
  if (row == nullptr) return {};
  return quote_row(*row, plain.is_regional, usage, conditions);
}

LoadedPrices load_prices(const std::string& directory) {
  namespace fs = std::filesystem;
  LoadedPrices loaded{PriceTable::built_in(), {}};
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator at(directory, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().extension() == ".json") files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::error_code unreadable;
    const std::uintmax_t size = fs::is_regular_file(file, unreadable) ? fs::file_size(file, unreadable) : 0;
    std::ifstream stream(file, std::ios::binary);
    if (unreadable || !stream || size == 0 || size > kMaxFile) {
      loaded.errors.push_back(
          {ErrorCode::kIo, file.string() + ": cannot be read, expected a regular file of at most 4 MiB; "
                                           "correct or remove it"});
      continue;
    }
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    auto table = PriceTable::parse(text, file.string(), true);
    if (table) {
      loaded.table.add_overrides(*table);
    } else {
      loaded.errors.push_back(table.error());
    }
  }
  return loaded;
}

}  // namespace atm::ledger
