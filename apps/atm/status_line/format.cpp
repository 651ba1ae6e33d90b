// SPDX-License-Identifier: MIT
#include "format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "text.hpp"

namespace atm::cli {

namespace {

template <class Value>
using Names = std::pair<std::string_view, Value>;

constexpr std::array<Names<Field>, 19> kFields{{
    {"model", Field::kModel},
    {"effort", Field::kEffort},
    {"context", Field::kContext},
    {"percent", Field::kPercent},
    {"tokens", Field::kTokens},
    {"cost", Field::kCost},
    {"spent", Field::kSpent},
    {"lines", Field::kLines},
    {"duration", Field::kDuration},
    {"directory", Field::kDirectory},
    {"folder", Field::kDirectoryName},
    {"branch", Field::kBranch},
    {"pr", Field::kPullRequest},
    {"session", Field::kSession},
    {"agent", Field::kAgent},
    {"limits", Field::kLimits},
    {"vim", Field::kVim},
    {"version", Field::kVersion},
    {"attention", Field::kAttention},
}};

constexpr std::array<Names<Style>, 7> kStyles{{
    {"plain", Style::kPlain},
    {"bold", Style::kBold},
    {"dim", Style::kDim},
    {"red", Style::kRed},
    {"yellow", Style::kYellow},
    {"green", Style::kGreen},
    {"blue", Style::kBlue},
}};

constexpr std::size_t kLongestSize = 100;

template <class Table>
auto look_up(const Table& table, std::string_view name) -> std::optional<decltype(table[0].second)> {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

// One item for each character, so that styles do not hide a separator.
using Items = std::vector<Piece>;

class Parser final {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Format parse() {
    while (!rest_.empty()) {
      if (take("{{")) {
        add_text("{");
      } else if (take("}}")) {
        add_text("}");
      } else if (take("\\n") || take("\r\n") || take("\n")) {
        end_line();
      } else if (take("\\\\")) {
        add_text("\\");
      } else if (rest_.front() != '{' || !take_placeholder()) {
        const std::string_view before = rest_;
        static_cast<void>(take_character(rest_));
        add_text(before.substr(0, before.size() - rest_.size()));
      }
    }
    end_line();
    return std::move(format_);
  }

 private:
  bool take(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  void add_text(std::string_view character) {
    items_.push_back({Field::kText, terminal_safe(character), 0, style_});
  }

  // `rest_` begins with a brace. Returns false if it is no known placeholder.
  bool take_placeholder() {
    const std::size_t end = rest_.find_first_of("}\n");
    if (end == std::string_view::npos || rest_[end] != '}')
      return problem("'{' without '}'; write '{{' for a brace");
    const std::string_view inside = rest_.substr(1, end - 1);
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    if (const auto style = look_up(kStyles, inside)) {
      style_ = *style;
    } else if (const auto field = look_up(kFields, name)) {
      std::size_t size = 0;
      if (colon != std::string_view::npos && !read_size(*field, inside.substr(colon + 1), size)) {
        return problem("'{" + std::string(inside) + "}', expected '{context:N}' with N from 1 to " +
                       std::to_string(kLongestSize) + "; no other placeholder has a size");
      }
      items_.push_back({*field, {}, size, style_});
    } else {
      return problem("unknown placeholder '{" + std::string(inside) + "}', expected one of " + known_names() +
                     "; write '{{' for a brace");
    }
    rest_.remove_prefix(end + 1);
    return true;
  }

  static bool read_size(Field field, std::string_view digits, std::size_t& size) {
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, size);
    return field == Field::kContext && read.ec == std::errc() && read.ptr == end && size >= 1 &&
           size <= kLongestSize;
  }

  static std::string known_names() {
    std::string names;
    for (const auto& [name, field] : kFields) names.append(names.empty() ? "" : ", ").append(name);
    for (const auto& [name, style] : kStyles) names.append(", ").append(name);
    return names;
  }

  bool problem(const std::string& text) {
    format_.problems.push_back(terminal_safe(text));
    return false;
  }

  static bool is_blank(const Piece& item) { return item.field == Field::kText && item.text == " "; }
  static bool is_mark(const Piece& item) {
    constexpr std::array<std::string_view, 9> kMarks{"|", "/", "-", "·", "•", "│", "┃", "–", "—"};
    return item.field == Field::kText && std::find(kMarks.begin(), kMarks.end(), item.text) != kMarks.end();
  }

  // The end of the separator at `at`: blanks, marks, blanks, or at least two blanks; `at` if there is none.
  [[nodiscard]] std::size_t separator_end(std::size_t at) const {
    const auto skip = [this](std::size_t from, bool (*is)(const Piece&)) {
      while (from < items_.size() && is(items_[from])) ++from;
      return from;
    };
    const std::size_t blanks = skip(at, is_blank);
    if (blanks == at) return at;
    const std::size_t marks = skip(blanks, is_mark);
    const std::size_t end = skip(marks, is_blank);
    if (marks > blanks && end > marks) return end;
    return blanks - at >= 2 ? blanks : at;
  }

  // Each line begins without a style.
  void end_line() {
    std::vector<Segment> line(1);
    for (std::size_t at = 0; at < items_.size();) {
      const std::size_t end = separator_end(at);
      if (end == at) {
        append(line.back().pieces, items_[at++]);
        continue;
      }
      line.emplace_back();
      for (; at < end; ++at) append(line.back().separator, items_[at]);
    }
    format_.lines.push_back(std::move(line));
    items_.clear();
    style_ = Style::kPlain;
  }

  static void append(std::vector<Piece>& to, const Piece& item) {
    const bool joins = item.field == Field::kText && !to.empty() && to.back().field == Field::kText &&
                       to.back().style == item.style;
    if (joins) {
      to.back().text += item.text;
    } else {
      to.push_back(item);
    }
  }

  std::string_view rest_;
  Style style_ = Style::kPlain;
  Items items_;
  Format format_;
};

}  // namespace

bool Format::uses(Field field) const {
  for (const auto& line : lines) {
    for (const Segment& segment : line) {
      for (const Piece& piece : segment.pieces) {
        if (piece.field == field) return true;
      }
    }
  }
  return false;
}

Format parse_format(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace atm::cli
