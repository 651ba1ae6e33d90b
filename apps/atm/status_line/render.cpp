// SPDX-License-Identifier: MIT
#include "render.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "text.hpp"

namespace atm::cli {

namespace {

using Cells = std::vector<Cell>;

constexpr std::size_t kBarCells = 10;

Style level_style(ContextWarningLevel level) {
  switch (level) {
    case ContextWarningLevel::kNormal:
      return Style::kGreen;
    case ContextWarningLevel::kElevated:
    case ContextWarningLevel::kWarning:
      return Style::kYellow;
    case ContextWarningLevel::kCritical:
      break;
  }
  return Style::kRed;
}

// A cell is full only if the percentage has reached its end, so that the bar never shows a threshold too early; the
// first one is full once anything is used. Empty cells beyond the warning are shaded.
Cell bar(const ContextUsage& context, std::size_t size) {
  const auto percent = context.usage_percentage();
  if (!percent) return {};
  const std::size_t cells = size == 0 ? kBarCells : size;
  const auto cells_below = [cells](double part) {
    return static_cast<std::size_t>(part * static_cast<double>(cells) / 100 + 1e-9);
  };
  const std::size_t full = *percent > 0 ? std::max<std::size_t>(cells_below(*percent), 1) : 0;
  const std::size_t calm = cells_below(ContextThresholds{}.warning);
  std::string text;
  for (std::size_t i = 0; i < cells; ++i) text += i < full ? "█" : i < calm ? "░" : "▒";
  return {text, level_style(context.level())};
}

Cell percent_text(const ContextUsage& context) {
  if (!context.usage_percentage()) return {};
  std::string text = context.compact();
  if (context.is_warning()) text += context.is_critical() ? " !!" : " !";
  return {text, level_style(context.level())};
}

std::string tokens_text(const ContextUsage& context) {
  const auto used = context.context_tokens();
  if (!used) return {};
  std::string text = TokenCount(*used).str();
  if (context.context_window_size) text += '/' + TokenCount(*context.context_window_size).str();
  return text;
}

std::string directory_text(std::string_view directory, std::string_view home) {
  std::string shown = with_tilde(directory, home);
  const std::size_t end = shown.find_last_not_of('/');
  if (end == std::string::npos) return shown;
  const std::size_t slash = shown.rfind('/', end);
  return shown.substr(slash == std::string::npos ? 0 : slash + 1,
                      end - (slash == std::string::npos ? 0 : slash + 1) + 1);
}

void add_limit(std::string& text, std::string_view name, const std::optional<double>& percent) {
  if (!percent) return;
  std::array<char, 8> digits{};
  const double shown = std::clamp(*percent, 0.0, 100.0);
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), shown, std::chars_format::fixed, 0).ptr;
  text.append(text.empty() ? "" : " ").append(name).append(" ").append(digits.data(), end) += '%';
}

std::string limits_text(const StatusInput& input) {
  std::string text;
  add_limit(text, "5h", input.five_hour_percent);
  add_limit(text, "7d", input.seven_day_percent);
  return text;
}

Cells lines_cells(const LinesChanged& lines) {
  if (lines == LinesChanged{}) return {};
  return {{'+' + std::to_string(lines.added), Style::kGreen},
          {" ", Style::kPlain},
          {'-' + std::to_string(lines.removed), Style::kRed}};
}

Cell plain_value(Field field, const StatusScene& scene) {
  const StatusInput& input = scene.input;
  switch (field) {
    case Field::kModel:
      return {std::string(input.model.name()), Style::kBold};
    case Field::kEffort:
      return {input.effort};
    case Field::kTokens:
      return {tokens_text(input.context)};
    case Field::kCost:
      return {input.cost ? input.cost->format() : ""};
    case Field::kSpent:
      return {scene.spent};
    case Field::kDuration:
      return {input.duration ? input.duration->str() : ""};
    case Field::kDirectory:
      return {with_tilde(input.directory, scene.home), Style::kBlue};
    case Field::kDirectoryName:
      return {directory_text(input.directory, scene.home), Style::kBlue};
    case Field::kBranch:
      return {input.worktree_branch.empty() ? scene.branch : input.worktree_branch};
    case Field::kPullRequest:
      return {input.pull_request ? '#' + std::to_string(*input.pull_request) : ""};
    case Field::kSession:
      return {input.session_name};
    case Field::kAgent:
      return {input.agent};
    case Field::kLimits:
      return {limits_text(input)};
    case Field::kVim:
      return {input.vim_mode};
    case Field::kVersion:
      return {input.version};
    case Field::kAttention:
      return {scene.attention, Style::kYellow};
    default:
      return {};
  }
}

// Terminal-safe; a style of the format takes precedence over the value's own.
Cells value_of(const Piece& piece, const StatusScene& scene) {
  Cells cells;
  if (piece.field == Field::kContext) {
    cells = {bar(scene.input.context, piece.size)};
  } else if (piece.field == Field::kPercent) {
    cells = {percent_text(scene.input.context)};
  } else if (piece.field == Field::kLines) {
    cells = lines_cells(scene.input.lines);
  } else {
    cells = {plain_value(piece.field, scene)};
  }
  for (Cell& cell : cells) {
    cell.text = terminal_safe(cell.text);
    if (piece.style != Style::kPlain) cell.style = piece.style;
  }
  cells.erase(std::remove_if(cells.begin(), cells.end(), [](const Cell& cell) { return cell.text.empty(); }),
              cells.end());
  return cells;
}

bool is_at_blank(const Cells& cells) {
  return cells.empty() || cells.back().text.back() == ' ';
}

// Absent if all its placeholders are empty. An empty one leaves no second blank.
std::optional<Cells> cells_of(const Segment& segment, const StatusScene& scene) {
  Cells cells;
  bool has_field = false;
  bool has_value = false;
  for (const Piece& piece : segment.pieces) {
    if (piece.field != Field::kText) {
      const Cells value = value_of(piece, scene);
      has_field = true;
      has_value = has_value || !value.empty();
      cells.insert(cells.end(), value.begin(), value.end());
      continue;
    }
    const std::size_t begin = is_at_blank(cells) && piece.text.front() == ' ' ? 1 : 0;
    if (piece.text.size() > begin) cells.push_back({piece.text.substr(begin), piece.style});
  }
  if (has_field && !has_value) return std::nullopt;
  if (!cells.empty() && cells.back().text.back() == ' ') cells.back().text.pop_back();
  if (!cells.empty() && cells.back().text.empty()) cells.pop_back();
  return cells;
}

Cells cells_of(const std::vector<Segment>& line, const StatusScene& scene) {
  Cells cells;
  for (const Segment& segment : line) {
    const auto shown = cells_of(segment, scene);
    if (!shown || shown->empty()) continue;
    if (!cells.empty()) {
      for (const Piece& piece : segment.separator) cells.push_back({piece.text, piece.style});
    }
    cells.insert(cells.end(), shown->begin(), shown->end());
  }
  return cells;
}

// Cuts the text as a whole and then restores its styles.
void cut(Cells& cells, std::size_t columns) {
  constexpr std::string_view kEllipsis = "…";
  std::string whole;
  for (const Cell& cell : cells) whole += cell.text;
  const std::string shown = cut_end(whole, columns);
  if (shown == whole) return;
  std::size_t left = shown.size() - std::min(shown.size(), kEllipsis.size());
  std::size_t count = 0;
  for (; left > 0; ++count) {
    std::string& text = cells[count].text;
    text.resize(std::min(text.size(), left));
    left -= text.size();
  }
  cells.resize(count);
  if (!shown.empty()) cells.push_back({std::string(kEllipsis), Style::kPlain});
}

}  // namespace

std::string render_status(const Format& format, const StatusScene& scene) {
  std::string text;
  for (const auto& line : format.lines) {
    Cells cells = cells_of(line, scene);
    if (scene.canvas.columns) cut(cells, *scene.canvas.columns);
    if (cells.empty()) continue;
    for (const Cell& cell : cells) text += styled(cell.text, cell.style, scene.canvas.colour);
    text += '\n';
  }
  return text;
}

}  // namespace atm::cli
