// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/agents/title_rules.hpp"

namespace tmux {

/// A state that a title shows, from `since_ns`.
struct TitleLevel {
  std::string state;
  std::string reason;
  std::int64_t since_ns = 0;
};

/// Turns the titles of one terminal, read about once a second, into levels.
///
/// A title is read up to a second after its change, and an agent changes it up to half a second after its state. So
/// `busy` and `idle` count only if two titles in succession show them; their time is that of the first one. `waiting`
/// counts at once. Each level is reported once.
class TitleLevels final {
 public:
  /// `rule`: what the title matches; nullptr: nothing. Returns a new level. Times never decrease.
  std::optional<TitleLevel> take(const atm::TitleRules::Rule* rule, std::int64_t now_ns);
  /// The terminal shows something else now.
  void interrupt() { pending_.reset(); }

 private:
  TitleLevel report(TitleLevel level);

  std::optional<TitleLevel> current_;
  std::optional<TitleLevel> pending_;
  bool has_worked_ = false;
};

}  // namespace tmux
