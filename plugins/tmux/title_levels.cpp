// SPDX-License-Identifier: MIT
#include "title_levels.hpp"

#include <utility>

namespace tmux {

std::optional<TitleLevel> TitleLevels::take(const atm::TitleRules::Rule* rule, std::int64_t now_ns) {
  const bool is_known = rule != nullptr && (!rule->is_after_work || has_worked_);
  if (!is_known) {
    pending_.reset();
    return std::nullopt;
  }
  const auto is_same = [&](const std::optional<TitleLevel>& level) {
    return level && level->state == rule->state && level->reason == rule->reason;
  };
  if (is_same(current_)) {
    pending_.reset();
    return std::nullopt;
  }
  TitleLevel level{rule->state, rule->reason, now_ns};
  if (level.state == "waiting") return report(std::move(level));
  if (!is_same(pending_)) {
    pending_ = std::move(level);
    return std::nullopt;
  }
  return report(*std::exchange(pending_, std::nullopt));
}

TitleLevel TitleLevels::report(TitleLevel level) {
  pending_.reset();
  has_worked_ = has_worked_ || level.state != "idle";
  current_ = level;
  return level;
}

}  // namespace tmux
