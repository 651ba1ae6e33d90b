// SPDX-License-Identifier: MIT
// A session as text for a screen. A client computes it from the typed session; the wire never carries it.
#pragma once

#include <atm/domain/ids.hpp>
#include <atm/domain/relative_time.hpp>
#include <atm/domain/session.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm {

/// The display form of a session at one moment. `-` stands for an unknown value, so that unknown never looks like zero.
struct SessionView {
  SessionId id;
  /// SessionId::short_form().
  std::string id_short;
  /// Short name: `main`, `explore`.
  std::string agent_type;
  /// Display name.
  std::string model;
  /// Label: `running`, `needs input`.
  std::string status;
  /// Tool, reason, kind of error, or number of tasks.
  std::optional<std::string> status_detail;
  /// 0 to 100.
  std::optional<double> context_percentage;
  /// `19.5% (38K/200K)`.
  std::string context_display;
  /// At or above the warning threshold, 80 %.
  bool context_warning;
  /// At or above the critical threshold, 90 %.
  bool context_critical;
  /// `$0.35`.
  std::string cost_display;
  /// 0 while unknown.
  double cost_usd;
  /// SessionDuration::str(), for example `2m 15s`.
  std::string duration_display;
  std::uint64_t duration_seconds;
  /// `+150 -30`.
  std::string lines_display;
  std::optional<std::string> working_directory;
  bool is_stale;
  /// The status needs the user, or attention is not acknowledged.
  bool needs_attention;
  /// `2m ago`.
  std::string last_activity_display;
  /// `1h`.
  std::string age_display;
  /// RFC 3339, UTC.
  std::string started_at;
  /// RFC 3339, UTC.
  std::string last_activity;

  /// Computes the view at the time `now`. `verified_alive`: the process of the session is known to live; a silent
  /// session without a verified process is stale. [any]
  [[nodiscard]] static SessionView from(const SessionDomain& session, Timestamp now,
                                        bool verified_alive = false) {
    const std::string_view model = session.model.name();
    return SessionView{
        .id = session.id,
        .id_short = std::string(session.id.short_form()),
        .agent_type = session.agent_type.short_name(),
        .model = model.empty() ? "-" : std::string(model),
        .status = std::string(session.status.label()),
        .status_detail = detail_of(session.status),
        .context_percentage = session.context.usage_percentage(),
        .context_display = session.context.str(),
        .context_warning = session.context.is_warning(),
        .context_critical = session.context.is_critical(),
        // A cost without a source is unknown, unless a caller set an amount itself.
        .cost_display = session.cost_source.empty() && session.cost == Money() ? "-" : session.cost.format(),
        .cost_usd = session.cost.as_usd(),
        .duration_display = session.duration.str(),
        .duration_seconds = session.duration.total_seconds(),
        .lines_display = session.lines_changed.str(),
        .working_directory = session.working_directory,
        .is_stale = session.is_stale(now, verified_alive),
        .needs_attention = session.status.needs_attention() ||
                           (session.attention.has_value() && !session.attention->acknowledged),
        .last_activity_display = format_relative(session.last_activity, now),
        .age_display = format_age(session.started_at, now),
        .started_at = to_rfc3339(session.started_at),
        .last_activity = to_rfc3339(session.last_activity),
    };
  }

 private:
  /// The data of the status as text.
  [[nodiscard]] static std::optional<std::string> detail_of(const SessionStatus& status) {
    if (const auto tool = status.tool_name()) return std::string(*tool);
    if (const auto reason = status.reason()) return std::string(*reason);
    if (const auto error = status.error_kind()) return std::string(*error);
    if (const std::uint32_t tasks = status.background_tasks(); tasks > 0) {
      return std::to_string(tasks) + (tasks == 1 ? " task" : " tasks");
    }
    return std::nullopt;
  }
};

}  // namespace atm
