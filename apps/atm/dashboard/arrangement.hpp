// SPDX-License-Identifier: MIT
// Keeps the rows of the dashboard while sessions change. A frame after a key, and a change that moves no row, use the
// rows that exist.
#pragma once

#include <atm/client/session_copy.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "choice.hpp"
#include "rows.hpp"

namespace atm::cli {

class Arrangement final {
 public:
  /// `sessions` must outlive this object.
  explicit Arrangement(const SessionMap& sessions) : sessions_(sessions) {}

  /// An event of the daemon changed some sessions.
  void note(const client::SessionCopy::Changes& changes);
  /// All sessions were replaced, such as by a snapshot.
  void forget();

  /// `height`: the number of rows that fit.
  [[nodiscard]] std::shared_ptr<const Rows> rows(Page page, const Choice& choice, Timestamp now,
                                                 std::size_t height);

  [[nodiscard]] const SessionMap& sessions() const noexcept { return sessions_; }

 private:
  using Node = SessionMap::value_type;
  /// What the rows and the counts depend on.
  struct Entry {
    const Node* node = nullptr;
    Money cost{};
    double value = 0;  // of the order
    Timestamp started_at{};
    Timestamp since{};
    // Thousands of entries exist: hashes take less memory than texts.
    std::uint32_t subagents = 0;
    std::uint32_t project = 0;
    std::uint32_t parent = 0;
    std::uint32_t name = 0;  // if it is the order
    StatusKind status = StatusKind::kActive;
    std::uint8_t rank = 0;
    std::uint8_t urgency = 0;
    Activity activity = Activity::kOther;
    bool is_quiet : 1 = false;
    bool is_acked : 1 = false;
    bool has_branch : 1 = false;
    bool matches : 1 = true;
  };
  using List = std::vector<const Entry*>;
  class Builder;

  [[nodiscard]] Entry entry_of(const Node& node, Timestamp now) const;
  [[nodiscard]] static bool has_same_row(const Entry& a, const Entry& b);
  void take_changes(Timestamp now);
  void take_all(Timestamp now);
  /// Adds an entry if the session has none.
  [[nodiscard]] Entry& known_entry(const Node& node);

  const SessionMap& sessions_;
  std::vector<Entry> entries_;        // in the order of their nodes in memory
  std::vector<std::string> changed_;  // ids
  bool has_all_changed_ = true;
  std::shared_ptr<Rows> rows_;  // null: to build
  Page page_ = Page::kList;
  Choice choice_{};
  std::size_t height_ = 0;
  Timestamp filtered_at_{};
};

}  // namespace atm::cli
