// SPDX-License-Identifier: MIT
// What the dashboard shows besides the sessions, and the frame that results.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "choice.hpp"
#include "cursor.hpp"
#include "rows.hpp"
#include "session_names.hpp"
#include "settings.hpp"
#include "tui/grid.hpp"

namespace atm::cli {

/// The meaning of the next key.
enum class Mode : std::uint8_t { kKeys, kFilter, kCommand, kSort, kSavedFilter };

struct Look {
  Page page = Page::kList;
  Choice choice{};
  /// Of all sessions so far, so that a name stays with its session; draw() fills it if it is empty.
  SessionNames names{};
  Cursor cursor{};
  std::array<std::size_t, kBoardColumns> board_tops{};  ///< the first visible card of each column
  Settings settings{};
  std::string theme = "auto";
  bool has_details = false;
  std::size_t details_top = 0;
  bool is_help = false;
  std::size_t help_top = 0;
  std::vector<std::string> report{};  ///< terminal-safe lines of a page of reports
  bool is_reporting = false;          ///< more lines will arrive
  std::size_t report_top = 0;
  std::string filter_text{};
  std::string command{};                  ///< of Mode::kCommand
  std::vector<std::string> candidates{};  ///< for the rest of the command, after Tab
  Mode mode = Mode::kKeys;
  std::string notice{};                  ///< one message, until the next key
  std::string lost{};                    ///< why no daemon answers; empty: one does
  std::vector<std::string> connected{};  ///< names of agents; set while no session exists
  bool is_loading = false;               ///< the sessions are not complete yet
  std::optional<Counts> arriving{};      ///< of the sessions so far, while the first list arrives
  std::optional<Timestamp> at{};         ///< the earlier time whose sessions are shown; absent: the present
};

struct Area {
  std::size_t x;
  std::size_t y;
  std::size_t width;
  std::size_t height;
};

struct Hit {
  Area area;
  std::size_t row;
};

struct Frame {
  tui::Grid grid;
  std::shared_ptr<const Rows> rows = std::make_shared<const Rows>();
  std::vector<Hit> hits{};                 ///< what a press of the mouse selects
  std::size_t visible = 0;                 ///< rows of the list on the screen; 0: it is hidden
  std::optional<Timestamp> next_change{};  ///< when a shown age changes
};

}  // namespace atm::cli
