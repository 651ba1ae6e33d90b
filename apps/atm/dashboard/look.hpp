// SPDX-License-Identifier: MIT
// What the dashboard shows besides the sessions, and the frame that results.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "choice.hpp"
#include "cursor.hpp"
#include "grid.hpp"
#include "rows.hpp"
#include "session_names.hpp"

namespace atm::cli {

struct Look {
  Page page = Page::kList;
  Choice choice{};
  /// Of all sessions so far, so that a name stays with its session; draw() fills it if it is empty.
  SessionNames names{};
  Cursor cursor{};
  bool has_details = false;
  std::size_t details_top = 0;
  bool is_help = false;
  std::size_t help_top = 0;
  std::vector<std::string> report{};  ///< terminal-safe lines of a page of reports
  bool is_reporting = false;          ///< more lines will arrive
  std::size_t report_top = 0;
  std::string filter_text{};
  bool is_typing = false;   ///< the filter is being typed
  bool is_sorting = false;  ///< the next key selects the order
  std::string notice{};     ///< one message, until the next key
  std::string lost{};       ///< why no daemon answers; empty: one does
  bool is_loading = false;  ///< the sessions are not complete yet
};

struct Frame {
  tui::Grid grid;
  std::shared_ptr<const Rows> rows = std::make_shared<const Rows>();
  std::size_t body = 0;                    ///< the first screen row of the list
  std::size_t visible = 0;                 ///< rows of the list on the screen; 0: it is hidden
  std::optional<Timestamp> next_change{};  ///< when a shown age changes
};

}  // namespace atm::cli
