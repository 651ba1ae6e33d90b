// SPDX-License-Identifier: MIT
// Price rows as dated data: the project's table and the user's overrides (COST-P1 to COST-P9).
#pragma once

#include <array>
#include <atm/domain/error.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/usage.hpp"

namespace atm::ledger {

/// Days since 1970-01-01.
using Day = std::int32_t;

/// The UTC day of `2026-10-07`; absent for another text.
[[nodiscard]] std::optional<Day> parse_day(std::string_view text) noexcept;
[[nodiscard]] std::string day_text(Day day);

/// The prices of one token of each kind; a kind that has no price is absent.
using Card = std::array<std::optional<Pico>, kTokenKinds>;

struct Tier {
  std::uint64_t above = 0;  ///< applies if the prompt has more tokens than this
  Card card{};
};

struct PriceRow {
  std::string model;
  std::string provider;
  Day from = 0;
  Card card{};
  std::optional<Card> fast{};
  std::vector<Tier> tiers{};  ///< in ascending order of `above`
  std::optional<Factor> us_only{};
  std::optional<Factor> regional{};
  std::optional<Factor> batch{};
  std::optional<Pico> web_search{};
  std::string certainty{};
  std::string note{};
  std::vector<std::string> sources{};
  bool is_user = false;  ///< from an override file
  std::string file{};    ///< of the user's row

  [[nodiscard]] bool is_announced() const noexcept { return certainty == "announced"; }
  /// `claude-opus-5@2026-07-24`, with `user:` before it for an override.
  [[nodiscard]] std::string id() const;
};

/// Why a response has no price.
enum class Unpriced : std::uint8_t { kNo, kUnknownModel, kNoFastPrice, kNoPriceOfKind, kNoModel };
[[nodiscard]] std::string_view unpriced_text(Unpriced reason) noexcept;

/// The price of one response, with everything needed to compute it again by hand.
struct Quote {
  const PriceRow* row = nullptr;
  Unpriced unpriced = Unpriced::kUnknownModel;
  Card unit{};  ///< pico-dollars per token, factors included
  std::optional<Pico> web_search{};
  std::string_view card{};  ///< `standard`, `fast` or `long prompt`
  std::vector<std::pair<std::string_view, Factor>> factors{};
  Pico amount = 0;  ///< 0 if unpriced
};

/// A model id without its decorations, and whether it names a regional endpoint (COST-U22).
struct PlainModel {
  std::string name;
  bool is_regional = false;
};
[[nodiscard]] PlainModel plain_model(std::string_view id);

class PriceTable final {
 public:
  /// The project's table.
  [[nodiscard]] static const PriceTable& built_in();

  /// Reads a table from JSON text (schema `atm.prices/1`). `file` names it in errors; `is_user` marks its rows.
  [[nodiscard]] static Result<PriceTable> parse(std::string_view text, std::string_view file, bool is_user);

  /// The rows of `other`, the user's, take precedence over those of the same model.
  void add_overrides(const PriceTable& other);

  /// The row of `model` on `day`; without a day the newest one that is not announced only. nullptr: unknown model.
  [[nodiscard]] const PriceRow* find(std::string_view plain_model, std::optional<Day> day) const;

  /// The price of a response.
  [[nodiscard]] Quote quote(std::string_view model, const Usage& usage, Conditions conditions,
                            std::optional<Day> day) const;

  /// All rows of one model in the order of their days, the table's before the user's.
  [[nodiscard]] const std::map<std::string, std::vector<PriceRow>, std::less<>>& models() const {
    return models_;
  }
  /// The day on which the rows were last checked.
  [[nodiscard]] Day as_of() const noexcept { return as_of_; }
  /// Names of sources and what they are.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& sources() const { return sources_; }

 private:
  std::map<std::string, std::vector<PriceRow>, std::less<>> models_;
  std::map<std::string, std::string, std::less<>> sources_;
  Day as_of_ = 0;
};

/// The amount of `usage` at the prices of `row`. The row must outlive the result.
[[nodiscard]] Quote quote_row(const PriceRow& row, bool is_regional, const Usage& usage,
                              Conditions conditions);

/// The project's table and every `*.json` in `directory`, in the order of their names. Errors name the file; a file
/// with an error contributes no row.
struct LoadedPrices {
  PriceTable table;
  std::vector<Error> errors;
};
[[nodiscard]] LoadedPrices load_prices(const std::string& directory);

}  // namespace atm::ledger
