// SPDX-License-Identifier: MIT
// The hook events of Claude Code 2.1.330.
//
// A hook is a command that the agent runs at a defined moment; its input names the event.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm {

/// A hook event of Claude Code by its exact name. Newer agent versions send events that this list lacks, so an unknown
/// name is kept and is never an error. A value type: not synchronised.
class HookEventType final {
 public:
  /// The known events, in the order of kNames. kUnknown must be last: it is the number of known events.
  enum class Kind : std::uint8_t {
    // Tool uses.
    kPreToolUse,
    kPostToolUse,
    kPostToolUseFailure,
    kPostToolBatch,
    // User, session and turn.
    kNotification,
    kUserPromptSubmit,
    kUserPromptExpansion,
    kSessionStart,
    kSessionEnd,
    kStop,
    kStopFailure,
    // Subagents and compaction.
    kSubagentStart,
    kSubagentStop,
    kPreCompact,
    kPostCompact,
    // Requests to the user, and their answers.
    kPermissionRequest,
    kPermissionDenied,
    // Setup, teammates and tasks.
    kSetup,
    kTeammateIdle,
    kTaskCreated,
    kTaskCompleted,
    // Requests of MCP servers.
    kElicitation,
    kElicitationResult,
    // Environment of the session.
    kConfigChange,
    kWorktreeCreate,
    kWorktreeRemove,
    kInstructionsLoaded,
    kCwdChanged,
    kFileChanged,
    kMessageDisplay,
    kPreModelSwitch,
    kPostModelSwitch,
    kDirectoryAdded,
    kUnknown,
  };

  /// The vendor's names, in the order of Kind.
  static constexpr std::array<std::string_view, 33> kNames{"PreToolUse",          "PostToolUse",
                                                           "PostToolUseFailure",  "PostToolBatch",
                                                           "Notification",        "UserPromptSubmit",
                                                           "UserPromptExpansion", "SessionStart",
                                                           "SessionEnd",          "Stop",
                                                           "StopFailure",         "SubagentStart",
                                                           "SubagentStop",        "PreCompact",
                                                           "PostCompact",         "PermissionRequest",
                                                           "PermissionDenied",    "Setup",
                                                           "TeammateIdle",        "TaskCreated",
                                                           "TaskCompleted",       "Elicitation",
                                                           "ElicitationResult",   "ConfigChange",
                                                           "WorktreeCreate",      "WorktreeRemove",
                                                           "InstructionsLoaded",  "CwdChanged",
                                                           "FileChanged",         "MessageDisplay",
                                                           "PreModelSwitch",      "PostModelSwitch",
                                                           "DirectoryAdded"};

  /// A known event. kUnknown gives the unknown event with an empty name.
  explicit HookEventType(Kind kind) noexcept : kind_(kind) {}

  /// The event with this name, in the vendor's exact spelling. Any other text is kUnknown and keeps its name. Never
  /// fails.
  [[nodiscard]] static HookEventType parse(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (kNames[i] == name) return HookEventType(static_cast<Kind>(i));
    }
    HookEventType type(Kind::kUnknown);
    type.unknown_name_ = name;
    return type;
  }

  /// kUnknown for a name that is not in kNames.
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Whether the name is in kNames.
  [[nodiscard]] bool is_known() const noexcept { return kind_ != Kind::kUnknown; }
  /// The name as it was read. Valid while this object lives.
  [[nodiscard]] std::string_view name() const noexcept {
    return is_known() ? kNames[static_cast<std::size_t>(kind_)] : std::string_view(unknown_name_);
  }

  /// Whether the event announces an operation: a tool use, session, subagent, compaction or setup that begins.
  [[nodiscard]] bool is_pre_event() const noexcept {
    return kind_ == Kind::kPreToolUse || kind_ == Kind::kSessionStart || kind_ == Kind::kSubagentStart ||
           kind_ == Kind::kPreCompact || kind_ == Kind::kSetup;
  }
  /// Whether the event reports the end of an operation: a tool use, session, turn, subagent or compaction.
  [[nodiscard]] bool is_post_event() const noexcept {
    return kind_ == Kind::kPostToolUse || kind_ == Kind::kPostToolUseFailure || kind_ == Kind::kSessionEnd ||
           kind_ == Kind::kStop || kind_ == Kind::kSubagentStop || kind_ == Kind::kPostCompact;
  }

  /// Unknown events are equal if their names are.
  friend bool operator==(const HookEventType&, const HookEventType&) = default;

 private:
  /// The name of an unknown event; empty for a known one.
  std::string unknown_name_;
  Kind kind_;
};

// Kind and kNames must list the same events.
static_assert(HookEventType::kNames.size() == static_cast<std::size_t>(HookEventType::Kind::kUnknown));

}  // namespace atm
