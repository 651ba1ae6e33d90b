// SPDX-License-Identifier: MIT
#include "history/results.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/money.hpp>
#include <atm/domain/relative_time.hpp>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <optional>

#include "text.hpp"

namespace atm::cli {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerDay = 86'400 * kNsPerSecond;

std::optional<double> number_of(const ResultValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}
std::int64_t integer_of(const ResultValue& value) {
  const auto number = number_of(value);
  return number ? static_cast<std::int64_t>(std::llround(*number)) : 0;
}

std::string text_of_time(std::int64_t ns, std::int64_t now_ns) {
  const auto seconds = static_cast<std::time_t>(ns / kNsPerSecond);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const char* const format = now_ns - ns < kNsPerDay / 2 && ns <= now_ns ? "%H:%M:%S" : "%b %d %H:%M";
  text[std::strftime(text.data(), text.size(), format, &parts)] = '\0';
  return std::string(text.data()) + " (" +
         format_relative(Timestamp(std::chrono::nanoseconds(ns)),
                         Timestamp(std::chrono::nanoseconds(now_ns))) +
         ")";
}

std::string fixed(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string bar(double part, double sum) {
  constexpr double kWidth = 10;
  if (sum <= 0) return "";
  const double share = part / sum;
  std::string text;
  for (int i = 0; i < static_cast<int>(std::lround(share * kWidth)); ++i) text += "█";
  return pad_right(text, static_cast<std::size_t>(kWidth)) + ' ' + fixed(share * 100, "%3.0f%%");
}

std::string cell_text(const ResultValue& value, const std::string& kind, std::int64_t now_ns,
                      const std::string& home, double sum) {
  if (std::holds_alternative<std::monostate>(value)) return kind == "share" ? "" : "-";
  if (const auto* text = std::get_if<std::string>(&value)) {
    const std::string safe = terminal_safe(*text);
    if (kind == "id") return short_id(*text);
    if (kind == "path") return safe.empty() ? "-" : with_tilde(safe, home);
    return safe.empty() ? "-" : safe;
  }
  if (kind == "time") return text_of_time(integer_of(value), now_ns);
  if (kind == "duration") return duration_text(integer_of(value));
  if (kind == "percent") return fixed(*number_of(value), "%.1f");
  if (kind == "money") return Money::from_microdollars(integer_of(value)).format();
  if (kind == "share") return bar(*number_of(value), sum);
  if (std::holds_alternative<double>(value)) return fixed(*number_of(value), "%g");
  return std::to_string(std::get<std::int64_t>(value));
}

/// The value as programs get it.
std::variant<std::monostate, std::int64_t, double, std::string> plain(const ResultValue& value,
                                                                      const std::string& kind) {
  const auto number = number_of(value);
  if (!number) return value;
  if (kind == "time") return to_rfc3339(Timestamp(std::chrono::nanoseconds(integer_of(value))));
  if (kind == "duration") return std::round(*number / 1e6) / 1e3;
  if (kind == "money") return *number / 1e6;
  return value;
}

std::string key_of(const std::string& title, const std::string& kind) {
  std::string key;
  for (const char c : title) key += c == ' ' ? '_' : c == '%' ? 'p' : c;
  if (kind == "duration") key += "_s";
  if (kind == "money") key += "_usd";
  return key;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

ResultColumn column_of(const std::string& name) {
  const std::size_t bar_at = name.rfind('|');
  if (bar_at == std::string::npos) return {name, "text"};
  return {name.substr(0, bar_at), name.substr(bar_at + 1)};
}

std::string short_id(std::string_view id) {
  constexpr std::size_t kColumns = 8;
  const std::string safe = terminal_safe(id);
  std::string_view rest = safe;
  std::string text;
  while (!rest.empty()) {
    const std::string_view before = rest;
    static_cast<void>(take_character(rest));
    const std::string_view character = before.substr(0, before.size() - rest.size());
    if (display_width(text + std::string(character)) > kColumns) break;
    text += character;
  }
  return text;
}

std::string duration_text(std::int64_t ns) {
  const std::int64_t seconds = ns / kNsPerSecond;
  if (seconds < 10) return fixed(static_cast<double>(ns) / 1e9, "%.1fs");
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m " + std::to_string(seconds % 60) + "s";
  if (seconds < 48 * 3600)
    return std::to_string(seconds / 3600) + "h " + std::to_string(seconds / 60 % 60) + "m";
  return std::to_string(seconds / 86'400) + "d " + std::to_string(seconds / 3600 % 24) + "h";
}

std::string results_table(const Results& results, std::int64_t now_ns, const std::string& home,
                          const Canvas& canvas) {
  std::vector<Column> columns;
  std::vector<double> sums(results.columns.size(), 0);
  for (std::size_t i = 0; i < results.columns.size(); ++i) {
    const ResultColumn& column = results.columns[i];
    std::string title = column.title;
    for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const bool is_right = column.kind == "count" || column.kind == "duration" || column.kind == "percent" ||
                          column.kind == "money";
    Column shown{std::move(title), is_right ? Align::kRight : Align::kLeft};
    if (column.kind == "path" || column.kind == "text") {
      shown.shrink = column.kind == "path" ? Shrink::kPath : Shrink::kEnd;
      shown.narrowest = 10;
    }
    if (column.kind == "share") shown.dispensable = 1;
    columns.push_back(std::move(shown));
    for (const auto& row : results.rows) sums[i] += number_of(row[i]).value_or(0);
  }
  Table table(std::move(columns));
  for (const auto& row : results.rows) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells.push_back({cell_text(row[i], results.columns[i].kind, now_ns, home, sums[i])});
    table.add_row(std::move(cells));
  }
  return table.render(canvas);
}

std::string results_json(const Results& results) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartArray();
  for (const auto& row : results.rows) {
    writer.StartObject();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const ResultColumn& column = results.columns[i];
      if (column.kind == "share") continue;
      json::key(writer, key_of(column.title, column.kind));
      const auto value = plain(row[i], column.kind);
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        writer.Int64(*integer);
      } else if (const auto* real = std::get_if<double>(&value)) {
        writer.Double(*real);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        json::string(writer, *text);
      } else {
        writer.Null();
      }
    }
    writer.EndObject();
  }
  writer.EndArray();
  return std::string(json::text_of(buffer)) + '\n';
}

std::string results_csv(const Results& results) {
  std::string out;
  const auto line = [&out](std::string& cells) {
    if (!cells.empty()) cells.pop_back();
    out += cells + "\r\n";
    cells.clear();
  };
  std::string cells;
  for (const ResultColumn& column : results.columns) {
    if (column.kind != "share") cells += csv_cell(key_of(column.title, column.kind)) + ',';
  }
  line(cells);
  for (const auto& row : results.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (results.columns[i].kind == "share") continue;
      const auto value = plain(row[i], results.columns[i].kind);
      if (const auto* integer = std::get_if<std::int64_t>(&value)) cells += std::to_string(*integer);
      if (const auto* real = std::get_if<double>(&value)) cells += fixed(*real, "%.6g");
      if (const auto* text = std::get_if<std::string>(&value)) cells += csv_cell(*text);
      cells += ',';
    }
    line(cells);
  }
  return out;
}

}  // namespace atm::cli
