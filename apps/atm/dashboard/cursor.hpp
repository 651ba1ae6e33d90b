// SPDX-License-Identifier: MIT
// The selected row and the first visible one. Both stay with their sessions when the rows change.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace atm::cli {

struct Row;

class Cursor final {
 public:
  using Clock = std::chrono::steady_clock;

  /// Adapts to new rows: the selection stays at its key, else at its place. The selected row is visible.
  void follow(const std::vector<Row>& rows, std::size_t height, Clock::time_point now = Clock::now());
  /// The user does something: if the next rows select another one, they do it for the user.
  void touch() noexcept { shown_.clear(); }
  void move(const std::vector<Row>& rows, long by);
  void select(const std::vector<Row>& rows, std::size_t index);

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] std::size_t top() const noexcept { return top_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  /// Whether another row than the user saw was selected by itself less than 250 ms before `now`.
  [[nodiscard]] bool has_just_changed(Clock::time_point now = Clock::now()) const noexcept;

 private:
  std::string key_;
  std::size_t index_ = 0;
  std::size_t top_ = 0;
  std::string shown_;  // the selected row that the user saw; empty: none, or touched since
  Clock::time_point changed_{};
};

}  // namespace atm::cli
