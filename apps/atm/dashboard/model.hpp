// SPDX-License-Identifier: MIT
// The rows of the dashboard: which sessions it shows, in which order, and the selected one.
#pragma once

#include <atm/client/session_copy.hpp>
#include <atm/protocol/session.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "filter.hpp"

namespace atm::cli {

enum class Page : std::uint8_t { kList, kInbox, kTimeline, kCost, kSystem };
inline constexpr std::size_t kPages = 5;

/// Returns true for a page that shows the output of commands instead of rows.
[[nodiscard]] constexpr bool is_report(Page page) noexcept {
  return page >= Page::kTimeline;
}

enum class Order : std::uint8_t { kNeed, kAge, kCost, kContext, kName };

/// What the user chose. Stored between runs, apart from the filter.
struct Choice {
  bool is_tree = true;
  std::optional<bool> folds_quiet{};  ///< absent: quiet sessions are folded if the rows do not fit
  Order order = Order::kNeed;
  bool is_reversed = false;
  std::set<std::string> pins{};    ///< ids of sessions that stay on top
  std::set<std::string> closed{};  ///< keys of rows whose children are hidden
  Filter filter{};
};

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

/// The selected row and the first visible one. Both stay with their sessions when the rows change.
class Cursor final {
 public:
  /// Adapts to new rows: the selection stays at its key, else at its place. The selected row is visible.
  void follow(const std::vector<Row>& rows, std::size_t height);
  void move(const std::vector<Row>& rows, long by);
  void select(const std::vector<Row>& rows, std::size_t index);

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] std::size_t top() const noexcept { return top_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  std::string key_;
  std::size_t index_ = 0;
  std::size_t top_ = 0;
};

}  // namespace atm::cli
