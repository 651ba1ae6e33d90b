// SPDX-License-Identifier: MIT
// A session as text for a screen. Clients make it from the typed session; it never travels.
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

/// Read only. `-` stands for what is not known, so that unknown never looks like zero.
struct SessionView {
  SessionId id;
  std::string id_short;
  std::string agent_type;                    ///< short name: `main`, `explore`
  std::string model;                         ///< display name
  std::string status;                        ///< label: `running`, `needs input`
  std::optional<std::string> status_detail;  ///< the tool, the reason, the error, or how many tasks go on
  std::optional<double> context_percentage;  ///< 0 to 100
  std::string context_display;               ///< `19.5% (38K/200K)`
  bool context_warning;
  bool context_critical;
  std::string cost_display;  ///< `$0.35`
  double cost_usd;           ///< 0 while unknown
  std::string duration_display;
  std::uint64_t duration_seconds;
  std::string lines_display;  ///< `+150 -30`
  std::optional<std::string> working_directory;
  bool is_stale;
  bool needs_attention;               ///< the status waits for its person, or an unacknowledged call does
  std::string last_activity_display;  ///< `2m ago`
  std::string age_display;            ///< `1h`
  std::string started_at;             ///< RFC 3339, UTC
  std::string last_activity;          ///< RFC 3339, UTC

  /// `verified_alive`: whether the session's process is known to live, as its `process` says; a quiet session
  /// that nobody could verify is stale.
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
