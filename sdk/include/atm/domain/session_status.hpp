// SPDX-License-Identifier: MIT
// What a session is doing, with what belongs to that: the tool that runs, what is waited for, what failed.
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

enum class StatusKind : std::uint8_t {
  kActive,
  kThinking,
  kRunningTool,
  kWaitingForPermission,
  kWaitingForInput,
  kCompacting,
  kBackground,  ///< the turn is over; agents or shells it started go on
  kError,       ///< the turn failed; until the next prompt
  kIdle,
  kStale,
  kEnded,
};

namespace detail {

struct StatusText {
  std::string_view name;
  std::string_view label;
};
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

/// The wire name: `running_tool`.
[[nodiscard]] constexpr std::string_view status_name(StatusKind kind) noexcept {
  return detail::kStatusTexts[static_cast<std::size_t>(kind)].name;
}

/// The kind with this wire name, exactly spelled; absent if there is none.
[[nodiscard]] constexpr std::optional<StatusKind> parse_status_kind(std::string_view name) noexcept {
  for (std::size_t i = 0; i < detail::kStatusTexts.size(); ++i) {
    if (detail::kStatusTexts[i].name == name) return static_cast<StatusKind>(i);
  }
  return std::nullopt;
}

/// A kind and its payload. The payload that does not belong to the kind is always absent, so equality means
/// what it says.
class SessionStatus final {
 public:
  /// Active: the status of a session nothing is known of yet.
  SessionStatus() = default;

  [[nodiscard]] static SessionStatus active() { return SessionStatus(StatusKind::kActive); }
  [[nodiscard]] static SessionStatus thinking() { return SessionStatus(StatusKind::kThinking); }
  [[nodiscard]] static SessionStatus running_tool(std::string tool,
                                                  std::optional<Timestamp> started_at = {}) {
    SessionStatus status(StatusKind::kRunningTool, std::move(tool));
    status.tool_started_at_ = started_at;
    return status;
  }
  [[nodiscard]] static SessionStatus waiting_for_permission(std::string tool = {}) {
    return SessionStatus(StatusKind::kWaitingForPermission, std::move(tool));
  }
  /// `reason`: question, plan, elicitation, idle, or a vendor's own word.
  [[nodiscard]] static SessionStatus waiting_for_input(std::string reason = {}) {
    return SessionStatus(StatusKind::kWaitingForInput, std::move(reason));
  }
  [[nodiscard]] static SessionStatus compacting() { return SessionStatus(StatusKind::kCompacting); }
  [[nodiscard]] static SessionStatus background(std::uint32_t tasks) {
    SessionStatus status(StatusKind::kBackground);
    status.tasks_ = tasks;
    return status;
  }
  [[nodiscard]] static SessionStatus error(std::string kind = {}) {
    return SessionStatus(StatusKind::kError, std::move(kind));
  }
  [[nodiscard]] static SessionStatus idle() { return SessionStatus(StatusKind::kIdle); }
  [[nodiscard]] static SessionStatus stale() { return SessionStatus(StatusKind::kStale); }
  [[nodiscard]] static SessionStatus ended() { return SessionStatus(StatusKind::kEnded); }
  /// The kind with an empty payload.
  [[nodiscard]] static SessionStatus of(StatusKind kind) { return SessionStatus(kind); }

  [[nodiscard]] StatusKind kind() const noexcept { return kind_; }
  [[nodiscard]] std::string_view name() const noexcept { return status_name(kind_); }
  /// A word for people: `running`, `needs input`.
  [[nodiscard]] std::string_view label() const noexcept {
    return detail::kStatusTexts[static_cast<std::size_t>(kind_)].label;
  }

  /// Of running_tool and waiting_for_permission, where the agent named it.
  [[nodiscard]] std::optional<std::string_view> tool_name() const noexcept {
    return text_if(kind_ == StatusKind::kRunningTool || kind_ == StatusKind::kWaitingForPermission);
  }
  [[nodiscard]] std::optional<Timestamp> tool_started_at() const noexcept { return tool_started_at_; }
  /// Of waiting_for_input.
  [[nodiscard]] std::optional<std::string_view> reason() const noexcept {
    return text_if(kind_ == StatusKind::kWaitingForInput);
  }
  /// Of error.
  [[nodiscard]] std::optional<std::string_view> error_kind() const noexcept {
    return text_if(kind_ == StatusKind::kError);
  }
  /// How many agents and shells go on after the turn; 0 unless the kind is background.
  [[nodiscard]] std::uint32_t background_tasks() const noexcept { return tasks_; }

  [[nodiscard]] bool is_active() const noexcept {
    return kind_ == StatusKind::kActive || kind_ == StatusKind::kThinking ||
           kind_ == StatusKind::kRunningTool || kind_ == StatusKind::kCompacting;
  }
  [[nodiscard]] bool needs_attention() const noexcept {
    return kind_ == StatusKind::kWaitingForPermission || kind_ == StatusKind::kWaitingForInput ||
           kind_ == StatusKind::kError;
  }
  [[nodiscard]] bool is_removable() const noexcept {
    return kind_ == StatusKind::kStale || kind_ == StatusKind::kEnded;
  }

  friend bool operator==(const SessionStatus&, const SessionStatus&) = default;

 private:
  explicit SessionStatus(StatusKind kind, std::string text = {}) : text_(std::move(text)), kind_(kind) {}

  [[nodiscard]] std::optional<std::string_view> text_if(bool belongs) const noexcept {
    if (!belongs || text_.empty()) return std::nullopt;
    return text_;
  }

  // No kind has two texts, so one string serves tool, reason and error kind: sessions are many.
  std::string text_;
  std::optional<Timestamp> tool_started_at_;
  std::uint32_t tasks_ = 0;
  StatusKind kind_ = StatusKind::kActive;
};

}  // namespace atm
