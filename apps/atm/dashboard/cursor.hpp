// SPDX-License-Identifier: MIT
// The selected row and the first visible one. Both stay with their sessions when the rows change.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace atm::cli {

struct Row;

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
