// SPDX-License-Identifier: MIT
#include "cursor.hpp"

#include <algorithm>
#include <string_view>

#include "rows.hpp"

namespace atm::cli {

void Cursor::follow(const std::vector<Row>& rows, std::size_t height, Clock::time_point now) {
  if (rows.empty()) {
    index_ = top_ = 0;
    shown_.clear();
    return;
  }
  const bool is_there = index_ < rows.size() && rows[index_].key == key_;
  const auto same =
      is_there ? rows.begin() + static_cast<long>(index_)
               : std::find_if(rows.begin(), rows.end(), [this](const Row& row) { return row.key == key_; });
  // A row that was not selected by the user follows no session: the first one stays the first one.
  if (!key_.empty() && same != rows.end()) {
    const auto place = static_cast<std::size_t>(same - rows.begin());
    // The selected row stays at its height on the screen.
    top_ = top_ + place >= index_ ? top_ + place - index_ : 0;
    index_ = place;
  }
  index_ = std::min(index_, rows.size() - 1);
  if (!key_.empty()) key_ = rows[index_].key;
  height = std::max<std::size_t>(height, 1);
  top_ = std::min(top_, rows.size() > height ? rows.size() - height : 0);
  top_ = std::min(top_, index_);
  if (index_ >= top_ + height) top_ = index_ - height + 1;
  const std::string_view selected = rows[index_].key;
  if (!shown_.empty() && shown_ != selected) changed_ = now;
  shown_ = selected;
}

void Cursor::move(const std::vector<Row>& rows, long by) {
  if (rows.empty()) return;
  const long last = static_cast<long>(rows.size()) - 1;
  select(rows, static_cast<std::size_t>(std::clamp(static_cast<long>(index_) + by, 0L, last)));
}

void Cursor::select(const std::vector<Row>& rows, std::size_t index) {
  if (index >= rows.size()) return;
  index_ = index;
  key_ = shown_ = rows[index].key;
  changed_ = {};
}

bool Cursor::has_just_changed(Clock::time_point now) const noexcept {
  constexpr std::chrono::milliseconds kReaction(250);
  return changed_ != Clock::time_point() && now - changed_ < kReaction;
}

}  // namespace atm::cli
