// SPDX-License-Identifier: MIT
// The parsed format text of a status line (docs/operate/status-line.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"

namespace atm::cli {

/// The content of a placeholder.
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
  kSpent,
  kText,  ///< no placeholder: literal text
};

struct Piece {
  Field field = Field::kText;
  std::string text{};    ///< of kText; terminal-safe
  std::size_t size = 0;  ///< `{context:20}`; 0: not given
  Style style = Style::kPlain;
};

/// Shown if it has no placeholder or one of them has a value.
struct Segment {
  std::vector<Piece> separator{};  ///< before it, except for the first visible segment
  std::vector<Piece> pieces{};
};

struct Format {
  std::vector<std::vector<Segment>> lines{};
  std::vector<std::string> problems{};  ///< messages for the user, which quote the faulty parts

  [[nodiscard]] bool uses(Field field) const;
};

inline constexpr std::string_view kDefaultFormat =
    "{model} | {context} {percent} | {cost} | {lines} | {attention}";

/// Accepts any text.
[[nodiscard]] Format parse_format(std::string_view text);

}  // namespace atm::cli
