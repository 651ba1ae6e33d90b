// SPDX-License-Identifier: MIT
// The format text of a status line (docs/operate/status-line.md), taken apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"

namespace atm::cli {

/// What a placeholder stands for.
enum class Field : std::uint8_t {
  kModel,
  kEffort,
  kContext,
  kPercent,
  kTokens,
  kCost,
  kLines,
  kDuration,
  kDirectory,
  kDirectoryName,
  kBranch,
  kPullRequest,
  kSession,
  kAgent,
  kLimits,
  kVim,
  kVersion,
  kAttention,
  kText,  ///< none: the text itself
};

struct Piece {
  Field field = Field::kText;
  std::string text{};    ///< of kText; terminal-safe
  std::size_t size = 0;  ///< `{context:20}`; 0: not given
  Style style = Style::kPlain;
};

/// Shown while one of its placeholders has something to show, or where it has none.
struct Segment {
  std::vector<Piece> separator{};  ///< in front of it, unless it is the first that is shown
  std::vector<Piece> pieces{};
};

struct Format {
  std::vector<std::vector<Segment>> lines{};
  std::vector<std::string> problems{};  ///< for people; what they are about is shown as it was written

  [[nodiscard]] bool uses(Field field) const;
};

inline constexpr std::string_view kDefaultFormat =
    "{model} | {context} {percent} | {cost} | {lines} | {attention}";

/// Reads any text.
[[nodiscard]] Format parse_format(std::string_view text);

}  // namespace atm::cli
