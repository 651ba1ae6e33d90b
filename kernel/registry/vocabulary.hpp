// SPDX-License-Identifier: MIT
// The words of observations (docs/specs/observations.md) as numbers, so that the fold switches on them.
#pragma once

#include <cstdint>
#include <string_view>

namespace atm::kernel {

enum class ObservationType : std::uint8_t {
  kSessionStarted,
  kSessionEnded,
  kSessionReplaced,
  kProcessBound,
  kProcessExited,
  kPromptSubmitted,
  kTurnFinished,
  kToolStarted,
  kToolFinished,
  kInputNeeded,
  kInputResolved,
  kSubagentStarted,
  kSubagentFinished,
  kCompactionStarted,
  kCompactionFinished,
  kStatusReported,
  kUsageReported,
  kNotice,
  kOther,  ///< a vendor's own, or a word of a newer vocabulary: counted and passed on, never interpreted
};

enum class Key : std::uint8_t {
  kOther,
  kAgentType,
  kBackgroundTasks,
  kBootId,
  kBy,
  kCacheCreationTokens,
  kCacheReadTokens,
  kContextInputTokens,
  kContextOutputTokens,
  kContextTotalInputTokens,
  kContextTotalOutputTokens,
  kContextUsedPercentage,
  kContextWindow,
  kCostTotalUsdMicros,
  kCwd,
  kDurationApiMs,
  kDurationMs,
  kDurationTotalMs,
  kErrorKind,
  kHost,
  kIsError,
  kLinesAdded,
  kLinesRemoved,
  kMessage,
  kModelId,
  kModelName,
  kOutcome,
  kParent,
  kPid,
  kPromptId,
  kReason,
  kSource,
  kStartTicks,
  kStartedAtNs,
  kSubagentId,
  kSubagentType,
  kTmuxPane,
  kTmuxSocket,
  kTool,
  kToolUseId,
  kTranscriptPath,
  kTty,
  kVersion,
  kWeak,
};

/// kOther for a type this vocabulary does not have. [any]
[[nodiscard]] ObservationType observation_type(std::string_view name) noexcept;

/// kOther for a key the fold does not read. [any]
[[nodiscard]] Key attribute_key(std::string_view name) noexcept;

}  // namespace atm::kernel
