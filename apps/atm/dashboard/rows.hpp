// SPDX-License-Identifier: MIT
// The rows of the dashboard: which sessions it shows, and in which order.
#pragma once

#include <atm/client/session_copy.hpp>
#include <atm/protocol/session.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "choice.hpp"

namespace atm::cli {

struct Counts {
  std::size_t sessions = 0;
  std::size_t needs = 0;
  std::size_t works = 0;
  std::size_t done = 0;
  Money cost;

  void add(const SessionDomain& session);
};

struct Row {
  enum class Kind : std::uint8_t { kProject, kSession, kSubagent, kQuiet };
  Kind kind = Kind::kSession;
  std::string key;                             ///< stays the same while the row exists
  const protocol::Session* session = nullptr;  ///< of kSession and kSubagent
  const Subagent* subagent = nullptr;
  std::size_t depth = 0;
  bool has_children = false;
  bool is_open = true;
  std::string text{};  ///< of kProject: the directory; of kQuiet: what is folded
  Counts counts{};     ///< of kProject
};

using SessionMap = client::SessionCopy::Sessions;

struct Rows {
  std::vector<Row> rows;
  Counts counts;          ///< of all sessions, whatever the filter
  std::size_t shown = 0;  ///< sessions that match the filter
  std::size_t acked = 0;  ///< of the inbox: acknowledged waits, which it does not list
};

/// `height`: the number of rows that fit.
[[nodiscard]] Rows rows_of(const SessionMap& sessions, Page page, const Choice& choice, Timestamp now,
                           std::size_t height);

}  // namespace atm::cli
