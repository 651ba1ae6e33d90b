// SPDX-License-Identifier: MIT
// What a session does, with the data of that status: the running tool, the reason of a wait, the kind of an error.
#pragma once

#include <array>
#include <atm/domain/timestamp.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace atm {

/// The kinds of status (docs/specs/observations.md, section 5). The order is that of kStatusTexts.
enum class StatusKind : std::uint8_t {
  kActive,
  kThinking,
  kRunningTool,
  kWaitingForPermission,
  kWaitingForInput,
  kCompacting,
  /// The turn has ended; tasks that it started continue.
  kBackground,
  /// The turn failed; lasts until the next prompt.
  kError,
  kIdle,
  kStale,
  kEnded,
};

namespace detail {

/// The wire name and the display label of a kind.
struct StatusText {
  std::string_view name;
  std::string_view label;
};
/// In the order of StatusKind.
inline constexpr std::array<StatusText, 11> kStatusTexts{{
    {"active", "active"},
    {"thinking", "thinking"},
    {"running_tool", "running"},
    {"waiting_for_permission", "waiting"},
    {"waiting_for_input", "needs input"},
    {"compacting", "compacting"},
    {"background", "background"},
    {"error", "error"},
    {"idle", "idle"},
    {"stale", "stale"},
    {"ended", "ended"},
}};

}  // namespace detail

/// The wire name, for example `running_tool`. `kind` must be an enumerator. [any]
[[nodiscard]] constexpr std::string_view status_name(StatusKind kind) noexcept {
  return detail::kStatusTexts[static_cast<std::size_t>(kind)].name;
}

/// The kind with this wire name, spelled exactly; absent if there is none. [any]
[[nodiscard]] constexpr std::optional<StatusKind> parse_status_kind(std::string_view name) noexcept {
  for (std::size_t i = 0; i < detail::kStatusTexts.size(); ++i) {
    if (detail::kStatusTexts[i].name == name) return static_cast<StatusKind>(i);
  }
  return std::nullopt;
}

/// A status kind and its data.
///
/// Each kind has different data, and a session is copied often. Data that does not belong to the kind is always absent,
/// so two statuses are equal exactly if they mean the same. A value type: not synchronised.
class SessionStatus final {
 public:
  /// Active: the status of a session without evidence.
  SessionStatus() = default;

  [[nodiscard]] static SessionStatus active() { return SessionStatus(StatusKind::kActive); }
  [[nodiscard]] static SessionStatus thinking() { return SessionStatus(StatusKind::kThinking); }
  /// A tool of the main thread runs. `tool` may be empty if the agent does not name it.
  [[nodiscard]] static SessionStatus running_tool(std::string tool,
                                                  std::optional<Timestamp> started_at = {}) {
    SessionStatus status(StatusKind::kRunningTool, std::move(tool));
    status.tool_started_at_ = started_at;
    return status;
  }
  /// A permission request for `tool` is open; empty: the agent does not name the tool.
  [[nodiscard]] static SessionStatus waiting_for_permission(std::string tool = {}) {
    return SessionStatus(StatusKind::kWaitingForPermission, std::move(tool));
  }
  /// Another request to the user is open. `reason`: question, plan, elicitation, idle, or a vendor's word.
  [[nodiscard]] static SessionStatus waiting_for_input(std::string reason = {}) {
    return SessionStatus(StatusKind::kWaitingForInput, std::move(reason));
  }
  [[nodiscard]] static SessionStatus compacting() { return SessionStatus(StatusKind::kCompacting); }
  /// The turn has ended and `tasks` tasks continue.
  [[nodiscard]] static SessionStatus background(std::uint32_t tasks) {
    SessionStatus status(StatusKind::kBackground);
    status.tasks_ = tasks;
    return status;
  }
  /// The turn failed. `kind` is the agent's word for the failure; may be empty.
  [[nodiscard]] static SessionStatus error(std::string kind = {}) {
    return SessionStatus(StatusKind::kError, std::move(kind));
  }
  [[nodiscard]] static SessionStatus idle() { return SessionStatus(StatusKind::kIdle); }
  [[nodiscard]] static SessionStatus stale() { return SessionStatus(StatusKind::kStale); }
  [[nodiscard]] static SessionStatus ended() { return SessionStatus(StatusKind::kEnded); }
  /// The kind without data.
  [[nodiscard]] static SessionStatus of(StatusKind kind) { return SessionStatus(kind); }

  /// The kind without its data.
  [[nodiscard]] StatusKind kind() const noexcept { return kind_; }
  /// The wire name of the kind.
  [[nodiscard]] std::string_view name() const noexcept { return status_name(kind_); }
  /// A short display form: `running`, `needs input`.
  [[nodiscard]] std::string_view label() const noexcept {
    return detail::kStatusTexts[static_cast<std::size_t>(kind_)].label;
  }

  /// The tool of kRunningTool and kWaitingForPermission, if the agent named it. The views of this class live as long as
  /// the status.
  [[nodiscard]] std::optional<std::string_view> tool_name() const noexcept {
    return text_if(kind_ == StatusKind::kRunningTool || kind_ == StatusKind::kWaitingForPermission);
  }
  /// Start of the running tool, if known; kRunningTool only.
  [[nodiscard]] std::optional<Timestamp> tool_started_at() const noexcept { return tool_started_at_; }
  /// The reason of kWaitingForInput.
  [[nodiscard]] std::optional<std::string_view> reason() const noexcept {
    return text_if(kind_ == StatusKind::kWaitingForInput);
  }
  /// The kind of error of kError.
  [[nodiscard]] std::optional<std::string_view> error_kind() const noexcept {
    return text_if(kind_ == StatusKind::kError);
  }
  /// Number of tasks that continue after the turn; 0 unless the kind is kBackground.
  [[nodiscard]] std::uint32_t background_tasks() const noexcept { return tasks_; }

  /// Whether the agent works in a turn: active, thinking, running a tool or compacting.
  [[nodiscard]] bool is_active() const noexcept {
    return kind_ == StatusKind::kActive || kind_ == StatusKind::kThinking ||
           kind_ == StatusKind::kRunningTool || kind_ == StatusKind::kCompacting;
  }
  /// Whether the user is needed: a wait or an error.
  [[nodiscard]] bool needs_attention() const noexcept {
    return kind_ == StatusKind::kWaitingForPermission || kind_ == StatusKind::kWaitingForInput ||
           kind_ == StatusKind::kError;
  }
  /// Whether the session is over or silent: stale or ended.
  [[nodiscard]] bool is_removable() const noexcept {
    return kind_ == StatusKind::kStale || kind_ == StatusKind::kEnded;
  }

  friend bool operator==(const SessionStatus&, const SessionStatus&) = default;

 private:
  explicit SessionStatus(StatusKind kind, std::string text = {}) : text_(std::move(text)), kind_(kind) {}

  /// The text if it belongs to the kind and is known.
  [[nodiscard]] std::optional<std::string_view> text_if(bool belongs) const noexcept {
    if (!belongs || text_.empty()) return std::nullopt;
    return text_;
  }

  // No kind has two texts, so one string holds tool, reason or error kind.
  std::string text_;
  std::optional<Timestamp> tool_started_at_;
  /// 0 unless the kind is kBackground.
  std::uint32_t tasks_ = 0;
  StatusKind kind_ = StatusKind::kActive;
};

}  // namespace atm
