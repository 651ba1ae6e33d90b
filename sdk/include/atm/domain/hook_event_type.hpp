// SPDX-License-Identifier: MIT
// The hook events of Claude Code 2.1.330. A new client sends new ones: an unknown name is kept and is never
// an error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm {

class HookEventType final {
 public:
  enum class Kind : std::uint8_t {
    kPreToolUse,
    kPostToolUse,
    kPostToolUseFailure,
    kPostToolBatch,
    kNotification,
    kUserPromptSubmit,
    kUserPromptExpansion,
    kSessionStart,
    kSessionEnd,
    kStop,
    kStopFailure,
    kSubagentStart,
    kSubagentStop,
    kPreCompact,
    kPostCompact,
    kPermissionRequest,
    kPermissionDenied,
    kSetup,
    kTeammateIdle,
    kTaskCreated,
    kTaskCompleted,
    kElicitation,
    kElicitationResult,
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

  /// A known event. kUnknown is the unknown event with an empty name.
  explicit HookEventType(Kind kind) noexcept : kind_(kind) {}

  /// By the vendor's exact spelling; any other text is kUnknown and keeps its name.
  [[nodiscard]] static HookEventType parse(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (kNames[i] == name) return HookEventType(static_cast<Kind>(i));
    }
    HookEventType type(Kind::kUnknown);
    type.unknown_name_ = name;
    return type;
  }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_known() const noexcept { return kind_ != Kind::kUnknown; }
  /// The name as it was read.
  [[nodiscard]] std::string_view name() const noexcept {
    return is_known() ? kNames[static_cast<std::size_t>(kind_)] : std::string_view(unknown_name_);
  }

  /// Something is about to happen.
  [[nodiscard]] bool is_pre_event() const noexcept {
    return kind_ == Kind::kPreToolUse || kind_ == Kind::kSessionStart || kind_ == Kind::kSubagentStart ||
           kind_ == Kind::kPreCompact || kind_ == Kind::kSetup;
  }
  /// Something is over.
  [[nodiscard]] bool is_post_event() const noexcept {
    return kind_ == Kind::kPostToolUse || kind_ == Kind::kPostToolUseFailure || kind_ == Kind::kSessionEnd ||
           kind_ == Kind::kStop || kind_ == Kind::kSubagentStop || kind_ == Kind::kPostCompact;
  }

  friend bool operator==(const HookEventType&, const HookEventType&) = default;

 private:
  std::string unknown_name_;
  Kind kind_;
};

static_assert(HookEventType::kNames.size() == static_cast<std::size_t>(HookEventType::Kind::kUnknown));

}  // namespace atm
