// SPDX-License-Identifier: MIT
// Rows of a question as a table, JSON or CSV.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "table.hpp"

namespace atm::cli {

using ResultValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// How a column is shown: `text`, `id`, `path`, `time` (ns), `duration` (ns), `count`, `percent`, `money` (micros),
/// `share` (a bar of the column's sum).
struct ResultColumn {
  std::string title;
  std::string kind;
};

struct Results {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<ResultValue>> rows;
};

/// `title|kind`; without a kind: text.
[[nodiscard]] ResultColumn column_of(const std::string& name);

[[nodiscard]] std::string results_table(const Results& results, std::int64_t now_ns, const std::string& home,
                                        const Canvas& canvas);
/// An array of objects. Times are RFC 3339, durations seconds, money dollars; a share is left out.
[[nodiscard]] std::string results_json(const Results& results);
/// RFC 4180, with a line of titles; the same values.
[[nodiscard]] std::string results_csv(const Results& results);

/// The first eight columns of the id of a session, terminal-safe.
[[nodiscard]] std::string short_id(std::string_view id);

/// `1h 5m`, `3m 20s`, `4.2s`.
[[nodiscard]] std::string duration_text(std::int64_t ns);

}  // namespace atm::cli
