// SPDX-License-Identifier: MIT
// The vocabulary of observations (docs/specs/observations.md) as numbers, for switch statements in the fold.
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
  kToolAmended,
  kRequestFailed,
  kInputNeeded,
  kInputResolved,
  kSubagentStarted,
  kSubagentFinished,
  kCompactionStarted,
  kCompactionFinished,
  kStatusReported,
  kUsageReported,
  kNotice,
  kStateReported,
  kAttentionAcknowledged,
  kOther,  ///< a vendor's type or one of a newer vocabulary: counted and passed on, never interpreted
};

enum class Key : std::uint8_t {
  kOther,
  kAbortReason,
  kAbout,
  kAgentType,
  kAttempt,
  kBackground,
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
  kDetail,
  kDurationApiMs,
  kDurationMs,
  kDurationTotalMs,
  kErrorKind,
  kExitCode,
  kForkedFrom,
  kHost,
  kInternal,
  kIsError,
  kLate,
  kLinesAdded,
  kLinesRemoved,
  kMessage,
  kModePermission,
  kModeSandbox,
  kModelEffort,
  kModelId,
  kModelName,
  kNests,
  kNextAtNs,
  kOutcome,
  kParent,
  kPermissionKind,
  kPid,
  kPidNs,
  kPromptId,
  kReason,
  kRecorded,
  kRole,
  kScope,
  kSessionName,
  kSole,
  kSource,
  kStartTicks,
  kStartedAtNs,
  kState,
  kSubagentId,
  kSubagentName,
  kSubagentParent,
  kSubagentType,
  kTasks,
  kTerminalPane,
  kTerminalProgram,
  kTerminalSocket,
  kTmuxPane,
  kTmuxSocket,
  kTool,
  kToolUseId,
  kTranscriptPath,
  kTty,
  kUnblocked,
  kUnknown,
  kVersion,
  kWaitId,
  kWeak,
};

/// kOther for a type outside this vocabulary. [any]
[[nodiscard]] ObservationType observation_type(std::string_view name) noexcept;

/// The name of a type; empty for kOther. [any]
[[nodiscard]] std::string_view observation_type_name(ObservationType type) noexcept;

/// A key that the fold reads. The name lives as long as the program.
struct KnownKey {
  std::string_view name;
  Key key = Key::kOther;
};

/// kOther, without a name, for a key that the fold does not read. [any]
[[nodiscard]] KnownKey known_key(std::string_view name) noexcept;

}  // namespace atm::kernel
