// SPDX-License-Identifier: MIT
// The rows of the dashboard: which sessions it shows, and in which order.
#pragma once

#include <array>
#include <atm/client/session_copy.hpp>
#include <atm/protocol/session.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "session_facts.hpp"

namespace atm::cli {

struct Counts {
  std::size_t sessions = 0;
  std::size_t needs = 0;
  std::size_t works = 0;
  std::size_t done = 0;
  Money cost;

  void add(Activity activity, Money session_cost);
};

struct Project {
  std::string key;
  std::string directory;  ///< empty: unknown
  Counts counts{};        ///< without the cost
};

/// Thousands of rows exist, so a row refers to its texts.
struct Row {
  enum class Kind : std::uint8_t { kProject, kSession, kSubagent, kQuiet };
  std::string_view key;                        ///< stays the same while the row exists
  const protocol::Session* session = nullptr;  ///< of kSession and kSubagent
  const Project* project = nullptr;            ///< of kProject
  std::uint32_t subagent = 0;                  ///< of kSubagent: its place in the session
  std::uint16_t depth = 0;
  Kind kind = Kind::kSession;
  bool has_children = false;
  bool is_open = true;
};

using SessionMap = client::SessionCopy::Sessions;

inline constexpr std::size_t kBoardColumns = 5;

/// Valid until a session is added, changed or removed.
struct Rows {
  Rows() = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  std::vector<Row> rows;
  Counts counts;              ///< of all sessions, whatever the filter
  std::size_t shown = 0;      ///< sessions that match the filter
  bool has_branches = false;  ///< a session that matches reports its branch
  std::size_t acked = 0;      ///< acknowledged waits, which the inbox does not list
  /// Of the board: the first row of each column, and the end: needs you, working, background, done, quiet.
  std::array<std::size_t, kBoardColumns + 1> columns{};
  std::string quiet_text{};  ///< what the row kQuiet stands for: `12 idle, 1 stale`

  std::deque<Project> projects;     ///< to which rows refer
  std::deque<std::string> texts{};  ///< to which keys refer
};

}  // namespace atm::cli
