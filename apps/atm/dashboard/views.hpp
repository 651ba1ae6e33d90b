// SPDX-License-Identifier: MIT
// The parts of a frame. Each draws into its area of the grid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arrangement.hpp"
#include "look.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// What the parts of one frame share.
struct Painting {
  Frame& frame;
  Look& look;
  Arrangement& arrangement;
  const Scene& scene;

  [[nodiscard]] tui::Grid& grid() const noexcept { return frame.grid; }
  [[nodiscard]] const Rows& rows() const noexcept { return *frame.rows; }
  /// Of all sessions, as far as they are known.
  [[nodiscard]] const Counts& counts() const noexcept {
    return look.arriving && !look.at ? *look.arriving : frame.rows->counts;
  }
  /// The age as text. The frame is drawn again when the text changes.
  [[nodiscard]] std::string age(Timestamp then) const;
  void changes_at(Timestamp when) const;
  /// Writes text at the right edge of `columns`.
  void put_right(std::size_t x, std::size_t y, const std::string& text, std::size_t columns,
                 tui::Style style = {}) const;
  /// States that a part has more lines below.
  void put_more(std::size_t x, std::size_t y, std::size_t columns, std::string_view key) const;
};

inline constexpr tui::Style kDim{tui::Role::kDim};
inline constexpr tui::Style kBold{tui::Role::kText, true};
inline constexpr std::size_t kTable = 80;   // below: the side pane
inline constexpr std::size_t kNarrow = 40;  // below: neither id nor reason
inline constexpr std::size_t kGap = 2;      // between two columns

/// `3! 3> 1✓ 8`, or the same in words.
[[nodiscard]] std::string counts_text(const Counts& counts, bool is_short);
/// Attention if a session needs the user.
[[nodiscard]] tui::Role role_of_counts(const Counts& counts);

void draw_header(const Painting& painting);
void draw_footer(const Painting& painting, std::size_t y);
void draw_titles(const Painting& painting, std::size_t width);
void draw_list(const Painting& painting, const Area& area);
/// What to do if there are no rows.
void draw_nothing(const Painting& painting, std::size_t y, std::size_t width);
void draw_board(const Painting& painting, const Area& area);
void draw_details(const Painting& painting, const Area& area);
void draw_report(const Painting& painting, const Area& area);
void draw_help(const Painting& painting, const Area& area);

/// Appends a line, broken at spaces if it is too wide. The rest is indented below the value or the text.
void append_wrapped(std::vector<std::string>& lines, std::string line, std::size_t width);
/// The column of the value after a name; 0: the line has none. A name is ASCII.
[[nodiscard]] std::size_t value_column(std::string_view line);
/// The first line that keeps the last one at the bottom of `height` at most.
[[nodiscard]] std::size_t bounded_top(std::size_t top, std::size_t lines, std::size_t height);

}  // namespace atm::cli
